"""Bulk upload: an answer for each line, and never half of a line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty.models import Campaign, Card, Event, Program, Purchase
from loyalty.testing import balance_of
from tests.loyalty.api.conftest import client_of, make_user

pytestmark = pytest.mark.django_db

UPLOADS = "/api/v1/till/uploads/"
BOUGHT = {"id": "o-1", "customer": "anna", "occurred_at": "2026-11-01T10:00:00Z", "total": "100.00"}


def upload(
    client: APIClient, *lines: object, query: str = "", content_type: str = "application/x-ndjson"
) -> Any:
    """Upload lines: objects are written as JSON, texts stand as they are."""
    raw = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return client.post(UPLOADS + query, raw.encode(), content_type=content_type)


def results(answer: Any) -> list[dict[str, Any]]:
    """The answers, line by line."""
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.content.decode().splitlines()]


def test_every_line_is_answered(backend: APIClient, card: Card, ten_percent: Campaign) -> None:
    answer = upload(
        backend,
        BOUGHT,
        {
            "type": "refund",
            "id": "r-1",
            "purchase": "o-1",
            "occurred_at": "2026-11-02T10:00:00Z",
            "amount": "50",
        },
        {
            "type": "refund",
            "id": "r-2",
            "purchase": "o-1",
            "occurred_at": "2026-11-02T11:00:00Z",
            "amount": "51",
        },
        {"type": "refund", "id": "r-3", "purchase": "o-9", "occurred_at": "2026-11-02T11:00:00Z"},
        BOUGHT,
        BOUGHT | {"total": "1.00"},
        "",
        "not json",
        BOUGHT | {"id": "o-2", "colour": "red"},
        BOUGHT | {"id": "o-3", "total": -1},
    )

    told = results(answer)
    assert [(one["line"], one["status"], one.get("outcome"), one.get("code")) for one in told] == [
        (1, "new", "applied", None),
        (2, "new", "applied", None),
        (3, "new", "refund_too_large", None),
        (4, "new", "pending", None),
        (5, "known", "applied", None),
        (6, "rejected", None, "event_conflict"),
        (8, "rejected", None, "line_not_json"),
        (9, "rejected", None, "event_payload_invalid"),
        (10, "rejected", None, "event_payload_invalid"),
    ]
    assert told[7]["message"] == "colour: There is no such field."
    assert (Purchase.objects.count(), balance_of(card)) == (1, "5")


def test_a_repeat_of_the_whole_upload_changes_nothing(
    backend: APIClient, card: Card, ten_percent: Campaign
) -> None:
    lines = [BOUGHT | {"id": f"o-{number}"} for number in range(20)]
    first, second = upload(backend, *lines), upload(backend, *lines)

    assert {one["status"] for one in results(first)} == {"new"}
    assert {(one["status"], one["outcome"]) for one in results(second)} == {("known", "applied")}
    assert balance_of(card) == "200"


def test_unknown_customers_are_enrolled_or_not(backend: APIClient, program: Program) -> None:
    refused = upload(backend, BOUGHT, query="?enrol=false")
    taken = upload(backend, BOUGHT)

    assert [one["code"] for one in results(refused)] == ["card_not_found"]
    assert [one["status"] for one in results(taken)] == ["new"]
    assert Card.objects.get().external_id == "anna"


def test_too_many_lines_are_413_and_none_is_taken(backend: APIClient, card: Card, settings: Any) -> None:
    settings.LOYALTY = {"UPLOAD_LINES": 2}
    answer = upload(backend, *(BOUGHT | {"id": f"o-{number}"} for number in range(3)))
    fits = upload(backend, *(BOUGHT | {"id": f"o-{number}"} for number in range(2)), "")

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert answer.json()["params"] == {"lines": 2, "bytes": 8_388_608}
    assert len(results(fits)) == 2
    assert Event.objects.filter(kind="loyalty.purchase").count() == 2


def test_too_many_bytes_are_413(backend: APIClient, card: Card, settings: Any) -> None:
    settings.LOYALTY = {"UPLOAD_BYTES": 1_024}
    answer = upload(backend, BOUGHT | {"channel": "x" * 1_024})

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_another_type_of_content_is_415(content_type: str, backend: APIClient, card: Card) -> None:
    answer = upload(backend, BOUGHT, content_type=content_type)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?type=nothing", 422, "line_type_unknown"),
        ("?program=nowhere", 404, "program_not_found"),
        ("?source=a/b", 400, "event_payload_invalid"),
        ("?colour=red", 400, "invalid_request"),
        ("?enrol=1", 400, "invalid_request"),
        ("?enrol=true&enrol=false", 400, "invalid_request"),
    ],
)
def test_what_is_wrong_with_the_whole_upload(
    query: str, status: int, code: str, backend: APIClient, card: Card
) -> None:
    answer = upload(backend, BOUGHT, query=query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Purchase.objects.exists()


def test_it_needs_a_permission_of_its_own(till: APIClient, card: Card) -> None:
    refused = upload(till, BOUGHT)
    allowed = upload(client_of(make_user("upload_events")), BOUGHT)

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert allowed.status_code == 200


def test_nothing_uploaded_is_nothing_answered(backend: APIClient, program: Program) -> None:
    assert results(upload(backend, "")) == []


def test_in_deferred_mode_the_events_wait(backend: APIClient, card: Card, settings: Any) -> None:
    settings.LOYALTY = {"PROCESSING": "deferred"}

    assert [one["outcome"] for one in results(upload(backend, BOUGHT))] == ["pending"]


def test_the_number_of_queries_does_not_grow(
    backend: APIClient, card: Card, ten_percent: Campaign, django_assert_max_num_queries: Any
) -> None:
    upload(backend, BOUGHT)
    from tests.performance.counting import counted

    counts = []
    for size in (1, 200):
        with counted() as statements:
            upload(backend, *(BOUGHT | {"id": f"{size}-{number}"} for number in range(size)))
        counts.append(len(statements))

    assert counts[0] == counts[1], counts
