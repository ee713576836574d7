"""A program in a few figures, as of a moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone

from loyalty.models import Card, LedgerEntry, Program, Purchase, Refund
from loyalty.rules.state import ProgramRules
from loyalty.selectors.balances import BUCKETS, Balance, fresh_rules, load_settled
from loyalty.selectors.due import due_cards
from loyalty.selectors.programs import ProgramLike, get_program

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """One currency in minor units: what went in and out in all, and what the cards have together.

    `reversed` is what refunds took out of balances, debts included; what was forgiven is not in it. `spent`
    is less what was given back. `owed` is granted + adjusted - reversed - spent - expired, by bucket.
    """

    currency: str
    decimals: int
    granted: int
    reversed: int
    adjusted: int
    spent: int
    expired: int
    owed: Balance


@dataclass(frozen=True, slots=True)
class ProgramTotals:
    """Members and purchases by a moment; purchase amounts in minor units of the purchase currency."""

    program: str
    at: datetime
    members: int
    active: int
    purchases: int
    purchased: int
    refunded: int
    currencies: dict[str, CurrencyTotals]


def program_totals(*, program: ProgramLike = None, at: datetime | None = None) -> ProgramTotals:
    """The program's totals at a moment (default now). What the cards have is right without a scheduler.

    `members` are cards not closed by now; `owed` sums the balances of all cards, debts apart.
    """
    where, moment = get_program(program), at or timezone.now()
    cards = Card.objects.filter(program=where, enrolled_at__lte=moment)
    counted = cards.aggregate(
        members=Count("pk", filter=~Q(status="closed")), active=Count("pk", filter=Q(status="active"))
    )
    bought = Purchase.objects.filter(program=where, occurred_at__lte=moment).aggregate(
        number=Count("pk"), total=Sum("total")
    )
    undone = Q(undone__isnull=False, undone__occurred_at__lte=moment)
    refunds = Refund.objects.filter(purchase__program=where, occurred_at__lte=moment).exclude(undone)
    return ProgramTotals(
        program=where.slug,
        at=moment,
        members=counted["members"],
        active=counted["active"],
        purchases=bought["number"],
        purchased=int(bought["total"] or 0),
        refunded=int(refunds.aggregate(total=Sum("amount"))["total"] or 0),
        currencies=_currencies(where, moment),
    )


_Sums = defaultdict[tuple[str, str], dict[str, int]]


def _currencies(program: Program, at: datetime) -> dict[str, CurrencyTotals]:
    rules = fresh_rules(program.pk)
    sums = _posted(program, at)
    _add_due(rules, program, at, sums)
    return {code: _totals(code, currency.decimals, sums) for code, currency in rules.currencies.items()}


def _posted(program: Program, at: datetime) -> _Sums:
    """What entries moved by then, by currency and kind."""
    rows = LedgerEntry.objects.filter(wallet__currency__program=program, effective_at__lte=at).order_by()
    moved = rows.values_list("wallet__currency__code", "kind").annotate(*(Sum(name) for name in BUCKETS))
    sums: _Sums = defaultdict(lambda: dict.fromkeys(BUCKETS, 0))
    for code, kind, *amounts in moved:
        sums[code, kind] = dict(zip(BUCKETS, amounts, strict=True))
    return sums


def _add_due(rules: ProgramRules, program: Program, at: datetime, sums: _Sums) -> None:
    """What fell due by then and stands in no entry yet."""
    due = list(due_cards(program=program, at=at))
    for start in range(0, len(due), _CHUNK):
        for (_card_id, code), wallet in load_settled(rules, due[start : start + _CHUNK], at).items():
            for entry in wallet.entries:
                moved = sums[code, entry.kind]
                for name in BUCKETS:
                    moved[name] += getattr(entry, name)


def _totals(code: str, decimals: int, sums: _Sums) -> CurrencyTotals:
    def change(*kinds: str) -> int:
        moved = [sums[code, kind] for kind in kinds]
        return sum(one["available"] + one["pending"] + one["held"] - one["debt"] for one in moved)

    mine = [moved for (of, _kind), moved in sums.items() if of == code]
    buckets = {name: sum(moved[name] for moved in mine) for name in BUCKETS}
    return CurrencyTotals(
        currency=code,
        decimals=decimals,
        granted=change("earn"),
        reversed=-change("reverse"),
        adjusted=change("adjust"),
        spent=-change("spend", "capture", "return"),
        expired=-change("expire"),
        owed=Balance(code, decimals, **buckets),
    )
