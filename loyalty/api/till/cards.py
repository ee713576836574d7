"""Cards at a till: found, and enrolled."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.operations import Answer, Operation
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer, Text
from loyalty.api.till.base import CardRef, TillView, Where
from loyalty.models import Card
from loyalty.selectors import get_balances
from loyalty.services import enrol_card


class BalanceAnswer(StrictSerializer):
    """What a card has in one currency; decimal strings."""

    currency = serializers.CharField()
    available = DecimalText()
    pending = DecimalText()
    held = DecimalText()
    debt = DecimalText()
    balance = DecimalText()


class TillCardAnswer(StrictSerializer):
    """A card as a till sees it: nothing personal."""

    number = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    program = serializers.CharField()
    status = serializers.ChoiceField(choices=Card.Status.choices)
    enrolled_at = Instant()
    balances = BalanceAnswer(many=True)


class FindCardBody(Where):
    """Which card is looked for."""

    card = CardRef()


class EnrolCardBody(Where):
    """A new card: for the shop's key of a customer, for a number printed on plastic, for both, or for neither."""

    external_id = Text(required=False, max_length=128)
    number = Text(required=False, max_length=64)
    attributes = serializers.DictField(child=Text(max_length=255), required=False)


def describe_card(card: Card) -> dict[str, Any]:
    """A card with its balances; a constant number of queries."""
    balances = get_balances(card)
    return {
        "number": card.number,
        "external_id": card.external_id,
        "program": card.program.slug,
        "status": card.status,
        "enrolled_at": card.enrolled_at,
        "balances": [{"currency": code, **one.as_text()} for code, one in balances.items()],
    }


class FindCardView(TillView):
    """Looking a card up; a POST, so that numbers and tokens stand in no log of addresses."""

    operations = {
        "post": Operation(
            name="till_find_card",
            summary=_("Find a card by its number, its token or the shop's key"),
            body=FindCardBody,
            answers={200: TillCardAnswer},
            problems=(404, 422),
        )
    }

    def post(self, request: Request) -> Response:
        data = self.read_body()
        return self.answer(describe_card(self.find(self.get_program(data), data["card"])))


class EnrolCardView(TillView):
    """Enrolling a card."""

    operations = {
        "post": Operation(
            name="till_enrol_card",
            summary=_("Enrol a card; one that is there already is answered as it is"),
            body=EnrolCardBody,
            answers={201: TillCardAnswer},
            problems=(404, 409, 422),
            key="optional",
        )
    }

    def post(self, request: Request) -> Response:
        data = self.read_body()

        def enrol() -> Answer:
            card = enrol_card(
                program=self.get_program(data),
                external_id=data.get("external_id"),
                number=data.get("number"),
                attributes=data.get("attributes"),
            )
            return Answer(201, describe_card(card))

        return self.act(enrol)
