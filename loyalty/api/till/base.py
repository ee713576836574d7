"""What the views of tills have in common: who may call them, which card is meant, which program."""

from __future__ import annotations

from typing import Any

from rest_framework.serializers import CharField

from loyalty.api.permissions import permitted
from loyalty.api.serializers import StrictSerializer, Text
from loyalty.api.throttles import GuessThrottle, TillThrottle
from loyalty.api.views import LoyaltyAPIView
from loyalty.conf import loyalty_settings
from loyalty.exceptions import TokenRequired
from loyalty.models import Card, Program
from loyalty.selectors import find_card, get_program
from loyalty.services import find_card_by_token
from loyalty.services.fields import clean_source
from loyalty.services.tokens import use_token

WITHOUT_TOKEN = "loyalty.spend_without_token"


class CardRef(StrictSerializer):
    """Which card: by exactly one of its number, the token that the member shows, or the shop's own key of the customer."""

    exactly_one = True

    number = Text(required=False, max_length=64)
    token = Text(required=False)
    external_id = Text(required=False, max_length=128)


class Where(StrictSerializer):
    """Which program is meant; without one, the only one or the site's default. Base of every body."""

    program: CharField = Text(required=False, max_length=50)


class Sourced(Where):
    """With the name of the system whose ids they are; by default LOYALTY["PURCHASE_SOURCE"]."""

    source: CharField = Text(required=False, max_length=64)  # type: ignore[assignment]


class TillView(LoyaltyAPIView):
    """Base of the views of tills."""

    permission_classes = [permitted("loyalty.use_till")]
    throttle_classes = [TillThrottle, GuessThrottle]
    asked_by_key = False

    def get_program(self, data: dict[str, Any]) -> Program:
        """The program of the request. Raises ProgramNotFound, ProgramAmbiguous."""
        return get_program(data.get("program"))

    def get_source(self, data: dict[str, Any]) -> str:
        """The source of the request's ids. Raises EventPayloadInvalid."""
        return clean_source(data.get("source") or loyalty_settings.PURCHASE_SOURCE)

    def find_refusal(self, response: Any) -> str:
        """A backend that may spend without a token guesses nothing by the shop's own keys: many customers have no card."""
        user: Any = self.request.user
        if self.asked_by_key and user.has_perm(WITHOUT_TOKEN):
            return ""
        return super().find_refusal(response)

    def find(self, program: Program, ref: dict[str, str], *, for_spending: bool = False) -> Card:
        """The card that is meant. Raises CardNotFound, TokenInvalid, TokenExpired."""
        self.asked_by_key = "external_id" in ref
        if "token" in ref:
            return find_card_by_token(ref["token"], program)
        if "number" in ref:
            return find_card(program=program, number=ref["number"], for_spending=for_spending)
        return find_card(program=program, external_id=ref["external_id"])

    def find_spender(self, program: Program, ref: dict[str, str]) -> Card:
        """The card whose points are to be spent, within the transaction that spends them.

        A number is no secret, so it is not enough: a token is needed, good for one spending, or a user who has the
        permission `loyalty.spend_without_token`. Raises as `find`, TokenUsed, TokenRequired.
        """
        if "token" in ref:
            card = self.find(program, ref)
            use_token(ref["token"])
            return card
        user: Any = self.request.user
        if not user.has_perm(WITHOUT_TOKEN):
            raise TokenRequired
        return self.find(program, ref, for_spending=True)
