"""Corrections of balances by staff, under the rules that hold in the admin too."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.operations import Answer, Operation
from loyalty.api.permissions import permitted
from loyalty.api.serializers import DecimalText, Instant, LongText, StrictSerializer, Text
from loyalty.api.staff.base import ProgramQuery
from loyalty.api.throttles import ApiThrottle, GuessThrottle
from loyalty.api.views import LoyaltyAPIView
from loyalty.models import Adjustment, Card
from loyalty.money import to_decimal_string
from loyalty.selectors import get_program, resolve_card


class AdjustmentBody(StrictSerializer):
    """Which card, how much, and why."""

    card = Text(max_length=128, help_text=_("Number of a card, or your own key of the customer."))
    amount = DecimalText(help_text=_("More than 0 is given, less is taken."))
    currency = Text(
        required=False, max_length=32, help_text=_("Code; the only one that can be spent if left out.")
    )
    reason = LongText(max_length=1_000)


class AdjustmentAnswer(StrictSerializer):
    """A correction that was made. Its reason is not repeated: answers are kept for ever, and it may name a person."""

    id = serializers.IntegerField()
    card = serializers.CharField(help_text=_("Number of the card."))
    currency = serializers.CharField()
    amount = DecimalText()
    occurred_at = Instant()


class Adjustments(LoyaltyAPIView):
    """Corrections. Never of a card of one's own, and only up to LOYALTY["ADJUSTMENT_LIMIT"]."""

    permission_classes = [permitted("loyalty.adjust_balance")]
    throttle_classes = [ApiThrottle, GuessThrottle]
    operations = {
        "post": Operation(
            name="adjust_balance",
            summary=_("Correct a balance"),
            query=ProgramQuery,
            body=AdjustmentBody,
            answers={201: AdjustmentAnswer},
            problems=(404, 409, 422),
            key="required",
        )
    }

    def post(self, request: Request) -> Response:
        program = get_program(self.read_query().get("program"))
        asked = self.read_body()
        card = resolve_card(asked.pop("card"), program=program)
        actor: Any = request.user

        def effect() -> Answer:
            return Answer(201, _tell(services.adjust_by_staff(card=card, actor=actor, **asked), card))

        return self.act(effect)


def _tell(made: Adjustment, card: Card) -> dict[str, Any]:
    currency = made.wallet.currency
    return {
        "id": made.pk,
        "card": card.number,
        "currency": currency.code,
        "amount": to_decimal_string(made.amount, currency.decimals),
        "occurred_at": made.event.occurred_at,
    }
