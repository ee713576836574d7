"""Joining with a friend's code, and entering one later. Guesses are throttled by user and by address."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors
from loyalty.api.member.answers import CardAnswer
from loyalty.api.member.base import MemberCardView, MemberView
from loyalty.api.member.cards import EnrolBody, enrol, tell_cards
from loyalty.api.operations import Answer, Operation
from loyalty.api.serializers import Instant, StrictSerializer, Text
from loyalty.api.throttles import ApiThrottle, GuessThrottle
from loyalty.exceptions import LoyaltyError
from referrals.methods import Method
from referrals.models import Referral
from referrals.services import enter_code, explain_attribution

_LONGEST_CODE = 100


class JoinBody(EnrolBody):
    """Which program to join, and whose code brought the member."""

    code = Text(
        required=False, allow_blank=True, max_length=_LONGEST_CODE, help_text=_("A friend's referral code.")
    )


class ReferralAnswer(StrictSerializer):
    """That a friend brought the member; who it was is not told."""

    method = serializers.ChoiceField(choices=Method.choices)
    registered_at = Instant()


class RefusalAnswer(StrictSerializer):
    """Why a code did not do."""

    code = serializers.CharField(help_text=_("A stable code."))
    detail = serializers.CharField()


class JoinAnswer(StrictSerializer):
    """The card, and what came of the code: a bad one never keeps anybody from joining."""

    card = CardAnswer()
    referral = ReferralAnswer(allow_null=True)
    refusal = RefusalAnswer(
        allow_null=True, help_text=_("Why the code did not do, null where none was given.")
    )


class CodeBody(StrictSerializer):
    """A friend's code."""

    code = Text(max_length=_LONGEST_CODE)


class JoinWithCode(MemberView):
    """Joining a program, brought by a friend or not."""

    throttle_classes = [ApiThrottle, GuessThrottle]
    operations = {
        "post": Operation(
            name="join_with_code",
            summary=_("Join a program, with a friend's code if there is one"),
            body=JoinBody,
            answers={200: JoinAnswer, 201: JoinAnswer},
            problems=(404, 409),
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.read_body()
        program = selectors.get_program(asked.get("program"))
        made: list[Answer] = []

        def effect() -> Answer:
            made.append(enrol(request, program=program))
            return Answer(made[-1].status, {"card": made[-1].content, "referral": None, "refusal": None})

        self.act(effect)
        status, told = made[-1].status, made[-1].content
        assert isinstance(told, dict)
        # A second transaction: whatever is wrong with the code, the card is there.
        referral, refusal = _attribute(request, told["id"], asked.get("code", ""), is_new=status == 201)
        card = selectors.get_member_card(request.user, told["id"])  # type: ignore[arg-type]
        answer = {
            "card": tell_cards([card], request.user.pk)[0],
            "referral": referral,
            "refusal": None if refusal is None else {"code": refusal.code, "detail": str(refusal)},
        }
        return self.answer(answer, status=status)

    def find_refusal(self, response: Any) -> str:
        """Who joined all the same has guessed wrong as well."""
        refusal = response.data.get("refusal") if response.status_code < 400 else None
        return str(refusal["code"]) if refusal else super().find_refusal(response)


class MyCode(MemberCardView):
    """A code entered after joining."""

    throttle_classes = [ApiThrottle, GuessThrottle]
    operations = {
        "post": Operation(
            name="enter_code",
            summary=_("Enter a friend's code after joining"),
            body=CodeBody,
            answers={201: ReferralAnswer},
            problems=(409, 422),
        )
    }

    def post(self, request: Request, card: int) -> Response:
        code = self.read_body()["code"]
        made: Referral = enter_code(card=self.card, code=code)
        return self.answer(made, status=201)


def _attribute(
    request: Request, card_id: int, code: str, *, is_new: bool
) -> tuple[Referral | None, LoyaltyError | None]:
    """Who brought the member, or why the code did not do; for who joined before, the rules of late codes hold."""
    card = selectors.get_member_card(request.user, card_id)  # type: ignore[arg-type]
    if is_new:
        found = explain_attribution(card=card, request=request._request, code=code)
        return found.referral, None if found.referral else found.refusal
    if not code:
        return None, None
    try:
        return enter_code(card=card, code=code), None
    except LoyaltyError as refusal:
        return None, refusal
