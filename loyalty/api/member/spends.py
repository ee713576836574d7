"""Points that a member spends without a till, and takes back while that is allowed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Answer, Operation
from loyalty.api.pagination import Page, PageQuery, keyset_page, page_of
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer, Text
from loyalty.exceptions import SpendNotFound
from loyalty.models import Card, Spend
from loyalty.money import to_decimal_string

_LARGEST = 2**63 - 1


class SpendBody(StrictSerializer):
    """How much to spend."""

    amount = DecimalText(help_text=_("In units of the currency, such as “10”."))
    currency = Text(
        required=False, max_length=32, help_text=_("Code; the only one that can be spent if left out.")
    )


class SpendAnswer(StrictSerializer):
    """Points spent, or set aside for a payment."""

    id = serializers.IntegerField()
    currency = serializers.CharField()
    amount = DecimalText(help_text=_("What was asked for."))
    spent = DecimalText(help_text=_("What was really spent and not given back."))
    status = serializers.ChoiceField(choices=Spend.Status.choices)
    occurred_at = Instant()
    cancellable_until = Instant(allow_null=True, help_text=_("Until when the member may take it back."))


class MySpends(MemberCardView):
    """What a card spent."""

    operations = {
        "get": Operation(
            name="list_my_spends",
            summary=_("What a card spent"),
            query=PageQuery,
            answers={200: page_of(SpendAnswer)},
        ),
        "post": Operation(
            name="spend_my_points",
            summary=_("Spend points"),
            body=SpendBody,
            answers={201: SpendAnswer},
            problems=(409, 422),
            key="required",
        ),
    }

    def get(self, request: Request, card: int) -> Response:
        page = keyset_page(_spends_of(self.card), self.read_query())
        return self.answer(Page([_tell(spend) for spend in page.results], page.older))

    def post(self, request: Request, card: int) -> Response:
        asked = self.read_body()

        def effect() -> Answer:
            return Answer(201, _tell(services.spend_as_member(card=self.card, **asked)))

        return self.act(effect)


class CancelMySpend(MemberCardView):
    """Taking a spending back."""

    operations = {
        "post": Operation(
            name="cancel_my_spend",
            summary=_("Take back what I spent myself"),
            answers={200: SpendAnswer},
            problems=(409, 422),
            key="required",
        )
    }

    def post(self, request: Request, card: int, spend: int) -> Response:
        found = _spends_of(self.card).filter(pk=min(spend, _LARGEST)).first()
        if found is None:
            raise SpendNotFound

        def effect() -> Answer:
            return Answer(200, _tell(services.cancel_as_member(spend=found)))

        return self.act(effect)


def _spends_of(card: Card) -> Any:
    return Spend.objects.filter(wallet__card=card).select_related("wallet__currency", "wallet__card__program")


def _tell(spend: Spend) -> dict[str, Any]:
    currency = spend.wallet.currency
    return {
        "id": spend.pk,
        "currency": currency.code,
        "amount": to_decimal_string(spend.amount, currency.decimals),
        "spent": to_decimal_string(spend.captured - spend.returned, currency.decimals),
        "status": spend.status,
        "occurred_at": spend.occurred_at,
        "cancellable_until": services.cancellable_until(spend),
    }
