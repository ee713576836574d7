"""Each kind of line becomes its event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms

from loyalty import services
from loyalty.imports import Draft, LineKind, LineReader, line_kinds
from loyalty.models import (
    Campaign,
    Card,
    CardAttribute,
    CardNumber,
    Evaluation,
    Event,
    Program,
    Purchase,
    Refund,
    Spend,
)
from loyalty.rules import EventKind
from loyalty.rules.registry import event_kinds
from loyalty.testing import balance_of
from tests.loyalty.imports.conftest import bought, rejects


def events(kind: str) -> list[tuple[str, str | None]]:
    """The events of a kind: key and customer."""
    rows = Event.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("key", "card__external_id"))


def test_a_purchase_enrols_its_unknown_customer_as_of_its_own_time(bring, write, program: Program) -> None:
    bring(write(bought(1, items=3, tax="1.00", channel="web", lines=[{"amount": 4.25, "sku": "a"}])))

    card = Card.objects.get()
    assert (card.external_id, card.enrolled_at) == ("anna", datetime(2025, 1, 1, 10, 1, tzinfo=UTC))
    assert CardNumber.objects.get().card == card
    assert [key for key, _customer in events("loyalty.card_enrolled")] == [str(card.pk)]
    purchase = Purchase.objects.get()
    assert (purchase.source, purchase.external_id, purchase.total, purchase.tax, purchase.channel) == (
        "shop",
        "p1",
        1000,
        100,
        "web",
    )
    assert [(line.sku, line.amount) for line in purchase.lines.order_by("position")] == [
        ("a", 425),
        ("", 575),
    ]


def test_a_purchase_of_a_known_customer_enrols_nobody(bring, write, card: Card) -> None:
    printed = bring(write(bought(1)))

    assert "1 new, 0 known, 0 rejected; 0 cards enrolled" in printed
    assert Purchase.objects.get().card == card


def test_without_enrolment_unknown_customers_are_rejected(bring, write, card: Card) -> None:
    path = write(bought(1), bought(2, "nobody"))

    bring(path, enrol=False)

    assert [(row["line"], row["code"]) for row in rejects(path)] == [(2, "card_not_found")]
    assert Purchase.objects.get().card == card
    assert Card.objects.count() == 1


def test_refunds_spends_and_their_cancellations(bring, write, ten_percent: Campaign) -> None:
    at = {"customer": "anna"}
    bring(
        write(
            bought(1, total="100.00"),
            {"type": "spend", "id": "s1", "occurred_at": "2025-01-02T10:00:00Z", "points": 4, **at},
            {
                "type": "spend",
                "id": "s2",
                "occurred_at": "2025-01-02T11:00:00Z",
                "points": "3",
                "currency": "points",
                **at,
            },
            {"type": "spend_cancelled", "id": "c1", "spend": "s2", "occurred_at": "2025-01-02T12:00:00Z"},
            {"type": "spend", "id": "s3", "occurred_at": "2025-01-02T13:00:00Z", "points": "30", **at},
            {
                "type": "refund",
                "id": "r1",
                "purchase": "p1",
                "occurred_at": "2025-01-03T10:00:00Z",
                "amount": "50.00",
                **at,
            },
            {"type": "refund", "id": "r2", "purchase": "p1", "occurred_at": "2025-01-03T11:00:00Z"},
        )
    )

    assert [(spend.key, spend.status) for spend in Spend.objects.order_by("pk")] == [
        ("shop/s1", "spent"),
        ("shop/s2", "cancelled"),
    ]
    # A refusal by the books is what became of the event, not a bad line.
    assert Evaluation.objects.get(event__key="s3").outcome == "insufficient_points"
    assert list(Refund.objects.order_by("pk").values_list("amount", flat=True)) == [5000, 5000]
    assert balance_of(Card.objects.get()) == "-4"


def test_blocked_and_unblocked(bring, write, ten_percent: Campaign) -> None:
    bring(
        write(
            {"type": "blocked", "id": "b1", "customer": "anna", "occurred_at": "2025-01-01T00:00:00Z"},
            bought(1, total="100.00"),
            {"type": "unblocked", "id": "b2", "customer": "anna", "occurred_at": "2025-01-01T12:00:00Z"},
            {**bought(2, total="200.00"), "occurred_at": "2025-01-01T13:00:00Z"},
        )
    )

    card = Card.objects.get()
    assert card.status == "active"
    assert balance_of(card) == "20"


def region(number: int, value: object, at: str = "2025-01-01T00:00:00Z", **more: object) -> dict[str, object]:
    """An attribute's line."""
    line = {"type": "attribute", "id": f"a{number}", "customer": "anna", "occurred_at": at}
    return {**line, "name": "region", "value": value, **more}


def test_attributes_are_known_since_their_own_time(bring, write) -> None:
    bring(write(region(1, "north"), region(2, 7, at="2025-02-01T00:00:00Z")))
    bring(write(region(1, "north"), region(3, "south")))

    attributes = CardAttribute.objects.filter(card__external_id="anna").order_by("since")
    assert list(attributes.values_list("name", "value", "since__month")) == [
        ("region", "south", 1),
        ("region", "7", 2),
    ]


