"""The member's cards, and joining a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors, services
from loyalty.api.member.answers import CardAnswer, tell_balance, tell_card
from loyalty.api.member.base import MemberCardView, MemberView
from loyalty.api.operations import Answer, Operation
from loyalty.api.pagination import Page, PageQuery, keyset_page, page_of
from loyalty.api.serializers import StrictSerializer, Text
from loyalty.models import Card, Currency


class EnrolBody(StrictSerializer):
    """Which program to join."""

    program = Text(
        required=False, max_length=50, help_text=_("Slug; needed where there are several programs.")
    )


class MyCards(MemberView):
    """The member's cards in every program; joining one."""

    operations = {
        "get": Operation(
            name="list_my_cards",
            summary=_("My cards with their balances"),
            query=PageQuery,
            answers={200: page_of(CardAnswer)},
        ),
        "post": Operation(
            name="join_program",
            summary=_("Join a program"),
            body=EnrolBody,
            answers={200: CardAnswer, 201: CardAnswer},
            problems=(404, 409),
        ),
    }

    def get(self, request: Request) -> Response:
        page = keyset_page(selectors.member_cards(request.user), self.read_query())  # type: ignore[arg-type]
        return self.answer(Page(tell_cards(page.results, request.user.pk), page.older))

    def post(self, request: Request) -> Response:
        program = selectors.get_program(self.read_body().get("program"))

        def effect() -> Answer:
            return enrol(request, program=program)

        return self.act(effect)


class MyCard(MemberCardView):
    """One card."""

    operations = {
        "get": Operation(
            name="get_my_card", summary=_("One of my cards with its balances"), answers={200: CardAnswer}
        )
    }

    def get(self, request: Request, card: int) -> Response:
        return self.answer(tell_cards([self.card], request.user.pk)[0])


def enrol(request: Request, *, program: Any) -> Answer:
    """Enrol the member, or find the card that they have: 201 or 200 with a CardAnswer."""
    known = set(selectors.member_cards(request.user).values_list("pk", flat=True))  # type: ignore[arg-type]
    made = services.enrol_card(program=program, user=request.user)  # type: ignore[arg-type]
    card = selectors.get_member_card(request.user, made.pk)  # type: ignore[arg-type]
    return Answer(200 if card.pk in known else 201, tell_cards([card], request.user.pk)[0])


def tell_cards(cards: Sequence[Card], user_id: object) -> list[dict[str, Any]]:
    """The contents of CardAnswers; as many queries for any number of cards."""
    programs = {card.program_id for card in cards}
    currencies: dict[int, list[Currency]] = {pk: [] for pk in programs}
    for currency in Currency.objects.filter(program__in=programs).order_by("-spendable", "pk"):
        currencies[currency.program_id].append(currency)
    balances = selectors.card_balances(cards)
    return [
        tell_card(
            card,
            user_id=user_id,
            wallets=[
                tell_balance(balances[card.pk][one.code], name=one.name, spendable=one.spendable)
                for one in currencies[card.program_id]
                if one.code in balances[card.pk]
            ],
        )
        for card in cards
    ]
