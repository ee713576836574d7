"""All that an app shows when it is opened: one call instead of five, and as many queries for any history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from loyalty.models import Card, CardNumber, Currency, Lot, Wallet
from loyalty.selectors.balances import Balance, Expiring, get_balances
from loyalty.selectors.progress import CampaignProgress, open_campaigns
from loyalty.selectors.rewards import CardReward, card_rewards

_REWARDS = 5


@dataclass(frozen=True, slots=True)
class HomeWallet:
    """What a card has in one currency, and what happens to it next if nothing else does.

    `next_available` is what becomes available next, before any debt is repaid from it; `next_expiring` what
    expires next. Each is None where there is nothing of the kind.
    """

    currency: str
    name: str
    spendable: bool
    balance: Balance
    next_available: Expiring | None = None
    next_expiring: Expiring | None = None


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """A card at a glance; `rewards` are the latest ones, `campaigns` those that are open to the card."""

    number: str
    status: Card.Status
    wallets: list[HomeWallet]
    rewards: list[CardReward]
    campaigns: list[CampaignProgress]


def home_screen(card: Card, *, at: datetime | None = None) -> HomeScreen:
    """Number, status, balances by currency with what comes and goes next, the latest rewards, and open campaigns.

    As many queries for any number of rewards, lots, currencies and campaigns.
    """
    moment = at or timezone.now()
    number = CardNumber.objects.filter(card=card, retired_at=None).values_list("number", flat=True).first()
    return HomeScreen(
        number=number or "",
        status=Card.Status(card.status),
        wallets=home_wallets(card, at=moment),
        rewards=card_rewards(card, limit=_REWARDS, at=moment).rewards,
        campaigns=open_campaigns(card, at=moment),
    )


def home_wallets(card: Card, *, at: datetime | None = None) -> list[HomeWallet]:
    """What the card has in each currency of the program, those that can be spent first."""
    moment = at or timezone.now()
    balances, coming, going = get_balances(card, at=moment), *_next_dates(card, moment)
    currencies = Currency.objects.filter(program_id=card.program_id).order_by("-spendable", "pk")
    return [
        HomeWallet(
            currency=one.code,
            name=one.name,
            spendable=one.spendable,
            balance=balances[one.code],
            next_available=coming.get(one.pk),
            next_expiring=going.get(one.pk),
        )
        for one in currencies
        if one.code in balances
    ]


def _next_dates(card: Card, at: datetime) -> tuple[dict[int, Expiring], dict[int, Expiring]]:
    """By currency, what becomes available next and what expires next; one query."""
    left = Lot.objects.filter(wallet=OuterRef("pk"), remaining__gt=0).order_by()
    coming = left.filter(matured=False, available_at__gt=at)
    going = left.filter(expires_at__gt=at)
    wallets = Wallet.objects.filter(card=card).annotate(
        coming_at=_first(coming, "available_at"), going_at=_first(going, "expires_at")
    )
    wallets = wallets.annotate(
        coming=_sum(coming.filter(available_at=OuterRef("coming_at"))),
        going=_sum(going.filter(expires_at=OuterRef("going_at"))),
    ).filter(Q(coming_at__isnull=False) | Q(going_at__isnull=False))
    found: tuple[dict[int, Expiring], dict[int, Expiring]] = ({}, {})
    rows = wallets.values_list("currency_id", "coming_at", "coming", "going_at", "going")
    for currency_id, coming_at, coming_sum, going_at, going_sum in rows:
        if coming_at is not None:
            found[0][currency_id] = Expiring(coming_at, coming_sum)
        if going_at is not None:
            found[1][currency_id] = Expiring(going_at, going_sum)
    return found


def _first(lots: QuerySet[Lot], instant: str) -> Subquery:
    return Subquery(lots.order_by(F(instant)).values(instant)[:1])


def _sum(lots: QuerySet[Lot]) -> Subquery:
    return Subquery(lots.values("wallet").annotate(total=Sum("remaining")).values("total"))
