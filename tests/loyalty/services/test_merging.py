"""Merging two cards and parting them again (S29)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import selectors, services
from loyalty.auditing import run_invariants
from loyalty.exceptions import (
    CardClosed,
    CardMerged,
    CardNotFound,
    CardNotMerged,
    MergeIsSelf,
    OpenHolds,
    ParentCycle,
    ReasonRequired,
)
from loyalty.models import Card, CardMerge, Event, LedgerEntry, Lot, ParentChange, Reward
from loyalty.testing import balance_of, give_points, process_inbox
from tests.factories import UserFactory

REASON = "The same person"


@pytest.fixture
def old(program):
    """The card that goes."""
    return services.enrol_card(program=program, external_id="old", at=timezone.now() - timedelta(days=90))


def merge(survivor, merged, **more):
    return services.merge_cards(survivor=survivor, merged=merged, reason=REASON, **more)


def part(card, **more):
    return services.unmerge_cards(card=card, reason="A mistake", **more)


def buy(card, key, total="100.00", **more):
    recorded = services.record_purchase(card=card, external_id=key, total=total, **more)
    process_inbox()
    return recorded


def refund(purchase, key, **more):
    recorded = services.record_refund(purchase_id=purchase, external_id=key, **more)
    process_inbox()
    return recorded


def assert_sound():
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []


def test_s29_the_balance_moves_and_the_card_becomes_a_pointer(card, old):
    give_points(old, 30)
    give_points(card, 5)
    staff, at = UserFactory(), timezone.now()

    row = merge(card, old, actor=staff, at=at)

    assert (row.survivor, row.merged, row.reason, row.actor, row.since) == (card, old, REASON, staff, at)
    assert (row.undone, row.event.payload) == (None, {"merged": old.pk})
    assert (balance_of(card), balance_of(old)) == ("35", "0")
    assert old.merged_into == card
    origin, moved = Lot.objects.get(wallet__card=old), Lot.objects.get(wallet__card=card, amount=30)
    assert (moved.origin, moved.reward, moved.earned_at) == (origin, None, origin.earned_at)
    line = selectors.get_statement(card, currency="points").lines[0]
    assert (line.kind, line.label, line.amount) == ("transfer", "moved by a merge of cards", 30)
    assert "Processed" in selectors.explain_event(row.event).sentence
    assert_sound()


def test_s29_the_pair_of_entries_sums_to_nothing(card, old):
    give_points(old, 30)
    merge(card, old)
    moved = LedgerEntry.objects.filter(kind="transfer")
    assert sorted(moved.values_list("wallet__card_id", "available")) == sorted([(card.pk, 30), (old.pk, -30)])


def test_s29_number_key_user_and_the_row_itself_lead_to_the_survivor(program, card):
    user = UserFactory()
    old = services.enrol_card(user=user, external_id="old")

    merge(card, old)

    assert selectors.find_card(number=old.number) == card
    assert selectors.find_card(external_id="old") == card
    assert selectors.find_card(user=user) == card
    assert selectors.resolve_card("old") == selectors.resolve_card(old) == card
    assert services.enrol_card(user=user) == services.enrol_card(external_id="old") == card
    assert services.enrol_card(user=user, external_id="old") == card
    card.refresh_from_db()
    assert (card.user, card.external_id) == (None, "anna")


def test_s30_the_number_of_a_merged_card_does_not_spend(card, old):
    merge(card, old)
    with pytest.raises(CardNotFound):
        selectors.find_card(number=old.number, for_spending=True)


def test_s29_a_new_purchase_for_the_merged_card_is_the_survivors(ten_percent, card, old):
    merge(card, old)

    recorded = buy("old", "one")

    assert recorded.purchase.card == card
    assert (balance_of(card), balance_of(old)) == ("10", "0")


def test_s29_told_again_after_the_merge_and_after_the_parting_it_is_still_one_purchase(
    ten_percent, card, old
):
    at = timezone.now()
    assert buy("old", "one", occurred_at=at).created
    merge(card, old)

    assert not buy("old", "one", occurred_at=at).created
    assert buy("old", "two", occurred_at=at).created
    part(old)
    assert not buy("old", "two", occurred_at=at).created
    assert not buy("old", "one", occurred_at=at).created


def test_s29_what_waits_in_the_inbox_for_the_merged_card_credits_the_survivor(ten_percent, card, old):
    """In a transaction of the host nothing is processed before the merge."""
    old_row = Card.objects.get(pk=old.pk)
    services.record_purchase(card=old_row, external_id="one", total="100.00")
    assert Reward.objects.count() == 0
    merge(card, old)

    process_inbox()

    reward = Reward.objects.get()
    assert (reward.card, reward.purchase.card) == (card, old)
    old.refresh_from_db()
    assert old.purchases_count == 1
    assert balance_of(card) == "10"
    refund("one", "back")
    assert balance_of(card) == "0"
    assert_sound()


@pytest.mark.parametrize("spent", [0, 4, 10])
def test_s29_a_refund_of_before_takes_back_from_the_survivor(ten_percent, card, old, spent):
    buy(old, "one")
    merge(card, old)
    if spent:
        services.spend_points(card=card, amount=spent)

    refund("one", "back")

    assert (balance_of(card), balance_of(old)) == (str(-spent), "0")
    assert Reward.objects.get().card == old
    assert_sound()


def test_s29_a_refund_may_name_either_card(ten_percent, card, old):
    buy(old, "one")
    merge(card, old)

    assert refund("one", "half", amount="50.00", card="anna").outcome == "applied"
    assert refund("one", "rest", card="old").outcome == "applied"

    assert balance_of(card) == "0"
    assert set(Event.objects.filter(kind="loyalty.refund").values_list("card_id", flat=True)) == {old.pk}
    assert_sound()


def test_s29_a_debt_moves_and_is_repaid_by_what_the_survivor_has(ten_percent, card, old):
    buy(old, "one")
    services.spend_points(card=old, amount=10)
    refund("one", "back")
    give_points(card, 4)

    merge(card, old)

    assert (balance_of(card), balance_of(old)) == ("-6", "0")
    assert_sound()


def test_s24_a_spend_of_before_that_is_cancelled_comes_back_to_the_survivor(card, old):
    give_points(old, 30)
    spent = services.spend_points(card=old, amount=20)
    merge(card, old)

    services.cancel_spend(spend=spent)

    assert (balance_of(card), balance_of(old)) == ("30", "0")
    assert_sound()


def test_s29_children_move_and_whoever_stood_in_between_does_not_become_its_own_parent(card, old):
    friend = services.enrol_card(external_id="friend")
    services.set_parent(card=friend, parent=old)
    services.set_parent(card=card, parent=old)
    since = Card.objects.get(pk=friend.pk).parent_since

    merge(card, old)

    friend.refresh_from_db()
    card.refresh_from_db()
    assert (friend.parent, friend.parent_since, card.parent) == (card, since, None)
    told = ParentChange.objects.filter(event__kind="loyalty.card_merged")
    assert sorted(told.values_list("card_id", "new_parent_id", "reason"), key=str) == sorted(
        [(friend.pk, card.pk, REASON), (card.pk, None, REASON)], key=str
    )
    part(old)
    friend.refresh_from_db()
    card.refresh_from_db()
    assert (friend.parent, card.parent) == (old, old)
    assert_sound()


def test_s29_a_child_that_was_moved_since_stays_where_it_was_put(card, old):
    friend, other = services.enrol_card(external_id="friend"), services.enrol_card(external_id="other")
    services.set_parent(card=friend, parent=old)
    merge(card, old)
    services.move_card(card=friend, parent=other, reason="They asked")

    part(old)

    friend.refresh_from_db()
    assert friend.parent == other


def test_s27_the_survivor_may_not_stand_below_a_child_of_the_other(card, old):
    friend = services.enrol_card(external_id="friend")
    services.set_parent(card=friend, parent=old)
    services.set_parent(card=card, parent=friend)

    with pytest.raises(ParentCycle):
        merge(card, old)

    assert_nothing_merged(old)
    merge(old, card)
    assert_sound()


def test_s29_a_card_that_is_put_under_the_merged_one_gets_the_survivor(card, old):
    merge(card, old)
    friend = services.enrol_card(external_id="friend")

    assert services.set_parent(card=friend, parent=Card.objects.get(pk=old.pk)).parent == card
    assert services.set_parent(card=friend, parent=Card.objects.get(pk=old.pk)).parent == card


def test_s29_parted_what_is_left_goes_back(card, old):
    give_points(old, 30)
    give_points(card, 5)
    merge(card, old)
    services.spend_points(card=card, amount=10)

    row = part(old, actor=(staff := UserFactory()))

    # What is older is spent first: the ten came from the card's own five and from the thirty.
    assert (balance_of(old), balance_of(card)) == ("25", "0")
    assert (row.undone.kind, row.undone_reason, row.undone_actor) == (
        "loyalty.cards_parted",
        "A mistake",
        staff,
    )
    assert (row.reason, old.merged_into) == (REASON, None)
    assert selectors.find_card(external_id="old") == old
    assert_sound()


def test_s29_merged_parted_and_merged_again(ten_percent, card, old):
    buy(old, "one")
    merge(card, old)
    part(old)
    merge(card, old)
    assert (balance_of(card), CardMerge.objects.count()) == ("10", 2)

    refund("one", "back")

    assert (balance_of(card), balance_of(old)) == ("0", "0")
    part(old)
    assert_sound()


def test_s29_through_several_cards_the_later_merge_is_undone_first(ten_percent, program, card, old):
    last = services.enrol_card(external_id="last")
    buy(old, "one")
    merge(card, old)
    merge(last, card)
    assert (balance_of(last), selectors.find_card(external_id="old")) == ("10", last)
    refund("one", "half", amount="50.00")
    assert balance_of(last) == "5"

    with pytest.raises(CardMerged):
        part(old)
    part(card)
    part(old)

    assert [balance_of(one) for one in (old, card, last)] == ["5", "0", "0"]
    assert_sound()


def test_s13_a_blocked_survivor_earns_nothing_by_the_other_card(ten_percent, card, old):
    old_row = Card.objects.get(pk=old.pk)
    services.record_purchase(card=old_row, external_id="one", total="100.00")
    merge(card, old)
    services.block_card(card=card, reason="Fraud")
    process_inbox()
    assert balance_of(card) == "10"  # bought before the block

    services.record_purchase(card="anna", external_id="two", total="100.00")
    process_inbox()
    assert balance_of(card) == "10"


def test_s29_open_holds_are_settled_first(card, old):
    give_points(old, 30)
    hold = services.hold_points(card=old, amount=10)

    with pytest.raises(OpenHolds):
        merge(card, old)

    assert_nothing_merged(old)
    assert balance_of(old) == "30"
    services.void_hold(spend=hold)
    merge(card, old)
    assert balance_of(card) == "30"


@pytest.mark.parametrize("which", ["old", "card"])
def test_s29_a_closed_card_is_not_merged(card, old, which):
    services.close_card(card={"old": old, "card": card}[which], reason="They asked")
    with pytest.raises(CardClosed):
        merge(card, old)
    assert_nothing_merged(old)


def test_s29_not_into_itself_nor_into_another_program(card, old):
    with pytest.raises(MergeIsSelf):
        merge(card, card)
    foreign = services.create_program(slug="other")
    with pytest.raises(CardNotFound):
        merge(card, services.enrol_card(program=foreign, external_id="x"))
    assert_nothing_merged(old)


def test_s29_a_card_goes_into_one_other_at_a_time(card, old):
    third = services.enrol_card(external_id="third")
    merge(card, old)
    for survivor, merged in ((third, old), (old, third), (old, card)):
        with pytest.raises(CardMerged):
            merge(survivor, merged)
    assert CardMerge.objects.count() == 1


@pytest.mark.parametrize("reason", ["", " \n"])
def test_staff_give_a_reason(card, old, reason):
    with pytest.raises(ReasonRequired):
        services.merge_cards(survivor=card, merged=old, reason=reason)
    merge(card, old)
    with pytest.raises(ReasonRequired):
        services.unmerge_cards(card=old, reason=reason)
    assert CardMerge.objects.get().undone is None


def test_what_is_not_merged_cannot_be_parted(card, old):
    with pytest.raises(CardNotMerged):
        part(old)


CALLS = {
    "spend": lambda card: services.spend_points(card=card, amount=1),
    "hold": lambda card: services.hold_points(card=card, amount=1),
    "adjust": lambda card: services.adjust_balance(card=card, amount=1, reason="x"),
    "block": lambda card: services.block_card(card=card, reason="x"),
    "close": lambda card: services.close_card(card=card, reason="x"),
    "move": lambda card: services.move_card(card=card, parent=None, reason="x"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_s29_nothing_is_done_with_a_merged_card_itself(card, old, call):
    merge(card, old)
    events = Event.objects.count()
    with pytest.raises(CardMerged):
        call(Card.objects.get(pk=old.pk))
    assert Event.objects.count() == events


def assert_nothing_merged(card):
    card.refresh_from_db()
    assert card.merged_into is None
    assert CardMerge.objects.count() == 0
    assert not Event.objects.filter(kind="loyalty.card_merged").exists()