def test_of_two_values_for_one_moment_the_last_holds(bring, write) -> None:
    bring(write(region(1, "north"), region(2, "south")))
    assert CardAttribute.objects.get().value == "south"


@pytest.mark.parametrize("value", [None, True, "x" * 256])
def test_an_attribute_without_a_storable_value_is_rejected(bring, write, tmp_path, value: object) -> None:
    bring(write(region(1, value)), rejects=tmp_path / "rejects.jsonl")
    assert not CardAttribute.objects.exists()


class Lesson(EventKind):
    """A host's kind."""

    kind = "school.lesson"
    label = "Lesson"

    class Payload(forms.Form):
        course = forms.CharField()


def test_events_of_a_hosts_own_kind(bring, write) -> None:
    line = {
        "type": "event",
        "kind": "school.lesson",
        "id": 7,
        "customer": "anna",
        "occurred_at": "2025-01-01T10:00:00Z",
    }
    path = write(
        {**line, "payload": {"course": "chess"}},
        {**line, "id": 8},
        {**line, "kind": "school.exam"},
        {**line, "kind": "loyalty.adjusted", "payload": {"currency": "points", "amount": "1000000"}},
    )

    with event_kinds.register_temporarily(Lesson):
        bring(path)

    assert events("school.lesson") == [("7", "anna")]
    assert Event.objects.get(kind="school.lesson").payload == {"course": "chess"}
    assert [(row["line"], row["code"]) for row in rejects(path)] == [
        (2, "event_payload_invalid"),
        (3, "event_kind_unknown"),
        (4, "event_kind_unknown"),
    ]


def test_a_refund_without_a_customer_waits_for_its_purchase_and_may_be_told_again(
    bring, write, card: Card
) -> None:
    early = write({"type": "refund", "id": "r1", "purchase": "p1", "occurred_at": "2025-01-03T10:00:00Z"})
    late = write(bought(1), name="late.jsonl")

    waiting = bring(early)
    assert "1 events wait for their purchase" in waiting
    bring(late)
    again = bring(early, late)

    assert Refund.objects.get().amount == 1000
    assert again.count("0 new, 1 known, 0 rejected") == 2


def test_a_refund_without_a_customer_of_a_processed_purchase_is_found(bring, write, card: Card) -> None:
    bring(write(bought(1)))

    bring(write({"type": "refund", "id": "r1", "purchase": "p1", "occurred_at": "2025-01-03T10:00:00Z"}))

    assert Refund.objects.get().purchase.external_id == "p1"


def test_what_the_shop_told_live_is_known_to_the_import(bring, write, program: Program, card: Card) -> None:
    at = datetime(2025, 1, 1, 10, 1, tzinfo=UTC)
    services.record_purchase(program=program, card=card, external_id="p1", total="10.00", occurred_at=at)
    services.record_refund(program=program, purchase_id="p1", external_id="r1", occurred_at=at)

    printed = bring(
        write(
            bought(1), {"type": "refund", "id": "r1", "purchase": "p1", "occurred_at": "2025-01-01T10:01:00Z"}
        )
    )

    assert "0 new, 2 known, 0 rejected" in printed


def test_a_known_id_with_other_content_is_rejected(bring, write) -> None:
    bring(write(bought(1)))
    path = write(bought(1, total="99.00"))

    bring(path)

    assert [row["code"] for row in rejects(path)] == ["event_conflict"]
    assert Purchase.objects.get().total == 1000


def test_another_source_counts_its_own_ids(bring, write) -> None:
    bring(write(bought(1)))
    bring(write(bought(1)), source="till")

    assert sorted(Purchase.objects.values_list("source", "external_id")) == [("shop", "p1"), ("till", "p1")]


class StampLine(LineKind):
    """A line kind of a host: a stamp is a purchase of nothing."""

    name = "stamp"

    def recognises(self, line: Any) -> bool:
        return "stamp" in line

    def read(self, line: LineReader) -> Draft:
        key = line.key("stamp")
        return Draft(
            kind="loyalty.purchase",
            key=key,
            customer=line.customer(),
            at=line.moment("at"),
            payload={"total": "1.00"},
        )


def test_an_app_registers_its_own_kind_of_line(bring, write) -> None:
    path = write({"stamp": 5, "customer": "anna", "at": "2025-01-01T10:00:00Z"})

    with line_kinds.register_temporarily(StampLine):
        bring(path)

    assert Purchase.objects.get().external_id == "5"
    assert "stamp" not in line_kinds


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: object, TypeError),
        (lambda: type("Nameless", (LineKind,), {}), TypeError),
        (lambda: type("Spaced", (LineKind,), {"name": "two words"}), TypeError),
        (lambda: type("Taken", (LineKind,), {"name": "purchase"}), ValueError),
    ],
    ids=["no kind", "no name", "no word", "taken"],
)
def test_nonsense_is_refused_when_it_is_registered(make, error) -> None:
    with pytest.raises(error):
        line_kinds.register(make())
