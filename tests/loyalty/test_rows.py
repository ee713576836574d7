"""Many rows in one statement: every value arrives as the ORM would have written it, one row or many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loyalty.models import (
    Campaign,
    CampaignRevision,
    Card,
    Currency,
    Evaluation,
    Event,
    Program,
    Purchase,
    PurchaseLine,
    Reward,
    Wallet,
)
from loyalty.rows import (
    insert_new_rows,
    insert_rows,
    set_fields,
    update_rows,
    upsert_rows,
)

pytestmark = [pytest.mark.django_db]

START = datetime(2025, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
HOWEVER_MANY = pytest.mark.parametrize("count", [1, 2, 50])

TEXTS = [
    "plain",
    "",
    " two  blanks ",
    "NULL",
    "null",
    '"quoted"',
    "back\\slash",
    '\\"',
    "{a,b}",
    "it's; DROP TABLE",
    "%s %(x)s %",
    "Ünïcode 漢字 🎉",
    "tab\tnew\nline\r",
    "$1 ::text[] --",
    "trailing\\",
]
DOCUMENTS = [
    {},
    {"text": text} if (text := '\\"{}, NULL') else {},
    {"list": [1, None, True, 0.5, {"deep": "'"}]},
    ["a", "b"],
    {"больше": "🎉"},
]


@pytest.fixture
def program() -> Program:
    return Program.objects.create(slug="rows", name="Rows", purchase_currency="EUR", timezone="UTC")


def make_cards(program: Program, count: int) -> list[Card]:
    return Card.objects.bulk_create(
        Card(program=program, external_id=f"{n}", status_since=START, enrolled_at=START) for n in range(count)
    )


EVENT = (
    "program_id",
    "source",
    "kind",
    "key",
    "card_id",
    "occurred_at",
    "payload",
    "body_hash",
    "purchase_key",
)
EVENT_REST = ("cause_id", "cascaded", "status", "attempts", "error", "recorded_at")


def event_row(card: Card, key: str, *, payload: object = None, error: str = "") -> tuple[object, ...]:
    body = (card.program_id, "shop", "test", key, card.pk, START, payload or {}, "", "")
    return (*body, None, True, "pending", 0, error, START)


@HOWEVER_MANY
def test_inserted_rows_read_back_as_given_in_the_order_of_their_keys(program: Program, count: int) -> None:
    (card,) = make_cards(program, 1)
    texts = [f"{TEXTS[n % len(TEXTS)]}|{n}" for n in range(count)]
    documents = [DOCUMENTS[n % len(DOCUMENTS)] for n in range(count)]
    rows = [
        event_row(card, text, payload=document, error=text)
        for text, document in zip(texts, documents, strict=True)
    ]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        keys = insert_rows(Event, fields=(*EVENT, *EVENT_REST), rows=rows, using="default")

    assert len(queries) == 1
    assert keys == sorted(keys)
    stored = [Event.objects.get(pk=key) for key in keys]
    assert [row.key for row in stored] == texts
    assert [row.error for row in stored] == texts
    assert [row.payload for row in stored] == [document or {} for document in documents]
    assert {(row.occurred_at, row.cascaded, row.cause_id, row.attempts) for row in stored} == {
        (START, True, None, 0)
    }


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_passes_in_a_single_row_and_among_others(program: Program, text: str) -> None:
    (card,) = make_cards(program, 1)
    fields = (*EVENT, *EVENT_REST)
    alone = [event_row(card, "alone", error=text)]
    among = [event_row(card, "one", error=text), event_row(card, "two", error=text)]
    for rows in (alone, among):
        insert_rows(Event, fields=fields, rows=rows, using="default")
    assert list(Event.objects.values_list("error", flat=True)) == [text] * 3


@HOWEVER_MANY
def test_every_type_of_column_is_as_the_orm_writes_it(program: Program, count: int) -> None:
    (card,) = make_cards(program, 1)
    event = Event.objects.create(
        program=program, source="shop", kind="test", key="1", card=card, occurred_at=START
    )
    campaign = Campaign.objects.create(program=program, key="c", name="C", trigger_kind="test")
    revision = CampaignRevision.objects.create(campaign=campaign, number=1, definition={})
    slots = [UUID(int=n) for n in range(count)]
    far = timezone(timedelta(hours=5, minutes=45))
    rows = [
        (
            *(
                event.pk,
                campaign.pk,
                revision.pk,
                slot,
                card.pk,
                0,
                "credit",
                None,
                None,
                None if n % 2 else -n,
            ),
            *(2**62, 2**62, 0, 0, "", "never", None, None, {"n": n}, START.astimezone(far), START),
        )
        for n, slot in enumerate(slots)
    ]
    fields = ("event_id", "campaign_id", "revision_id", "slot", "card_id", "level", "effect", "currency_id")
    fields += ("purchase_id", "base", "requested", "granted", "reversed", "forgiven", "cut_reason", "policy")
    fields += ("threshold", "milestone_card_id", "terms", "occurred_at", "created_at")

    keys = insert_rows(Reward, fields=fields, rows=rows, using="default")

    stored = Reward.objects.in_bulk(keys)
    assert [stored[key].slot for key in keys] == slots
    assert [stored[key].base for key in keys] == [None if n % 2 else -n for n in range(count)]
    assert {(row.granted, row.currency_id, row.occurred_at) for row in stored.values()} == {
        (2**62, None, START)
    }
    for key in keys:  # the ORM finds what it would have written
        assert Reward.objects.filter(pk=key, slot=stored[key].slot, occurred_at=START).exists()


@HOWEVER_MANY
def test_decimals_and_missing_documents(program: Program, count: int) -> None:
    (card,) = make_cards(program, 1)
    event = Event.objects.create(
        program=program, source="shop", kind="test", key="1", card=card, occurred_at=START
    )
    bought = Purchase.objects.create(
        program=program,
        source="shop",
        external_id="1",
        card=card,
        event=event,
        occurred_at=START,
        total=1,
        remaining=1,
    )
    lines = [(bought.pk, n, "", "", Decimal("0.125") + n, 0, 0, {"size": '"L"'}) for n in range(count)]
    fields = ("purchase_id", "position", "sku", "category", "quantity", "amount", "remaining", "attributes")
    insert_rows(PurchaseLine, fields=fields, rows=lines, using="default")
    insert_rows(
        Evaluation,
        fields=("event_id", "outcome", "trace", "processed_at"),
        rows=[(event.pk, "applied", None, START)],
        using="default",
    )

    quantities = PurchaseLine.objects.order_by("position").values_list("quantity", flat=True)
    assert list(quantities) == [Decimal("0.125") + n for n in range(count)]
    assert PurchaseLine.objects.filter(quantity=Decimal("0.125"), attributes={"size": '"L"'}).count() == 1
    assert Evaluation.objects.filter(trace__isnull=True).count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no longest length")
@pytest.mark.parametrize("count", [1, 2])
def test_text_that_is_too_long_is_refused_not_cut(program: Program, count: int) -> None:
    (card,) = make_cards(program, 1)
    rows = [event_row(card, "x" * 201 + str(n)) for n in range(count)]
    with pytest.raises(DataError), transaction.atomic():
        insert_rows(Event, fields=(*EVENT, *EVENT_REST), rows=rows, using="default")


@HOWEVER_MANY
def test_only_new_rows_are_inserted_and_told(program: Program, count: int) -> None:
    (card,) = make_cards(program, 1)
    fields = (*EVENT, *EVENT_REST)
    insert_rows(Event, fields=fields, rows=[event_row(card, "known")], using="default")
    rows = [event_row(card, "known"), *(event_row(card, f"{n}") for n in range(count))]
    told = insert_new_rows(Event, fields=fields, rows=rows, returning=("id", "key"), using="default")
    assert sorted(key for _pk, key in told) == sorted(f"{n}" for n in range(count))
    assert dict(told) == dict(Event.objects.exclude(key="known").values_list("pk", "key"))
    assert insert_new_rows(Event, fields=fields, rows=rows, returning=("id",), using="default") == []


@HOWEVER_MANY
def test_rows_are_updated_each_with_its_own_values(program: Program, count: int) -> None:
    cards = make_cards(program, count + 1)
    untouched = cards.pop()
    later = START + timedelta(days=1)
    rows = [(card.pk, n, later, "blocked" if n % 2 else "closed", None) for n, card in enumerate(cards)]
    with CaptureQueriesContext(connection) as queries:
        fields = ("spent_total", "status_since", "status", "parent_id")
        update_rows(Card, fields=fields, rows=rows, using="default")
    assert len(queries) == 1
    for number, card in enumerate(cards):
        card.refresh_from_db()
        assert (card.spent_total, card.status_since) == (number, later)
        assert card.status == ("blocked" if number % 2 else "closed")
    untouched.refresh_from_db()
    assert (untouched.spent_total, untouched.status) == (0, "active")


@HOWEVER_MANY
def test_fields_are_set_in_all_rows_named(program: Program, count: int) -> None:
    cards = make_cards(program, count + 1)
    set_fields(Card, values={"status": "closed"}, keys=[card.pk for card in cards[1:]], using="default")
    assert Card.objects.filter(status="closed").count() == count
    assert Card.objects.get(status="active").pk == cards[0].pk


@HOWEVER_MANY
def test_rows_are_inserted_or_overwritten(program: Program, count: int) -> None:
    cards = make_cards(program, count)
    points = Currency.objects.create(program=program, code="points", name="Points")
    fields = ("available", "pending", "held", "debt")
    for amount in (1, 2):
        rows = [(card.pk, points.pk, amount, 0, 0, 0, START) for card in cards]
        written = upsert_rows(
            Wallet, keys=("card_id", "currency_id"), fields=fields, add=("clock",), rows=rows, using="default"
        )
        stored = Wallet.objects.values_list("pk", "card_id", "currency_id")
        assert sorted(written) == sorted(stored)
        assert set(Wallet.objects.values_list("available", flat=True)) == {amount}


def test_constraints_speak_up(program: Program) -> None:
    (card,) = make_cards(program, 1)
    rows = [event_row(card, "twice"), event_row(card, "twice")]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Event, fields=(*EVENT, *EVENT_REST), rows=rows, using="default")


def test_nothing_costs_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert insert_rows(Event, fields=EVENT, rows=[], using="default") == []
        assert insert_new_rows(Event, fields=EVENT, rows=[], returning=("id",), using="default") == []
        assert upsert_rows(Wallet, keys=("card_id",), fields=("held",), rows=[], using="default") == []
        update_rows(Card, fields=("status",), rows=[], using="default")
        set_fields(Card, values={"status": "closed"}, keys=[], using="default")
