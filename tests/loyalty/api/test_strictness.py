"""What is not declared is refused; nothing that comes in makes a mistake of ours; every refusal is a problem document."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from django.http import HttpResponse
from django.urls import include, path
from rest_framework.test import APIClient

from loyalty.api.till.cards import FindCardView
from loyalty.models import Card, Event, Program

pytestmark = pytest.mark.django_db

PURCHASES = "/api/v1/till/purchases/"
GOOD = {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"}


def send(client: APIClient, raw: bytes | str, address: str = PURCHASES, **more: Any) -> Any:
    """A body as it stands."""
    body = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    return client.post(
        address, body, content_type="application/json", headers={"Idempotency-Key": "k"}, **more
    )


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """A problem document, whole."""
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code), document
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"].endswith(".")
    return dict(document)


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"card": {"external_id": "anna", "colour": "red"}}, "card.colour", "unknown_field"),
        ({"lines": [{"amount": "1", "colour": "red"}]}, "lines[0].colour", "unknown_field"),
        ({"total": 100}, "total", "invalid_number"),
        ({"total": 100.5}, "total", "invalid_number"),
        ({"total": True}, "total", "invalid_number"),
        ({"total": None}, "total", "null"),
        ({"total": ""}, "total", "blank"),
        ({"total": "1e5"}, "total", "invalid_number"),
        ({"total": "NaN"}, "total", "invalid_number"),
        ({"total": "Infinity"}, "total", "invalid_number"),
        ({"total": "١٠"}, "total", "invalid_number"),
        ({"total": "1_000"}, "total", "invalid_number"),
        ({"total": " 1"}, "total", "invalid_number"),
        ({"total": "9" * 41}, "total", "max_length"),
        ({"total": "9" * 40}, "total", "invalid_amount"),
        ({"total": "1.001"}, "total", "invalid_amount"),
        ({"total": "-1"}, "total", "invalid_amount"),
        ({"tax": "100.01"}, "tax", "parts_exceed_total"),
        ({"lines": [{"amount": "100.01"}]}, "lines", "lines_exceed_total"),
        ({"lines": {}}, "lines", "not_a_list"),
        ({"lines": ["x"]}, "lines[0]", "invalid"),
        ({"lines": [{"amount": "1", "quantity": "0"}]}, "lines[0].quantity", "invalid_number"),
        ({"lines": [{"amount": "1", "attributes": {"a": 1}}]}, "lines[0].attributes.a", "invalid"),
        ({"external_id": 1}, "external_id", "invalid"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"external_id": "x" * 201}, "external_id", "max_length"),
        ({"external_id": "a\nb"}, "external_id", "invalid_text"),
        ({"external_id": "\u202e"}, "external_id", "invalid_text"),
        ({"card": "anna"}, "card", "invalid"),
        ({"card": {}}, "card", "exactly_one"),
        ({"card": {"number": "1", "external_id": "anna"}}, "card", "exactly_one"),
        ({"card": {"external_id": ["anna"]}}, "card.external_id", "invalid"),
        ({"occurred_at": "2026-11-01"}, "occurred_at", "invalid_instant"),
        ({"occurred_at": "2026-11-01T10:00:00"}, "occurred_at", "invalid_instant"),
        ({"occurred_at": 1}, "occurred_at", "invalid_instant"),
        ({"occurred_at": "9999-12-31T23:59:59-23:59"}, "occurred_at", "invalid_instant"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at", "in_the_future"),
        ({"source": "a/b"}, "source", "invalid_source"),
        ({"channel": "x" * 65}, "channel", "max_length"),
    ],
    ids=str,
)
def test_each_mistake_is_named_by_its_field(
    changes: dict[str, Any], path: str, code: str, till: APIClient, card: Card
) -> None:
    answer = till.post(PURCHASES, GOOD | changes)

    document = assert_problem(answer, 400, answer.json()["code"])
    assert document["code"] in ("invalid_request", "event_payload_invalid")
    assert [(one["path"], one["code"]) for one in document["errors"]] == [(path, code)], document
    assert all(one["message"] for one in document["errors"])
    assert not Event.objects.filter(kind="loyalty.purchase").exists()


def test_all_mistakes_are_told_at_once(till: APIClient, card: Card) -> None:
    answer = till.post(PURCHASES, {"total": 1, "card": {"external_id": 7}, "colour": "red"})

    assert {one["path"] for one in answer.json()["errors"]} == {
        "total",
        "card.external_id",
        "colour",
        "external_id",
    }


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "invalid_request"),
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe{}", 400, "malformed_json"),
        (b'{"total": NaN}', 400, "malformed_json"),
        (b'{"total": 1e999999}', 400, "invalid_request"),
        (b'{"total": ' + b"9" * 5_000 + b"}", 400, "malformed_json"),
        (b'{"total": "1", "total": "2"}', 400, "malformed_json"),
        (b'{"total": "\\u0000"}', 400, "bad_character"),
        (b'{"\\u0000": "1"}', 400, "bad_character"),
        (b'{"total": "\\ud800"}', 400, "bad_character"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b"[" * 900 + b"]" * 900, 400, None),
        (b"[]", 400, "invalid_request"),
        (b'"text"', 400, "invalid_request"),
        (b"null", 400, "invalid_request"),
        (b"1", 400, "invalid_request"),
        (b'{"total": "' + b"1" * (1 << 20) + b'"}', 413, "request_too_large"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_body(raw: bytes, status: int, code: str | None, till: APIClient, card: Card) -> None:
    answer = send(till, raw)

    assert_problem(answer, status, code or answer.json()["code"])


ADDRESSES = [
    "cards/",
    "cards/find/",
    "previews/",
    "purchases/",
    "purchases/o-1/refunds/",
    "purchases/o-1/reopenings/",
    "spends/",
    "spends/o-1/cancel/",
    "holds/",
    "holds/o-1/capture/",
    "holds/o-1/void/",
    "holds/o-1/cancel/",
    "events/",
]
NASTY: list[Any] = [
    *[{}, [], "", None, 0, -1, 10**30, 1.5, True, {"": ""}, {"card": None}, {"card": []}, {"amount": "1"}],
    {"external_id": "x", "card": {"number": "'; DROP TABLE"}, "amount": "99999999999999999999", "total": "1"},
    {"external_id": "x", "card": {"token": "%00~~~"}, "amount": "0", "total": "0", "kind": "a.b"},
    {"external_id": "🙂", "card": {"external_id": "\u0661"}, "amount": "-5", "currency": "🙂", "kind": "🙂"},
    {"external_id": "x", "card": {"external_id": "anna"}, "kind": "loyalty.purchase", "payload": {"a": [1]}},
    {
        "external_id": "x",
        "card": {"external_id": "anna"},
        "amount": "1",
        "expires_at": "1900-01-01T00:00:00Z",
    },
    {"external_id": "x", "card": {"external_id": "anna"}, "amount": "1", "currency": "nothing"},
    {"number": "0", "attributes": {"": ""}},
    {"external_id": "x", "attributes": {"a" * 300: "b", "é ": "c"}},
    {"program": "no-such", "source": "\u0000"},
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_that_comes_in_is_a_mistake_of_ours(address: str, backend: APIClient, card: Card) -> None:
    for number, body in enumerate(NASTY):
        answer = backend.post(
            f"/api/v1/till/{address}?",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": f"k-{number}"},
        )

        assert answer.status_code < 500, (body, answer.content)
        if answer.status_code >= 400:
            assert_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "place", ["%00", "%ff", "%ED%A0%80", "..%2f", "%F0%9F%99%82", "x" * 300, "%0a", "'\"<>"]
)
def test_no_address_is_a_mistake_of_ours(place: str, backend: APIClient, card: Card) -> None:
    for address in (f"holds/{place}/void/", f"purchases/{place}/refunds/", place, f"cards/{place}"):
        answer = backend.post(f"/api/v1/till/{address}", {}, headers={"Idempotency-Key": "k"})

        assert answer.status_code in (400, 404)
        assert_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options", "trace"])
def test_another_method_is_405(method: str, till: APIClient) -> None:
    answer = till.generic(method.upper(), PURCHASES)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    if method != "head":
        assert_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_unknown_addresses_answer_with_a_problem_too(method: str, program: Program) -> None:
    for place in ("till/no/such/place", "till", "till/cards", "me/x", "staff/"):
        answer = APIClient().generic(method.upper(), f"/api/v1/{place}", headers={"Accept": "text/html"})

        assert_problem(answer, 404, "not_found")


def test_other_addresses_are_the_hosts(program: Program) -> None:
    for place in ("v1/orders/", "v1/meadow/", "v2/till/"):
        assert APIClient().get(f"/api/{place}")["Content-Type"].startswith("text/html")


class Mirrored:
    """Addresses of a host that includes ours twice, and a view of ours after the catch-all."""

    urlpatterns: ClassVar[list[Any]] = [
        path("api/", include("loyalty.urls")),
        path("api/v1/me/late/", FindCardView.as_view()),
        path("api/v1/till/page/", lambda _request: HttpResponse("a page of the host's")),
    ]


def test_the_order_of_includes_does_not_matter(till: APIClient, card: Card, settings: Any) -> None:
    settings.ROOT_URLCONF = Mirrored
    found = till.post("/api/v1/me/late/", {"card": {"external_id": "anna"}})

    assert (found.status_code, found.json()["external_id"]) == (200, "anna")
    # What is not of our family keeps what its own middleware would have asked for: it is not called from here.
    assert_problem(till.get("/api/v1/till/page/"), 404, "not_found")


def test_a_page_is_never_sent(till: APIClient, card: Card) -> None:
    answer = till.post(PURCHASES, GOOD, headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x"]
)
def test_another_type_of_content_is_415(content_type: str, till: APIClient) -> None:
    answer = till.post(PURCHASES, b"x", content_type=content_type)

    assert_problem(answer, 415, "unsupported_media_type")


def test_parameters_that_nobody_knows_are_refused(till: APIClient, card: Card) -> None:
    document = assert_problem(till.post(f"{PURCHASES}?dry_run=1", GOOD), 400, "invalid_request")

    assert [(one["path"], one["code"]) for one in document["errors"]] == [("dry_run", "unknown_field")]
    assert not Event.objects.filter(kind="loyalty.purchase").exists()


def test_whoever_is_not_signed_in_or_not_permitted_is_told_nothing(program: Program, card: Card) -> None:
    from tests.loyalty.api.conftest import client_of, make_user

    for address in ADDRESSES:
        anonymous = APIClient().post(f"/api/v1/till/{address}", {})
        other = client_of(make_user("upload_events")).post(f"/api/v1/till/{address}", {})

        assert anonymous.status_code in (401, 403)
        assert_problem(anonymous, anonymous.status_code, "not_authenticated")
        assert_problem(other, 403, "permission_denied")


def test_sentences_follow_the_language_of_the_request(till: APIClient, card: Card) -> None:
    answer = till.post(
        "/api/v1/till/cards/find/", {"card": {"external_id": "x"}}, headers={"Accept-Language": "ru"}
    )

    assert answer.json()["code"] == "card_not_found"
    assert answer.json()["detail"].startswith("Такой карты нет")


def test_a_mistake_of_ours_stays_the_hosts_500(till: APIClient, card: Card, monkeypatch: Any) -> None:
    def fail(**_fields: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("loyalty.api.till.purchases.record_purchase", fail)

    with pytest.raises(ZeroDivisionError):
        till.post(PURCHASES, GOOD)
