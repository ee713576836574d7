"""What support reads on a card's page: each movement with its cause, the children page by page, what was done by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from loyalty.models import Adjustment, Card, LedgerEntry
from loyalty.money import show_amount
from loyalty.selectors.statements import Statement, StatementLine, get_statement

_CHILDREN = 50
_ACTS = 10


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a statement with the keys of what caused it, for links; each None where there is none.

    `why` is the reason of a correction by hand, `actor` who made it. `moved` is what changed buckets where the balance
    stayed the same, such as what became available; empty otherwise. Amounts are in the active language.
    """

    line: StatementLine
    event_id: int
    campaign_id: int | None
    purchase_id: int | None
    why: str
    actor: str
    amount: str
    balance: str
    moved: str


@dataclass(frozen=True, slots=True)
class Movements:
    """A page of movements, newest first; `older` is where the next page begins, None when this is the last."""

    rows: list[Movement]
    older: int | None


@dataclass(frozen=True, slots=True)
class Children:
    """A page of child cards, the youngest first, each with `has_children`; `older` as in `Movements`."""

    cards: list[Card]
    older: int | None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person did to a card: when, what, why and who."""

    at: datetime
    what: str
    reason: str
    actor: str


def card_movements(card: Card, *, currency: str, before: int | None = None, limit: int = 25) -> Movements:
    """A card's statement with the keys of the causes. Six queries at any size. Raises CurrencyNotFound."""
    statement = get_statement(card, currency=currency, before=before, limit=limit)
    keys = [line.pk for line in statement.lines]
    rows = LedgerEntry.objects.filter(pk__in=keys).select_related("reward")
    entries = {row.pk: row for row in rows}
    events = [row.event_id for row in entries.values() if row.kind == LedgerEntry.Kind.ADJUST]
    by_hand = {row.event_id: row for row in _adjustments(event__in=events)}
    shown = [
        _movement(line, entries[line.pk], by_hand.get(entries[line.pk].event_id), statement)
        for line in statement.lines
    ]
    return Movements(shown, statement.older)


def card_children(card: Card, *, before: int | None = None) -> Children:
    """50 children of a card from the key `before` on. Two queries at any size."""
    below = Card.objects.filter(parent=OuterRef("pk"))
    rows = Card.objects.filter(parent=card).annotate(has_children=Exists(below)).order_by("-pk")
    rows = rows.select_related("user").prefetch_related("numbers")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Card] = [*rows[: _CHILDREN + 1]]
    shown = found[:_CHILDREN]
    return Children(shown, shown[-1].pk if len(found) > _CHILDREN else None)


def card_acts(card: Card) -> list[Act]:
    """The latest ten of whatever persons did to a card: status, parent, number, balance. Four queries."""
    acts = [
        Act(row.since, _status(row.get_status_display()), row.reason, _name(row.actor))
        for row in card.status_changes.select_related("actor")[:_ACTS]
    ]
    moves = card.parent_changes.select_related("actor", "old_parent", "new_parent")
    moves = moves.prefetch_related("old_parent__numbers", "new_parent__numbers")
    acts += [
        Act(row.since, _move(row.old_parent, row.new_parent), row.reason, _name(row.actor))
        for row in moves[:_ACTS]
    ]
    acts += [
        Act(row.since, _("Got the number %(number)s") % {"number": row.number}, row.reason, _name(row.actor))
        for row in card.number_changes.select_related("actor", "number")[:_ACTS]
    ]
    corrections = _adjustments(wallet__in=list(card.wallets.values_list("pk", flat=True)))
    acts += [
        Act(row.event.occurred_at, _correction(row), row.reason, _name(row.actor))
        for row in corrections.select_related("event").order_by("-pk")[:_ACTS]
    ]
    return sorted(acts, key=lambda act: act.at, reverse=True)[:_ACTS]


def _adjustments(**which: Any) -> Any:
    return Adjustment.objects.filter(**which).select_related("actor", "wallet__currency")


def _movement(
    line: StatementLine, entry: LedgerEntry, adjustment: Adjustment | None, statement: Statement
) -> Movement:
    reward = entry.reward
    text = show_amount(line.amount, statement.decimals)
    moved = max(abs(line.available), abs(line.pending), abs(line.held)) if line.amount == 0 else 0
    return Movement(
        line=line,
        event_id=entry.event_id,
        campaign_id=reward.campaign_id if reward else None,
        purchase_id=reward.purchase_id if reward else None,
        why=adjustment.reason if adjustment else "",
        actor=_name(adjustment.actor) if adjustment else "",
        amount=f"+{text}" if line.amount > 0 else text,
        balance="" if line.balance is None else show_amount(line.balance, statement.decimals),
        moved=show_amount(moved, statement.decimals) if moved else "",
    )


def _status(label: str) -> str:
    return _("Status: %(status)s") % {"status": label}


def _move(old: Card | None, new: Card | None) -> str:
    if new is None:
        return _("Taken from under %(parent)s") % {"parent": _number(old)}
    if old is None:
        return _("Put under %(parent)s") % {"parent": _number(new)}
    return _("Moved from under %(old)s to under %(new)s") % {"old": _number(old), "new": _number(new)}


def _correction(row: Adjustment) -> str:
    amount = show_amount(row.amount, row.wallet.currency.decimals)
    values = {"amount": f"+{amount}" if row.amount > 0 else amount, "currency": row.wallet.currency}
    return _("Balance corrected by %(amount)s %(currency)s") % values


def _number(card: Card | None) -> str:
    return "–" if card is None else card.number or str(card)


def _name(user: Any) -> str:
    return "" if user is None else str(user)
