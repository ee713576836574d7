"""Points at a till: spent at once, or held and then captured or voided. Known by the shop's own ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.operations import Answer, Operation
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer, Text
from loyalty.api.till.base import CardRef, Sourced, TillView
from loyalty.models import Spend
from loyalty.money import to_decimal_string
from loyalty.selectors import get_balances
from loyalty.selectors.spends import find_spend
from loyalty.services import cancel_spend, capture_hold, hold_points, spend_points, void_hold

_PROBLEMS = (404, 409, 422)


class TillSpendBody(Sourced):
    """Points to be spent; `external_id` is the shop's id of the payment, unique for ever within the source."""

    external_id = Text()
    card = CardRef()
    amount = DecimalText()
    currency = Text(required=False, max_length=32)


class TillHoldBody(TillSpendBody):
    """Points to be held; without `expires_at` for as long as the site has set."""

    expires_at = Instant(required=False)


class StepBody(Sourced):
    """A later step of a payment: nothing but where."""


class CaptureBody(StepBody):
    """How much of what is held is spent; without an amount all of it. The rest returns."""

    amount = DecimalText(required=False)


class TillSpendAnswer(StrictSerializer):
    """A payment with points as it stands now; `available` is what the card may still spend of the currency."""

    external_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=Spend.Status.choices)
    currency = serializers.CharField()
    amount = DecimalText()
    captured = DecimalText()
    returned = DecimalText()
    occurred_at = Instant()
    expires_at = Instant(allow_null=True)
    available = DecimalText()


def describe_spend(spend: Spend) -> dict[str, Any]:
    """A payment, amounts as decimal strings of its currency."""
    currency = spend.wallet.currency
    source, _slash, external_id = spend.key.partition("/")
    amounts = {
        name: to_decimal_string(getattr(spend, name), currency.decimals)
        for name in ("amount", "captured", "returned")
    }
    return {
        "external_id": external_id,
        "source": source,
        "status": spend.status,
        "currency": currency.code,
        **amounts,
        "occurred_at": spend.occurred_at,
        "expires_at": spend.expires_at,
        "available": get_balances(spend.wallet.card)[currency.code].as_text()["available"],
    }


class SpendsView(TillView):
    """Spending points at once."""

    operations = {
        "post": Operation(
            name="till_spend_points",
            summary=_("Spend points of a card at once"),
            body=TillSpendBody,
            answers={201: TillSpendAnswer},
            problems=_PROBLEMS,
            key="required",
        )
    }
    do: ClassVar[Callable[..., Spend]] = staticmethod(spend_points)

    def post(self, request: Request) -> Response:
        data = self.read_body()

        def spend() -> Answer:
            more = {"expires_at": data["expires_at"]} if "expires_at" in data else {}
            made = self.do(
                card=self.find_spender(self.get_program(data), data["card"]),
                amount=data["amount"],
                currency=data.get("currency"),
                key=data["external_id"],
                source=self.get_source(data),
                **more,
            )
            return Answer(201, describe_spend(made))

        return self.act(spend)


class HoldsView(SpendsView):
    """Holding points until they are captured or voided."""

    operations = {
        "post": Operation(
            name="till_hold_points",
            summary=_("Hold points of a card until they are captured or voided"),
            body=TillHoldBody,
            answers={201: TillSpendAnswer},
            problems=_PROBLEMS,
            key="required",
        )
    }
    do = staticmethod(hold_points)


class StepView(TillView):
    """Base of the later steps of a payment. A step that was done already is answered as it is refused: by its state."""

    held: ClassVar[bool] = True
    do: ClassVar[Callable[..., Spend]]

    def post(self, request: Request, external_id: str) -> Response:
        data = self.read_body()

        def step() -> Answer:
            found = find_spend(
                program=self.get_program(data),
                source=self.get_source(data),
                external_id=external_id,
                held=self.held,
            )
            more = {"amount": data["amount"]} if "amount" in data else {}
            return Answer(200, describe_spend(self.do(spend=found, **more)))

        return self.act(step)


def _step(name: str, summary: Any, body: type[StepBody] = StepBody) -> dict[str, Operation]:
    return {
        "post": Operation(
            name=name,
            summary=summary,
            body=body,
            answers={200: TillSpendAnswer},
            problems=_PROBLEMS,
            key="required",
        )
    }


class CaptureView(StepView):
    """Spending what is held."""

    operations = _step("till_capture_hold", _("Spend what is held, or part of it"), CaptureBody)
    do = staticmethod(capture_hold)


class VoidView(StepView):
    """Giving back what is held."""

    operations = _step("till_void_hold", _("Give back what is held"))
    do = staticmethod(void_hold)


class CancelView(StepView):
    """Giving back what was spent."""

    operations = _step("till_cancel_spend", _("Give back what was spent at once"))
    held = False
    do = staticmethod(cancel_spend)


class CancelHoldView(StepView):
    """Giving back what was captured."""

    operations = _step("till_cancel_hold", _("Give back what was captured of a hold"))
    do = staticmethod(cancel_spend)
