"""Every refusal of the app; see `loyalty.exceptions`."""

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import LoyaltyError


class ReferralError(LoyaltyError):
    """Base of the refusals of referral programmes."""

    code = "referral_error"


class CodeMalformed(ReferralError):
    code = "referral_code_malformed"
    message = _("This is not a referral code. Check each character and enter it again.")


class CodeUnknown(ReferralError):
    code = "referral_code_unknown"
    message = _("Nobody has this referral code. Ask the person who gave it to you.")


class OwnCode(ReferralError):
    code = "own_referral_code"
    message = _("This is your own referral code. Give it to a friend, or enter a friend's code.")


class AlreadyReferred(ReferralError):
    code = "already_referred"
    message = _("The card already has a referrer; the first one stays. Ask support if it is the wrong one.")


class CodeTooLate(ReferralError):
    """Param: `days`, how long a code may be entered after joining."""

    code = "referral_code_too_late"
    message = _("It is too late to enter a referral code. Ask support if a friend brought you.")


class VisitUsed(ReferralError):
    code = "visit_used"
    message = _("Somebody has registered by this visit already. Open the link again.")


class NoSuchReferral(ReferralError):
    code = "no_such_referral"
    message = _("The card was not brought by anybody. Register it with a referral code first.")
