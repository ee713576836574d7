"""Damage to sound books: what the check must find, and a way to do it that answers whom it hit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from loyalty.models import (
    Card,
    CardMerge,
    Evaluation,
    Event,
    LedgerEntry,
    LimitCounter,
    Lot,
    LotAllocation,
    Program,
    Purchase,
    PurchaseLine,
    Refund,
    Reward,
    Spend,
    Wallet,
)


def wallet_of(customer: str, currency: str = "points") -> Wallet:
    return Wallet.objects.get(card__external_id=customer, currency__code=currency)


def one(model: Any, **filters: Any) -> Any:
    """The first row that fits."""
    found = model.objects.filter(**filters).order_by("pk").first()
    assert found is not None
    return found


def change(row: Any, **values: Any) -> Any:
    """Write columns of a row past everything; answers its key."""
    assert type(row)._base_manager.filter(pk=row.pk).update(**values) == 1
    return row.pk


def late_entry() -> LedgerEntry:
    """The later of two entries of one wallet."""
    return LedgerEntry.objects.filter(wallet=wallet_of("boris"), kind="capture").latest("pk")


def borrow_lot() -> Any:
    """An entry that takes from another wallet's lot."""
    allocation = one(LotAllocation, entry__wallet=wallet_of("boris"), entry__kind="spend")
    change(allocation, lot=one(Lot, wallet=wallet_of("anna")))
    return allocation.entry_id


def move_remaining() -> Any:
    """A unit moved from one lot to another of the same wallet: every sum stays right."""
    first, second = Lot.objects.filter(wallet=wallet_of("boris"), remaining__gt=0, matured=True)[:2]
    change(first, remaining=F("remaining") - 1, amount=F("amount") + 5)
    change(second, remaining=F("remaining") + 1, amount=F("amount") + 5)
    return first.pk


def lose_on_the_way() -> Any:
    entry = one(LedgerEntry, kind="transfer", available__gt=0)
    change(entry, available=F("available") - 1)
    return entry.event_id


def part_silently() -> Any:
    emil = Card.objects.get(external_id="emil")
    return change(emil, merged_into=None)


def forget_merge() -> Any:
    merge = CardMerge.objects.get(undone=None)
    merge.delete()
    return merge.merged_id


def leave_points_behind() -> Any:
    return change(wallet_of("emil"), pending=1)


def leave_a_child_behind() -> Any:
    emil, fritz = Card.objects.get(external_id="emil"), Card.objects.get(external_id="fritz")
    return change(fritz, parent=emil, parent_since=emil.enrolled_at, linked_at=emil.enrolled_at)


def close_circle() -> Any:
    anna, clara = Card.objects.get(external_id="anna"), Card.objects.get(external_id="clara")
    return change(anna, parent=clara, parent_since=anna.enrolled_at, linked_at=anna.enrolled_at)


def forget_evaluation() -> Any:
    evaluation = one(Evaluation, event__kind="loyalty.card_blocked")
    pk = evaluation.event_id
    evaluation.delete()
    return pk


def forget_refund() -> Any:
    refund = one(Refund)
    pk = refund.purchase_id
    refund.delete()
    return pk


def forget_refund_of_event() -> Any:
    refund = one(Refund)
    pk = refund.event_id
    refund.delete()
    return pk


def forget_counter() -> Any:
    counter = one(LimitCounter, used__gt=0)
    key = counter.key
    counter.delete()
    return key


def overuse() -> Any:
    """A counter and a reward that agree, beyond what was allowed."""
    counter = one(LimitCounter, key__contains="|amount|month|card:", used__gt=0)
    change(counter, used=1001)
    return counter.key


def stick() -> Any:
    event = Event.objects.create(
        program=Program.objects.get(),
        source="shop",
        kind="loyalty.card_enrolled",
        key="late",
        card=Card.objects.first(),
        occurred_at=timezone.now(),
        body_hash="",
    )
    return change(event, recorded_at=timezone.now() - timedelta(hours=25))


def drop_trigger() -> Any:
    # The fixture has taken both away.
    return "loyalty_ledgerentry"


def raise_granted() -> Any:
    reward = one(Reward, campaign__key="ten-percent", lot__remaining__gt=0)
    return change(reward, granted=F("granted") + 1, requested=F("requested") + 1)


