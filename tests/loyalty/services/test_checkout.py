"""In and outside of the host's transaction (S6): nothing of ours breaks or holds up a checkout."""

from contextlib import nullcontext

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loyalty import services
from loyalty.exceptions import EventConflict
from loyalty.models import Event, Purchase, Reward
from loyalty.processing import process
from loyalty.testing import balance_of, process_inbox
from tests.factories import UserFactory


def test_s6_within_a_transaction_one_row_is_written(card, ten_percent):
    services.record_purchase(card=card, external_id=0, total=10)  # what is cached is cached
    with CaptureQueriesContext(connection) as queries:
        recorded = services.record_purchase(card=card, external_id=1, total=100)

    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]
    assert (recorded.outcome, recorded.purchase, recorded.rewards) == ("", None, [])


@pytest.mark.django_db(transaction=True)
def test_s6_outside_of_a_transaction_the_answer_is_there(ten_percent, card):
    recorded = services.record_purchase(card=card, external_id=1, total=100)

    assert (recorded.created, recorded.outcome) == (True, "applied")
    assert recorded.purchase == Purchase.objects.get()
    assert [(reward.granted, reward.card) for reward in recorded.rewards] == [(10, card)]


@pytest.mark.django_db(transaction=True)
def test_s6_processing_follows_on_commit(ten_percent, card):
    with transaction.atomic():
        recorded = services.record_purchase(card=card, external_id=1, total=100)
        assert Event.objects.get(pk=recorded.event_id).status == "pending"

    assert recorded.outcome == "applied"
    assert balance_of(card) == "10"


@pytest.mark.django_db(transaction=True)
def test_s6_what_is_rolled_back_never_happened(card):
    with transaction.atomic():
        services.record_purchase(card=card, external_id=1, total=100)
        transaction.set_rollback(True)

    assert not Event.objects.filter(kind="loyalty.purchase").exists()


@pytest.mark.django_db(transaction=True)
def test_s6_a_conflict_leaves_the_hosts_transaction_usable(card):
    services.record_purchase(card=card, external_id=1, total=100)

    with transaction.atomic():
        with pytest.raises(EventConflict):
            services.record_purchase(card=card, external_id=1, total=200)
        UserFactory(username="host's own work")

    assert type(UserFactory._meta.model.objects.get()) is UserFactory._meta.model


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_s32_an_error_in_processing_never_reaches_the_checkout(
    card, ten_percent, monkeypatch, caplog, inside
):
    def fail(*args, **kwargs):
        raise RuntimeError("a rule went wrong")

    monkeypatch.setattr(process, "decide", fail)
    if inside:
        with transaction.atomic():
            recorded = services.record_purchase(card=card, external_id=1, total=100)
    else:
        recorded = services.record_purchase(card=card, external_id=1, total=100)

    event = Event.objects.get(pk=recorded.event_id)
    assert (event.status, event.attempts, recorded.outcome) == ("pending", 1, "")
    assert "a rule went wrong" in event.error


@pytest.mark.django_db(transaction=True)
def test_deferred_processing_is_left_to_a_worker(card, ten_percent, settings):
    settings.LOYALTY = {"PROCESSING": "deferred"}

    recorded = services.record_purchase(card=card, external_id=1, total=100)

    assert (recorded.outcome, Reward.objects.count()) == ("", 0)
    assert services.process_inbox(program="club") == 1
    assert balance_of(card) == "10"


def test_the_answer_names_rewards_of_the_buyer_only(program, card):
    parent = services.enrol_card(external_id="boris")
    services.set_parent(card=card, parent=parent)
    definition = {
        "key": "to-both",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": role.replace("_", "-"),
                "kind": "loyalty.credit",
                "recipient": role,
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "5"},
            }
            for role in ("card", "parent_card")
        ],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))

    recorded = services.record_purchase(card=card, external_id=1, total=100)
    process_inbox()

    assert Reward.objects.count() == 2
    assert [reward.card for reward in recorded.rewards] == [card]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_s6_a_failing_database_never_reaches_the_checkout(card, ten_percent, monkeypatch, caplog, inside):
    """The claim itself fails, so that there is not even an event to blame."""

    def fail(*args, **kwargs):
        raise OperationalError("deadlock detected")

    with monkeypatch.context() as context:
        context.setattr(process, "claim_cards", fail)
        with transaction.atomic() if inside else nullcontext():
            recorded = services.record_purchase(card=card, external_id=1, total=100)

    assert (recorded.created, Event.objects.get(pk=recorded.event_id).status) == (True, "pending")
    assert "deadlock detected" in caplog.text
    services.process_inbox()
    assert balance_of(card) == "10"
