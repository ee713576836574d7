"""Enrolling one card at a time (S36)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from loyalty import codes, services
from loyalty.exceptions import ExternalIdTaken, InvalidNumber, LoyaltyError, NumberTaken
from loyalty.models import Card, CardAttribute, CardNumber, CardQueue, Event
from loyalty.services import enrolment, numbers
from tests.factories import CardFactory, UserFactory

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def written():
    """How many rows of each kind there are."""
    return [model.objects.count() for model in (Card, CardNumber, CardQueue, CardAttribute, Event)]


def test_a_card_comes_with_number_queue_attributes_and_event(program):
    user = UserFactory()

    card = services.enrol_card(user=user, external_id=42, attributes={"birthday": "2000-02-29", "level": 3})

    assert (card.user, card.external_id, card.status, card.program) == (user, "42", "active", program)
    assert codes.is_valid(card.number)
    assert CardQueue.objects.get().card == card
    assert sorted(CardAttribute.objects.values_list("name", "value", "since")) == [
        ("birthday", "2000-02-29", card.enrolled_at),
        ("level", "3", card.enrolled_at),
    ]
    event = Event.objects.get()
    assert (event.kind, event.source, event.key) == ("loyalty.card_enrolled", "loyalty", str(card.pk))
    assert (event.card, event.occurred_at) == (card, card.enrolled_at)


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_event_is_processed_at_once():
    services.create_program(slug="club")

    services.enrol_card(external_id="anna")

    assert Event.objects.get().status == "processed"


def test_s36_a_user_who_has_a_card_gets_that_card(program):
    user = UserFactory()
    first = services.enrol_card(user=user)

    assert services.enrol_card(user=user) == first
    assert written() == [1, 1, 1, 0, 1]


def test_s36_an_additional_card_is_asked_for(program):
    user = UserFactory()
    first = services.enrol_card(user=user)

    second = services.enrol_card(user=user, additional=True)

    assert second != first
    assert services.enrol_card(user=user) == first


def test_s36_a_blocked_card_is_not_dodged_by_enrolling_again(program):
    user = UserFactory()
    card = services.enrol_card(user=user)
    services.block_card(card=card, reason="Fraud")

    assert services.enrol_card(user=user) == card


def test_s36_a_closed_card_makes_room_for_another(program):
    user = UserFactory()
    card = services.enrol_card(user=user)
    services.close_card(card=card, reason="Asked for it")

    assert services.enrol_card(user=user) != card


def test_the_same_key_finds_the_same_card(program):
    card = services.enrol_card(external_id="anna")

    assert services.enrol_card(external_id="anna") == card


def test_a_found_card_takes_over_user_and_key(program):
    user = UserFactory()
    card = services.enrol_card(external_id="anna")

    assert services.enrol_card(external_id="anna", user=user) == card
    assert Card.objects.get().user == user


def test_a_users_card_takes_over_the_key(program):
    user = UserFactory()
    card = services.enrol_card(user=user)

    assert services.enrol_card(user=user, external_id="anna") == card
    assert Card.objects.get().external_id == "anna"


def test_somebody_elses_key_is_taken(program):
    services.enrol_card(external_id="anna", user=UserFactory())

    with pytest.raises(ExternalIdTaken):
        services.enrol_card(external_id="anna", user=UserFactory())


def test_a_key_of_another_card_of_the_same_user_is_taken(program):
    user = UserFactory()
    services.enrol_card(user=user)
    services.enrol_card(external_id="anna")

    with pytest.raises(ExternalIdTaken):
        services.enrol_card(external_id="anna", user=user)


def test_plastic_is_enrolled_once_by_its_number(program):
    plastic = services.enrol_card(number="LOYAL-0001")

    assert services.enrol_card(number="loyal 0001") == plastic
    assert plastic.number == codes.normalise("LOYAL-0001")


def test_knowing_a_number_does_not_give_the_card(program):
    services.enrol_card(number="LOYAL-0001")

    with pytest.raises(NumberTaken):
        services.enrol_card(number="LOYAL-0001", user=UserFactory())
    assert written() == [1, 1, 1, 0, 1]


def test_a_held_cards_number_does_not_give_the_card(program):
    services.enrol_card(number="LOYAL-0001", external_id="anna")

    with pytest.raises(NumberTaken):
        services.enrol_card(number="LOYAL-0001")


def test_a_drawn_number_that_is_taken_is_drawn_again(program, monkeypatch):
    drawn = iter(["A" * 12, "A" * 12, "A" * 12, "C" * 12])
    monkeypatch.setattr(numbers.codes, "generate", lambda _pattern: next(drawn))

    assert services.enrol_card().number == "A" * 12
    assert services.enrol_card().number == "C" * 12


def test_the_programs_pattern_of_numbers(program):
    program.card_number_pattern = "777########*"
    program.save()

    assert services.enrol_card(program=program).number.startswith("777")


@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        pytest.param({"number": "12"}, InvalidNumber, "invalid_card_number", id="short-number"),
        pytest.param({"number": "1" * 33}, InvalidNumber, "invalid_card_number", id="long-number"),
        pytest.param({"external_id": ""}, LoyaltyError, "event_payload_invalid", id="empty-key"),
        pytest.param({"external_id": "a\0"}, LoyaltyError, "event_payload_invalid", id="nul-in-key"),
        pytest.param({"external_id": "\ud800"}, LoyaltyError, "event_payload_invalid", id="surrogate"),
        pytest.param({"external_id": "x" * 129}, LoyaltyError, "event_payload_invalid", id="long-key"),
        pytest.param({"external_id": True}, LoyaltyError, "event_payload_invalid", id="bool-key"),
        pytest.param({"user": AnonymousUser()}, LoyaltyError, "event_payload_invalid", id="anonymous"),
        pytest.param({"user": UserFactory.build()}, LoyaltyError, "event_payload_invalid", id="not-saved"),
        pytest.param({"at": datetime(2020, 1, 1)}, LoyaltyError, "event_payload_invalid", id="naive"),
        pytest.param(
            {"attributes": {"a b": "1"}}, LoyaltyError, "event_payload_invalid", id="attribute-name"
        ),
        pytest.param({"attributes": {"a": None}}, LoyaltyError, "event_payload_invalid", id="attribute-none"),
        pytest.param({"attributes": {"a": 1.5}}, LoyaltyError, "event_payload_invalid", id="attribute-float"),
        pytest.param(
            {"attributes": {"a": "x" * 256}}, LoyaltyError, "event_payload_invalid", id="attribute-long"
        ),
    ],
)
def test_a_refusal_leaves_nothing_behind(program, wrong, error, code):
    with pytest.raises(error) as refused:
        services.enrol_card(**wrong)

    assert refused.value.code == code
    assert written() == [0, 0, 0, 0, 0]


def test_a_date_too_far_ahead_is_refused(program):
    with pytest.raises(LoyaltyError) as refused:
        services.enrol_card(at=timezone.now() + timedelta(days=2))

    assert refused.value.details[0]["code"] == "in_the_future"


def test_a_member_since_long_ago(program):
    card = services.enrol_card(external_id="anna", at=LONG_AGO)

    assert (card.enrolled_at, card.status_since) == (LONG_AGO, LONG_AGO)


def test_a_lost_race_gives_the_winners_card(program, monkeypatch):
    """Somebody else enrols the user between our look and our insert."""
    user = UserFactory()
    look = enrolment._find
    winner = []

    def look_too_early(wanted, asked, number):
        if not winner:
            winner.append(CardFactory(program=program, user=user, external_id=None))
            return None
        return look(wanted, asked, number)

    monkeypatch.setattr(enrolment, "_find", look_too_early)

    assert services.enrol_card(user=user) == winner[0]
    assert Card.objects.count() == 1


def test_enrolment_within_a_transaction_is_undone_with_it(program):
    with transaction.atomic():
        services.enrol_card(external_id="anna")
        transaction.set_rollback(True)

    assert written() == [0, 0, 0, 0, 0]


def test_processing_may_be_left_to_the_caller(program):
    services.enrol_card(process=False)

    assert Event.objects.get().status == "pending"


def test_the_number_of_queries_stays(program, django_assert_max_num_queries):
    services.enrol_card(external_id="warm-up")
    with django_assert_max_num_queries(14):
        services.enrol_card(program=program, external_id="anna", process=False)
