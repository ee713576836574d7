"""Enrolling many cards."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import codes, services
from loyalty.exceptions import ConcurrentUpdate, EventPayloadInvalid, InvalidNumber, NumberTaken
from loyalty.models import Card, CardAttribute, CardNumber, CardQueue, Event
from loyalty.services import NewCard, bulk_enrolment
from tests.factories import UserFactory

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_new_cards_get_all_that_a_card_has(program):
    user = UserFactory()
    items = [
        NewCard("anna", user_id=user.pk, number="LOYAL-0001", at=LONG_AGO, attributes={"level": 3}),
        NewCard("boris"),
    ]

    cards = services.enrol_cards(program="club", items=items)

    anna, boris = cards["anna"], cards["boris"]
    assert (anna.user, anna.enrolled_at, anna.number) == (user, LONG_AGO, codes.normalise("LOYAL-0001"))
    assert codes.is_valid(boris.number)
    assert CardQueue.objects.count() == 2
    assert CardAttribute.objects.values_list("card", "value", "since").get() == (anna.pk, "3", LONG_AGO)
    assert set(Event.objects.values_list("kind", "key", "occurred_at", "status")) == {
        ("loyalty.card_enrolled", str(card.pk), card.enrolled_at, "pending") for card in cards.values()
    }


def test_s36_existing_cards_are_returned(program):
    user = UserFactory()
    of_key, of_user = services.enrol_card(external_id="anna"), services.enrol_card(user=user)

    cards = services.enrol_cards(items=[NewCard("anna"), NewCard("boris", user_id=user.pk), NewCard("clara")])

    assert cards == {"anna": of_key, "boris": of_user, "clara": Card.objects.get(external_id="clara")}
    assert Card.objects.count() == CardNumber.objects.count() == Event.objects.count() == 3


def test_two_items_of_one_user_are_one_card(program):
    user = UserFactory()

    cards = services.enrol_cards(items=[NewCard("anna", user_id=user.pk), NewCard("anja", user_id=user.pk)])

    assert cards["anna"] == cards["anja"] == Card.objects.get()


def test_importing_twice_changes_nothing(program):
    items = [NewCard(str(number), at=LONG_AGO) for number in range(3)]
    first = services.enrol_cards(items=items)

    assert services.enrol_cards(items=items) == first
    assert (Card.objects.count(), Event.objects.count()) == (3, 3)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        pytest.param(NewCard("boris", number="LOYAL-0001"), NumberTaken, id="number-taken"),
        pytest.param(NewCard("boris", number="1"), InvalidNumber, id="number-too-short"),
        pytest.param(NewCard("boris", attributes={"a b": 1}), EventPayloadInvalid, id="attribute"),
        pytest.param(NewCard("bor\0is"), EventPayloadInvalid, id="key"),
        pytest.param(NewCard("boris", at=datetime(2020, 1, 1)), EventPayloadInvalid, id="naive"),
    ],
)
def test_one_refused_item_refuses_its_chunk(program, bad, error):
    services.enrol_card(external_id="clara", number="LOYAL-0001")

    with pytest.raises(error):
        services.enrol_cards(items=[NewCard("anna"), bad])

    assert list(Card.objects.values_list("external_id", flat=True)) == ["clara"]
    assert CardNumber.objects.count() == Event.objects.count() == 1


def test_a_taken_number_names_whose_it_was_to_be(program):
    services.enrol_card(number="LOYAL-0001")

    with pytest.raises(NumberTaken) as refused:
        services.enrol_cards(items=[NewCard("boris", number="LOYAL-0001")])

    assert refused.value.details == {"external_ids": ["boris"]}


def test_drawn_numbers_that_are_taken_are_drawn_again(program, monkeypatch):
    drawn = iter(["A" * 12, "A" * 12, "C" * 12])
    monkeypatch.setattr(bulk_enrolment.codes, "generate", lambda _pattern: next(drawn))

    cards = services.enrol_cards(items=[NewCard("anna"), NewCard("boris")])

    assert sorted(card.number for card in cards.values()) == ["A" * 12, "C" * 12]


def test_a_pattern_that_is_used_up_is_told(program, monkeypatch):
    monkeypatch.setattr(bulk_enrolment.codes, "generate", lambda _pattern: "A" * 12)

    with pytest.raises(ConcurrentUpdate):
        services.enrol_cards(items=[NewCard("anna"), NewCard("boris")])

    assert Card.objects.count() == 0


def test_the_number_of_queries_does_not_grow(program):
    counts = []
    for size in (1, 50):
        items = [NewCard(f"{size}-{number}", attributes={"level": number}) for number in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            services.enrol_cards(program=program, items=items)
        counts.append(len(queries))

    # One event is written without asking first which are there.
    assert counts[1] <= counts[0] + 2
    assert counts[1] <= 15


def test_chunks(program, monkeypatch):
    monkeypatch.setattr(bulk_enrolment, "_CHUNK", 2)

    cards = services.enrol_cards(items=[NewCard(str(number)) for number in range(5)])

    assert sorted(cards) == ["0", "1", "2", "3", "4"]
    assert Card.objects.count() == 5