PLANTED: dict[str, tuple[str, Callable[[], Any]]] = {
    "a point appears in a wallet": (
        "loyalty.wallet_sums",
        lambda: change(wallet_of("anna"), pending=F("pending") + 1),
    ),
    "a debt disappears": ("loyalty.wallet_sums", lambda: change(wallet_of("clara"), debt=0)),
    "a wallet is overdrawn": (
        "loyalty.wallet_not_negative",
        lambda: change(wallet_of("boris"), available=-1),
    ),
    "points lie beside a debt": (
        "loyalty.wallet_no_points_beside_debt",
        lambda: change(wallet_of("boris"), debt=5),
    ),
    "a lot has more than its wallet": (
        "loyalty.wallet_open_lots",
        lambda: (
            change(one(Lot, wallet=wallet_of("boris"), remaining__gt=0), remaining=F("remaining") + 1)
            and wallet_of("boris").pk
        ),
    ),
    "a pending lot is marked available": (
        "loyalty.wallet_open_lots",
        lambda: (
            change(one(Lot, wallet=wallet_of("anna"), matured=False), matured=True) and wallet_of("anna").pk
        ),
    ),
    "points outlive their expiry": (
        "loyalty.wallet_settled",
        lambda: change(wallet_of("boris"), clock=timezone.now()),
    ),
    "an entry is dated back": (
        "loyalty.entries_in_order",
        lambda: change(late_entry(), effective_at=late_entry().effective_at - timedelta(days=300)),
    ),
    "an entry is dated ahead of the clock": (
        "loyalty.entries_in_order",
        lambda: change(
            LedgerEntry.objects.filter(wallet=wallet_of("anna", "credit")).latest("pk"),
            effective_at=timezone.now(),
        ),
    ),
    "a spend is called an earning": (
        "loyalty.entries_by_kind",
        lambda: change(one(LedgerEntry, kind="spend"), kind="earn"),
    ),
    "a point moves between two lots": ("loyalty.lot_remaining", move_remaining),
    "a hold lets go of a lot": ("loyalty.lot_held", lambda: change(one(Lot, held__gt=0), held=0)),
    "an expiry is forgotten": ("loyalty.lot_expired", lambda: change(one(Lot, expired__gt=0), expired=0)),
    "more expired points are taken back than expired": (
        "loyalty.lot_expired",
        lambda: change(one(Lot, expired__gt=0), expired_reversed=F("expired") + 1),
    ),
    "an expired lot is drawn from": (
        "loyalty.lot_drawn_in_time",
        lambda: change(
            one(Lot, allocations__entry__kind="spend"),
            expires_at=one(LedgerEntry, kind="spend").effective_at - timedelta(days=1),
        ),
    ),
    "a pending lot is drawn from": (
        "loyalty.lot_drawn_in_time",
        lambda: change(
            one(Lot, allocations__entry__kind="spend"),
            available_at=one(LedgerEntry, kind="spend").effective_at + timedelta(days=1),
        ),
    ),
    "a lot is made larger": (
        "loyalty.lots_made_by_entries",
        lambda: (
            change(one(Lot, wallet=wallet_of("boris")), amount=F("amount") + 1, remaining=F("remaining") + 1)
            and wallet_of("boris").pk
        ),
    ),
    "an entry takes from another wallet's lot": ("loyalty.allocations_fit", borrow_lot),
    "an entry takes less from lots than from the wallet": (
        "loyalty.allocations_fit",
        lambda: (
            change(one(LotAllocation, entry__kind="spend"), amount=F("amount") - 1)
            and one(LotAllocation, entry__kind="spend").entry_id
        ),
    ),
    "a hold is open again": (
        "loyalty.hold_ends_once",
        lambda: change(one(Spend, entries__kind="capture"), status="held"),
    ),
    "a hold ended without an entry": (
        "loyalty.hold_ends_once",
        lambda: change(one(Spend, status="held"), status="voided"),
    ),
    "a spend took less than its entries": (
        "loyalty.spend_amounts",
        lambda: change(one(Spend, status="spent"), captured=F("captured") - 1),
    ),
    "a spend gave back what it did not": (
        "loyalty.spend_amounts",
        lambda: change(one(Spend, status="spent"), returned=1),
    ),
    "a spend is of another wallet": (
        "loyalty.spend_wallet",
        lambda: change(one(Spend, status="spent"), wallet=wallet_of("anna")),
    ),
    "a reward grants more than was earned": ("loyalty.reward_has_its_earning", raise_granted),
    "a reward is somebody else's": (
        "loyalty.reward_has_its_earning",
        lambda: change(one(Reward, card__external_id="boris"), card=Card.objects.get(external_id="clara")),
    ),
    "an earning has no reward": (
        "loyalty.earning_has_its_reward",
        lambda: change(one(LedgerEntry, kind="earn"), reward=None),
    ),
    "more is taken back than was granted": (
        "loyalty.reward_within_granted",
        lambda: change(one(Reward), reversed=F("granted") + 1),
    ),
    "a reversal is not in the ledger": (
        "loyalty.reward_reversal_posted",
        lambda: change(one(Reward, reversed=0), reversed=1),
    ),
    "a reversal is forgiven that was posted": (
        "loyalty.reward_reversal_posted",
        lambda: change(one(Reward, reversed__gt=0), forgiven=1),
    ),
    "a reward outlives its purchase": (
        "loyalty.reward_of_refunded_purchase",
        lambda: change(one(Reward, purchase__remaining=0, policy="proportional"), reversed=0),
    ),
    "a reward outlives what it was given for": (
        "loyalty.reward_stands_on_its_source",
        lambda: change(
            one(Reward, reversed__lt=F("granted"), policy="proportional"),
            source=one(Reward, reversed=F("granted")),
        ),
    ),
    "a limit counts too much": (
        "loyalty.limit_used",
        lambda: change(one(LimitCounter, used=0), used=1) and one(LimitCounter, used=1).key,
    ),
    "a limit is forgotten": ("loyalty.limit_used", forget_counter),
    "a limit is used beyond its maximum": ("loyalty.limit_within_maximum", overuse),
    "a purchase grows back": (
        "loyalty.purchase_remaining",
        lambda: change(one(Purchase, external_id="two"), remaining=100),
    ),
    "a refund disappears": ("loyalty.purchase_remaining", forget_refund),
    "a line grows back": (
        "loyalty.purchase_lines",
        lambda: (
            change(one(PurchaseLine, purchase__external_id="one"), remaining=F("amount"))
            and Purchase.objects.get(external_id="one").pk
        ),
    ),
    "a purchase changes hands": (
        "loyalty.purchase_card",
        lambda: change(one(Purchase, external_id="three"), card=Card.objects.get(external_id="anna")),
    ),
    "a card counts one purchase more": (
        "loyalty.card_purchases",
        lambda: change(one(Card), purchases_count=F("purchases_count") + 1),
    ),
    "a card spent less than it did": (
        "loyalty.card_purchases",
        lambda: change(one(Card, external_id="boris"), spent_total=F("spent_total") - 1),
    ),
    "two cards are each other's ancestors": ("loyalty.tree_has_no_circle", close_circle),
    "a card is moved past its history": (
        "loyalty.parent_history",
        lambda: change(one(Card, external_id="clara"), parent=Card.objects.get(external_id="anna")),
    ),
    "a point is lost on the way to another card": ("loyalty.transfers_sum_to_nothing", lose_on_the_way),
    "a lot that was moved lives longer": (
        "loyalty.lots_carry_on",
        lambda: change(one(Lot, origin__isnull=False), expires_at=timezone.now()),
    ),
    "a lot carries on one of its own wallet": (
        "loyalty.lots_carry_on",
        lambda: change(one(Lot, wallet=wallet_of("boris")), origin=one(Lot, wallet=wallet_of("boris"))),
    ),
    "a merged card is on its own again, untold": ("loyalty.merged_as_told", part_silently),
    "a merge disappears": ("loyalty.merged_as_told", forget_merge),
    "a merged card has points": ("loyalty.merged_has_nothing", leave_points_behind),
    "a card stands below a merged one": ("loyalty.merged_has_no_children", leave_a_child_behind),
    "a transfer is called a repayment": (
        "loyalty.entries_by_kind",
        lambda: change(one(LedgerEntry, kind="transfer"), kind="repay"),
    ),
    "a lot of a transfer is made larger": (
        "loyalty.lots_made_by_entries",
        lambda: (
            change(one(Lot, origin__isnull=False), amount=F("amount") + 1, remaining=F("remaining") + 1)
            and one(Lot, origin__isnull=False).wallet_id
        ),
    ),
    "a transfer gives back more to lots than to the wallet": (
        "loyalty.allocations_fit",
        lambda: (
            change(one(LotAllocation, entry__kind="transfer", amount__lt=0), amount=F("amount") - 1)
            and one(LotAllocation, entry__kind="transfer", amount__lt=0).entry_id
        ),
    ),
    "an expired lot is moved": (
        "loyalty.lot_drawn_in_time",
        lambda: change(
            one(Lot, allocations__entry__kind="transfer", allocations__amount__gt=0),
            expires_at=one(LedgerEntry, kind="transfer").effective_at - timedelta(days=1),
        ),
    ),
    "expired points of a lot that was moved are forgotten": (
        "loyalty.reward_reversal_posted",
        lambda: (
            change(one(Lot, origin__isnull=False, expired_reversed__gt=0), expired_reversed=0)
            and one(
                Reward,
                lot__successors__isnull=False,
                purchase__external_id="seven",
                campaign__key="ten-percent",
            ).pk
        ),
    ),
    "a card is unblocked past its history": (
        "loyalty.status_history",
        lambda: change(one(Card, external_id="anna"), status="active"),
    ),
    "a card is blocked past its history": (
        "loyalty.status_history",
        lambda: change(one(Card, external_id="boris"), status="blocked"),
    ),
    "an evaluation disappears": ("loyalty.event_evaluated", forget_evaluation),
    "an event is pending again": (
        "loyalty.event_evaluated",
        lambda: change(one(Event, kind="loyalty.purchase"), status="pending"),
    ),
    "the ledger stands on an event that failed": (
        "loyalty.ledger_of_processed_events",
        lambda: change(one(Event, kind="loyalty.purchase"), status="failed"),
    ),
    "an applied refund left no row": ("loyalty.event_rows", forget_refund_of_event),
    "a refused event left a row": (
        "loyalty.event_rows",
        lambda: (
            change(one(Evaluation, event__kind="loyalty.spend"), outcome="card_blocked")
            and one(Evaluation, outcome="card_blocked").event_id
        ),
    ),
    "an event is stuck": ("loyalty.event_not_stuck", stick),
    "the ledger can be changed": ("loyalty.append_only", drop_trigger),
}
