"""Purchases: previewed, recorded, refunded, reopened. Known by the shop's own ids, each of which counts once for ever."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.operations import Answer, Operation
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer, Text, Whole
from loyalty.api.till.base import CardRef, Sourced, TillView
from loyalty.api.till.recorded import ANSWERS, answer_recorded
from loyalty.services import preview_purchase, record_purchase, record_refund, reopen_purchase

_MOST_LINES = 1_000


class PurchaseLineBody(StrictSerializer):
    """One line of a basket."""

    amount = DecimalText()
    sku = Text(required=False, max_length=128, allow_blank=True)
    category = Text(required=False, max_length=128, allow_blank=True)
    quantity = DecimalText(required=False)
    attributes = serializers.DictField(child=Text(), required=False)


class Basket(Sourced):
    """What is bought. `tax` and `discount` lie within the total; what the lines leave of it is one more line."""

    total = DecimalText()
    tax = DecimalText(required=False)
    discount = DecimalText(required=False)
    channel = Text(required=False, max_length=64, allow_blank=True)
    lines = serializers.ListField(child=PurchaseLineBody(), required=False, max_length=_MOST_LINES)
    occurred_at = Instant(required=False)


class PreviewBody(Basket):
    """A basket, of a card's or of somebody without one."""

    card = CardRef(required=False)


class PurchaseBody(Basket):
    """A purchase; `external_id` is the shop's id of it, unique for ever within the source."""

    external_id = Text()
    card = CardRef()


class RefundLineBody(StrictSerializer):
    """Which line of the purchase, counted from 0, and how much of it unless the whole line went back."""

    position = Whole()
    amount = DecimalText(required=False)


class AboutPurchase(Sourced):
    """Something that happened to a purchase; `external_id` is the shop's id of that."""

    external_id = Text()
    occurred_at = Instant(required=False)


class RefundBody(AboutPurchase):
    """A refund: an amount, or lines, or neither: all that is left."""

    amount = DecimalText(required=False)
    lines = serializers.ListField(child=RefundLineBody(), required=False, max_length=_MOST_LINES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "amount" in attrs and "lines" in attrs:
            raise ValidationError(_("Give an amount, or lines, or neither."), code="exactly_one")
        return attrs


class PreviewedAnswer(StrictSerializer):
    """What the card would be given by one campaign."""

    campaign = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    granted = DecimalText()
    available_at = Instant()
    expires_at = Instant(allow_null=True)


class PreviewAnswer(StrictSerializer):
    """What a basket would bring, and sentences on why, in the language of the request."""

    rewards = PreviewedAnswer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())


_BASKET = ("total", "tax", "discount", "channel", "lines", "occurred_at")


class PreviewView(TillView):
    """What a basket would bring. Nothing is written."""

    operations = {
        "post": Operation(
            name="till_preview_purchase",
            summary=_("What a basket would bring"),
            body=PreviewBody,
            answers={200: PreviewAnswer},
            problems=(404, 422),
        )
    }

    def post(self, request: Request) -> Response:
        data = self.read_body()
        program = self.get_program(data)
        card = self.find(program, data["card"]) if "card" in data else None
        basket = {name: data[name] for name in _BASKET if name in data}
        preview = preview_purchase(program=program, card=card, source=self.get_source(data), **basket)
        rewards = [
            {
                "campaign": one.campaign,
                "name": one.campaign_name,
                "currency": one.currency,
                "granted": one.granted,
                "available_at": one.available_at,
                "expires_at": one.expires_at,
            }
            for one in preview.rewards
        ]
        return self.answer({"rewards": rewards, "reasons": preview.as_lines()})


class PurchasesView(TillView):
    """Recording a purchase."""

    operations = {
        "post": Operation(
            name="till_record_purchase",
            summary=_("Record a purchase"),
            body=PurchaseBody,
            answers=ANSWERS,
            problems=(404, 409, 422),
            key="optional",
        )
    }

    def post(self, request: Request) -> Response:
        data = self.read_body()

        def record() -> Answer:
            program = self.get_program(data)
            recorded = record_purchase(
                card=self.find(program, data["card"]),
                external_id=data["external_id"],
                source=self.get_source(data),
                **{name: data[name] for name in _BASKET if name in data},
            )
            return answer_recorded(recorded)

        return self.act(record)


class RefundsView(TillView):
    """Recording a refund of a purchase."""

    operations = {
        "post": Operation(
            name="till_record_refund",
            summary=_("Refund a purchase by amount, by lines, or all that is left"),
            body=RefundBody,
            answers=ANSWERS,
            problems=(404, 409, 422),
            key="optional",
        )
    }

    def post(self, request: Request, external_id: str) -> Response:
        data = self.read_body()

        def refund() -> Answer:
            recorded = record_refund(
                purchase_id=external_id,
                external_id=data["external_id"],
                amount=data.get("amount"),
                lines=data.get("lines"),
                occurred_at=data.get("occurred_at"),
                source=self.get_source(data),
                program=self.get_program(data),
            )
            return answer_recorded(recorded)

        return self.act(refund)


class ReopeningsView(TillView):
    """Letting a purchase count again that was wholly refunded by mistake."""

    operations = {
        "post": Operation(
            name="till_reopen_purchase",
            summary=_("Let a purchase count again that was wholly refunded by mistake"),
            body=AboutPurchase,
            answers=ANSWERS,
            problems=(404, 409, 422),
            key="optional",
        )
    }

    def post(self, request: Request, external_id: str) -> Response:
        data = self.read_body()

        def reopen() -> Answer:
            recorded = reopen_purchase(
                purchase_id=external_id,
                external_id=data["external_id"],
                occurred_at=data.get("occurred_at"),
                source=self.get_source(data),
                program=self.get_program(data),
            )
            return answer_recorded(recorded)

        return self.act(reopen)
