"""The HTTP API of referrals: links, friends, codes; built on the bases of `loyalty.api`."""

from http import HTTPStatus

from loyalty.api.problems import register_statuses
from loyalty.api.throttles import GuessThrottle

register_statuses(
    {
        "already_referred": HTTPStatus.CONFLICT,
        "no_such_referral": HTTPStatus.NOT_FOUND,
        "own_referral_code": HTTPStatus.CONFLICT,
        "referral_code_malformed": HTTPStatus.UNPROCESSABLE_ENTITY,
        "referral_code_too_late": HTTPStatus.CONFLICT,
        "referral_code_unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
        "referral_error": HTTPStatus.BAD_REQUEST,
        "visit_used": HTTPStatus.CONFLICT,
    }
)

GuessThrottle.wrong |= {"referral_code_malformed", "referral_code_unknown"}
