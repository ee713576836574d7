"""Which milestones a refund looks through in a replay."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.processing.milestones import Milestones
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.merges import Merge
from loyalty.rules.state import CardState, ProgramRules, State

AT = datetime(2025, 1, 1, tzinfo=UTC)
SLOT = UUID(int=1)


def chain(*cards: int) -> State:
    """Cards of which each has the next one as its parent card."""
    state = State(ProgramRules(1, "shop", ZoneInfo("UTC"), 2, {}))
    for pk, parent in zip(cards, [*cards[1:], None], strict=True):
        state.cards[pk] = CardState(pk=pk, enrolled_at=AT, parent_id=parent, parent_since=AT)
    return state


def milestones_of(state: State, *, levels: int = 1) -> Milestones:
    """One milestone of each card; what is held of it is a list with the card's key for its only member."""
    milestones = Milestones(state, levels=levels)
    for pk in state.cards:
        milestones.setdefault(("third", SLOT, pk, 3), []).append(pk)
    return milestones


def seen(milestones: Milestones, **event) -> list[list[int]]:
    milestones.event = EventState("shop", "loyalty.refund", "r1", occurred_at=AT, **event)
    return milestones.values()


def test_the_card_and_as_many_levels_above_it_as_anybody_looks():
    state = chain(1, 2, 3, 4)

    assert seen(milestones_of(state, levels=0), card_id=1) == [[1]]
    assert seen(milestones_of(state, levels=1), card_id=1) == [[1], [2]]
    assert seen(milestones_of(state, levels=2), card_id=1) == [[1], [2], [3]]
    assert seen(milestones_of(state, levels=9), card_id=2) == [[2], [3], [4]]


def test_a_refund_that_names_no_card_is_about_the_buyer_of_its_purchase():
    state = chain(1, 2, 3)
    state.purchases["shop/p1"] = PurchaseState("shop", "p1", 2, None, AT, 100, 100)

    assert seen(milestones_of(state), card_id=None, purchase_key="shop/p1") == [[2], [3]]
    assert seen(milestones_of(state), card_id=None, purchase_key="shop/p2") == []


def test_cards_that_were_merged_count_with_each_other():
    state = chain(1, 2, 3)
    state.cards[9] = CardState(pk=9, enrolled_at=AT, merged_into_id=2)
    told = EventState("staff", "loyalty.card_merged", "m1", 2, AT, {"merged": 9})
    state.merges[9] = Merge(told, 2, 9, [])

    assert seen(milestones_of(state), card_id=1) == [[1], [2], [9]]
    assert seen(milestones_of(state), card_id=9) == [[2], [3], [9]]


def test_what_is_granted_meanwhile_is_seen_at_once():
    state = chain(1, 2)
    milestones = milestones_of(state)
    milestones.event = EventState("shop", "loyalty.refund", "r1", 1, AT)

    milestones.setdefault(("third", SLOT, 2, 6), []).append(26)

    assert milestones.values() == [[1], [2], [26]]
    assert milestones.get(("third", SLOT, 2, 6)) == [26]
