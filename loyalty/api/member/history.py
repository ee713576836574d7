"""What moved a card's balance, what it was given and why, and what it is about to lose."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors
from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Operation
from loyalty.api.pagination import Page, PageQuery, page_of
from loyalty.api.serializers import Choice, DecimalText, Instant, StrictSerializer, Text
from loyalty.conf import loyalty_settings
from loyalty.models import LedgerEntry
from loyalty.money import to_decimal_string
from loyalty.selectors.programs import get_spending_currency

_MOST = 200
_AMOUNTS = ("available", "pending", "held", "debt", "amount")


class CurrencyQuery(StrictSerializer):
    """Which currency, where there are several."""

    currency = Text(
        required=False, max_length=32, help_text=_("Code; the only one that can be spent if left out.")
    )


class StatementQuery(PageQuery, CurrencyQuery):
    """Which movements."""

    kind = Choice(choices=LedgerEntry.Kind.choices, required=False)
    since = Instant(required=False, help_text=_("From this moment on."))
    until = Instant(required=False, help_text=_("Before this moment."))


class MovementAnswer(StrictSerializer):
    """One movement: what it did to each part of the balance, and what the balance came to."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=LedgerEntry.Kind.choices)
    label = serializers.CharField(help_text=_("The kind in words."))  # type: ignore[assignment]
    effective_at = Instant()
    amount = DecimalText(help_text=_("What it did to the balance."))
    balance = DecimalText(
        allow_null=True, help_text=_("What the balance came to; null in a list of one kind.")
    )
    available = DecimalText()
    pending = DecimalText()
    held = DecimalText()
    debt = DecimalText()
    campaign = serializers.CharField(help_text=_("Name of the campaign whose reward moved, or empty."))
    purchase = serializers.CharField(help_text=_("The shop's id of the member's own purchase, or empty."))


class StatementPage(StrictSerializer):
    """Movements in one currency, newest first."""

    currency = serializers.CharField()
    results = MovementAnswer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("The cursor of the next page."))


class RewardAnswer(StrictSerializer):
    """One reward: why, how much of it is kept, and the day from which it can be spent."""

    id = serializers.IntegerField()
    campaign = serializers.CharField(help_text=_("Name of the campaign."))
    reason = serializers.CharField(help_text=_("Why, in a sentence."))
    purchase = serializers.CharField(help_text=_("The shop's id of the member's own purchase, or empty."))
    currency = serializers.CharField()
    currency_name = serializers.CharField()
    granted = DecimalText()
    kept = DecimalText(help_text=_("What was not taken back."))
    state = serializers.ChoiceField(
        choices=[("pending", _("pending")), ("available", _("available")), ("reversed", _("taken back"))]
    )
    granted_at = Instant()
    available_at = Instant(allow_null=True)
    available_on = serializers.DateField(allow_null=True, help_text=_("The day in the program's time zone."))
    expires_at = Instant(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)


class ExpiringQuery(StrictSerializer):
    """How far to look ahead."""

    until = Instant(
        required=False, help_text=_("Until this moment; the program's notice period if left out.")
    )


class ExpiringAnswer(StrictSerializer):
    """What expires at one moment."""

    currency = serializers.CharField()
    at = Instant()
    amount = DecimalText()


class ExpiringList(StrictSerializer):
    """What expires if nothing else happens, earliest first, at most 200 moments."""

    results = ExpiringAnswer(many=True)


class MyStatement(MemberCardView):
    """Movements of the balance."""

    operations = {
        "get": Operation(
            name="get_my_statement",
            summary=_("What moved the balance of a card"),
            query=StatementQuery,
            answers={200: StatementPage},
            problems=(409,),
        )
    }

    def get(self, request: Request, card: int) -> Response:
        query = self.read_query()
        code = query.get("currency") or get_spending_currency(self.card.program).code
        page = selectors.get_statement(
            self.card,
            currency=code,
            since=query.get("since"),
            until=query.get("until"),
            kind=query.get("kind"),
            before=query.get("cursor"),
            limit=query["limit"],
        )
        lines = [_tell_movement(line, page.decimals) for line in page.lines]
        told = Page(lines, page.older)
        return self.answer({"currency": page.currency, "results": told.results, "next": told.next})


class MyRewards(MemberCardView):
    """Rewards of a card."""

    operations = {
        "get": Operation(
            name="list_my_rewards",
            summary=_("What a card was given, why, and from which day it can be spent"),
            query=PageQuery,
            answers={200: page_of(RewardAnswer)},
        )
    }

    def get(self, request: Request, card: int) -> Response:
        query = self.read_query()
        page = selectors.card_rewards(self.card, before=query.get("cursor"), limit=query["limit"])
        return self.answer(Page([tell_reward(reward) for reward in page.rewards], page.older))


class MyExpiring(MemberCardView):
    """What is about to expire."""

    operations = {
        "get": Operation(
            name="list_my_expiring",
            summary=_("What expires soon"),
            query=ExpiringQuery,
            answers={200: ExpiringList},
        )
    }

    def get(self, request: Request, card: int) -> Response:
        ahead = timedelta(days=loyalty_settings.EXPIRY_NOTICE_DAYS)
        until = self.read_query().get("until") or timezone.now() + ahead
        decimals = {code: balance.decimals for code, balance in selectors.get_balances(self.card).items()}
        found: list[dict[str, Any]] = [
            {"currency": code, "at": one.at, "amount": to_decimal_string(one.amount, decimals[code])}
            for code, expiring in selectors.all_expiring(self.card, until=until).items()
            for one in expiring
        ]
        return self.answer({"results": sorted(found, key=lambda one: one["at"])[:_MOST]})


def tell_reward(reward: selectors.CardReward) -> dict[str, object]:
    """The content of a RewardAnswer."""
    return asdict(reward) | {"id": reward.pk} | reward.as_text()


def _tell_movement(line: selectors.StatementLine, decimals: int) -> dict[str, object]:
    amounts = {name: to_decimal_string(getattr(line, name), decimals) for name in _AMOUNTS}
    balance = None if line.balance is None else to_decimal_string(line.balance, decimals)
    return {
        "id": line.pk,
        "kind": line.kind,
        "label": line.label,
        "effective_at": line.effective_at,
        "balance": balance,
        "campaign": line.campaign,
        "purchase": line.own_purchase,
        **amounts,
    }
