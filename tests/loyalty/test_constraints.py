"""The database refuses what must never be: each named constraint has a row here that it turns away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint

from loyalty.db_triggers import APPEND_ONLY, check_triggers, find_missing, install
from loyalty.models import (
    CardHolder,
    CardMerge,
    DayActivity,
    DayMovement,
    DayParent,
    LedgerEntry,
    LotAllocation,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


def twice(factory: Any, **same: Any) -> Callable[[], None]:
    """The same row a second time: `same` names fields of the first row to repeat, as field=True."""

    def write() -> None:
        first = factory()
        factory(**{name: getattr(first, name) if given is True else given for name, given in same.items()})

    return write


def row(factory: Any, **fields: Any) -> Callable[[], None]:
    """One row with these fields."""
    return lambda: factory(**fields)


def two_cards_of_one_user() -> None:
    first = make.CardFactory(held=True)
    make.CardFactory(program=first.program, user=first.user)


def own_parent() -> None:
    card = make.CardFactory()
    card.parent, card.parent_since, card.linked_at = card, make.START, make.START
    card.save()


def undated_parent() -> None:
    make.CardFactory(child=True, parent_since=None)


def two_current_numbers() -> None:
    number = make.CardNumberFactory()
    make.CardNumberFactory(card=number.card)


def merged_into_itself() -> None:
    card = make.CardFactory()
    card.merged_into = card
    card.save()


def merge_of(survivor: Any, merged: Any) -> None:
    CardMerge.objects.create(survivor=survivor, merged=merged, since=make.START)


def merged_into_two() -> None:
    merged = make.CardFactory()
    for _number in range(2):
        merge_of(make.CardFactory(program=merged.program), merged)


def merge_of_one() -> None:
    card = make.CardFactory()
    merge_of(card, card)


def holder_twice() -> None:
    card, user = make.CardFactory(), make.UserFactory()
    for _number in range(2):
        CardHolder.objects.create(card=card, user=user, since=make.START)


def milestone_held_twice() -> None:
    first = make.RewardFactory(threshold=3, milestone_card=make.CardFactory())
    make.RewardFactory(
        event__card=first.card,
        campaign=first.campaign,
        revision=first.revision,
        slot=first.slot,
        threshold=3,
        milestone_card=first.milestone_card,
    )


def day_twice(model: Any, **fields: Callable[[], Any]) -> Callable[[], None]:
    """The same day of the same program, card or currency a second time."""

    def write() -> None:
        same = {name: make_one() for name, make_one in fields.items()}
        for _number in range(2):
            model.objects.create(on=make.START.date(), **same)

    return write


CASES: dict[str, Callable[[], None]] = {
    "loyalty_dayactivity_once": day_twice(DayActivity, program=make.ProgramFactory),
    "loyalty_daymovement_once": day_twice(DayMovement, currency=make.CurrencyFactory),
    "loyalty_dayparent_once": day_twice(
        DayParent,
        program=make.ProgramFactory,
        card=make.CardFactory,
        purchases=lambda: 1,
        purchased=lambda: 1,
    ),
    "loyalty_currency_code_unique": twice(make.CurrencyFactory, program=True),
    "loyalty_currency_decimals_at_most_6": row(make.CurrencyFactory, decimals=7),
    "loyalty_currency_worth_positive": row(make.CurrencyFactory, worth=0),
    "loyalty_schedulerun_once_a_date": twice(make.ScheduleRunFactory, campaign=True),
    "loyalty_schedulepresence_once": twice(make.SchedulePresenceFactory, campaign=True, card=True),
    "loyalty_idempotencykey_once": twice(make.IdempotencyKeyFactory, client=True, key=True),
    "loyalty_idempotencykey_has_key": row(make.IdempotencyKeyFactory, key=""),
    "loyalty_campaign_key_unique": twice(make.CampaignFactory, program=True, key=True),
    "loyalty_campaign_starts_before_it_ends": row(
        make.CampaignFactory, starts_at=make.START, ends_at=make.START
    ),
    "loyalty_campaignaction_slot_unique": twice(make.CampaignActionFactory, campaign=True, slot=True),
    "loyalty_campaignaction_slot_name_unique": twice(
        make.CampaignActionFactory, campaign=True, slot_name=True
    ),
    "loyalty_campaignrevision_number_unique": twice(make.CampaignRevisionFactory, campaign=True),
    "loyalty_publication_names_its_revision": lambda: make.CampaignPublicationFactory(action="pause"),
    "loyalty_event_counts_once": twice(make.EventFactory, card=True, key=True),
    "loyalty_event_has_card_unless_parked": lambda: make.EventFactory(
        card=None, program=make.ProgramFactory(), status="pending"
    ),
    "loyalty_event_status_known": row(make.EventFactory, status="lost"),
    "loyalty_card_external_id_unique": twice(make.CardFactory, program=True, external_id=True),
    "loyalty_card_one_per_user_by_default": two_cards_of_one_user,
    "loyalty_card_not_its_own_parent": own_parent,
    "loyalty_card_parent_has_date": undated_parent,
    "loyalty_card_status_known": row(make.CardFactory, status="lost"),
    "loyalty_card_not_merged_into_itself": merged_into_itself,
    "loyalty_cardmerge_one_at_a_time": merged_into_two,
    "loyalty_cardmerge_of_two_cards": merge_of_one,
    "loyalty_cardholder_once_per_card": holder_twice,
    "loyalty_segment_key_unique": twice(make.SegmentFactory, program=True, key=True),
    "loyalty_segmentrevision_number_unique": twice(make.SegmentRevisionFactory, segment=True),
    "loyalty_segmentmember_one_answer_at_a_time": twice(make.SegmentMemberFactory, segment=True, card=True),
    "loyalty_cardnumber_unique": twice(make.CardNumberFactory, program=True, number=True),
    "loyalty_cardnumber_one_current_per_card": two_current_numbers,
    "loyalty_cardattribute_one_value_at_a_time": twice(make.CardAttributeFactory, card=True),
    "loyalty_purchase_external_id_unique": twice(make.PurchaseFactory, program=True, external_id=True),
    "loyalty_purchase_remaining_within_total": row(make.PurchaseFactory, total=100, remaining=101),
    "loyalty_purchase_parts_within_total": row(make.PurchaseFactory, total=100, tax=60, discount=41),
    "loyalty_purchaseline_position_unique": twice(make.PurchaseLineFactory, purchase=True),
    "loyalty_purchaseline_remaining_within_amount": row(make.PurchaseLineFactory, amount=100, remaining=101),
    "loyalty_refund_amount_positive": row(make.RefundFactory, amount=0),
    "loyalty_reward_granted_once": twice(
        make.RewardFactory, event=True, campaign=True, revision=True, slot=True
    ),
    "loyalty_reward_milestone_held_once": milestone_held_twice,
    "loyalty_reward_reversed_granted_requested": row(make.RewardFactory, granted=100, reversed=101),
    "loyalty_reward_milestone_has_card": row(make.RewardFactory, threshold=3),
    "loyalty_reward_forgiven_within_reversed": row(make.RewardFactory, reversed=1, forgiven=2),
    "loyalty_limitcounter_not_negative": row(make.LimitCounterFactory, used=-1),
    "loyalty_wallet_one_per_currency": twice(make.WalletFactory, card=True, currency=True),
    "loyalty_wallet_buckets_not_negative": row(make.WalletFactory, available=-1),
    "loyalty_wallet_no_points_beside_debt": row(make.WalletFactory, available=1, debt=1),
    "loyalty_spend_amount_positive": row(make.SpendFactory, amount=0),
    "loyalty_spend_captured_within_amount": row(make.SpendFactory, amount=100, captured=101),
    "loyalty_spend_status_known": row(make.SpendFactory, status="lost"),
    "loyalty_lot_remaining_within_amount": row(make.LotFactory, amount=100, remaining=60, held=41),
    "loyalty_lot_expired_not_negative": row(make.LotFactory, expired=1, expired_reversed=2),
    "loyalty_ledgerentry_moves_something": row(make.LedgerEntryFactory, available=0),
    "loyalty_lotallocation_not_zero": row(make.LotAllocationFactory, amount=0),
    "loyalty_adjustment_not_zero": row(make.AdjustmentFactory, amount=0),
}

CONSTRAINTS = {
    constraint.name: constraint
    for model in apps.get_app_config("loyalty").get_models()
    for constraint in model._meta.constraints
}


def test_every_constraint_has_a_case():
    assert sorted(CASES) == sorted(CONSTRAINTS)


@pytest.mark.parametrize("name", sorted(CASES))
def test_database_refuses(name):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CASES[name]()

    # SQLite names the columns of a unique constraint, not the constraint.
    if connection.vendor == "postgresql" or isinstance(CONSTRAINTS[name], CheckConstraint):
        assert name in str(refused.value)


ONCE = {
    "program": twice(make.ProgramFactory, slug=True),
    "purchase": twice(make.PurchaseFactory, event=True),
    "refund": twice(make.RefundFactory, purchase=True, event=True),
    "spend": twice(make.SpendFactory, wallet=True, event=True),
    "adjustment": twice(make.AdjustmentFactory, wallet=True, event=True),
    "counter": twice(make.LimitCounterFactory, campaign=True, key=True),
    "message": lambda: [make.OutboxMessageFactory(key="same") for _ in range(2)],
    "lot": lambda: [make.LotFactory(reward=reward) for reward in [make.RewardFactory()] * 2],
}


@pytest.mark.parametrize("name", sorted(ONCE))
def test_what_an_event_made_is_made_once(name):
    with pytest.raises(IntegrityError), transaction.atomic():
        ONCE[name]()


@pytest.mark.parametrize(
    "allowed",
    [
        pytest.param(lambda: [make.CardFactory(external_id=None) for _ in range(2)], id="cards-without-key"),
        pytest.param(lambda: make.CardFactory(held=True, additional=True), id="additional-card"),
        pytest.param(
            lambda: make.EventFactory(card=None, program=make.ProgramFactory(), status="parked"), id="parked"
        ),
        pytest.param(lambda: [make.OutboxMessageFactory() for _ in range(2)], id="messages-without-key"),
        pytest.param(lambda: make.PurchaseFactory(total=0), id="free-purchase"),
        pytest.param(lambda: make.WalletFactory(pending=5, debt=5), id="pending-beside-debt"),
    ],
)
def test_database_accepts(allowed):
    allowed()


def test_a_user_may_enrol_again_once_the_card_is_closed():
    closed = make.CardFactory(held=True, closed=True)

    make.CardFactory(program=closed.program, user=closed.user)


# Append-only rows


@pytest.fixture
def written():
    """One entry with one allocation."""
    return {LedgerEntry: (entry := make.LotAllocationFactory().entry), LotAllocation: entry.allocations.get()}


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_database_refuses_to_change_what_is_written_once(model, written):
    rows = model.objects.filter(pk=written[model].pk)
    before = rows.values().get()

    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        rows.update(**({"available": 101} if model is LedgerEntry else {"amount": 2}))

    assert rows.values().get() == before


@pytest.mark.postgres
@pytest.mark.parametrize("model", [LotAllocation, LedgerEntry])
def test_database_refuses_to_delete_what_is_written_once(model, written):
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        model.objects.filter(pk=written[model].pk)._raw_delete("default")

    assert model.objects.filter(pk=written[model].pk).exists()


def drop_trigger(model):
    table = model._meta.db_table
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_append_only{on_table}")


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_a_missing_trigger_is_reported_and_mended(model):
    drop_trigger(model)

    (warning,) = check_triggers(databases=["default"])
    assert warning.id == "loyalty.W001"
    assert model._meta.db_table in warning.msg
    assert "migrate" in warning.hint

    call_command("migrate", verbosity=0)
    assert check_triggers(databases=["default"]) == []


def test_installing_twice_changes_nothing():
    install(using="default")
    install(using="default")

    assert find_missing(connection) == []


def test_a_vendor_without_triggers_of_ours_is_passed_over():
    class Other:
        vendor = "mysql"

    assert find_missing(Other()) == []


def test_only_databases_asked_about_are_checked():
    drop_trigger(LedgerEntry)

    assert check_triggers(databases=None) == []
