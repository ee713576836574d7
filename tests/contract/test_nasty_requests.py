"""What nobody sends who means well, at every operation: answers of ours below 500, problem documents for refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.access.sharing import shared_world, undone, world
from tests.integration.access.table import TABLE
from tests.integration.access.world import World, rows
from tests.integration.test_access_matrix import URLS, address_of, operations

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls(URLS)]
__all__ = ["shared_world", "world"]  # fixtures

DEEP = 50_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"amount": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"amount": "5"}'.encode("utf-16"),
    "half a surrogate pair": b'{"amount": "\\ud800", "code": "\\udfff", "external_id": "\\ud800"}',
    "null bytes": b'{"amount": "5\\u0000", "code": "\\u0000", "external_id": "a\\u0000b", "reason": "\\u0000"}',
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"definition":' * DEEP + b"1" + b"}" * DEEP,
    "a list": b"[1, 2]",
    "a text": b'"amount"',
    "null": b"null",
    "no numbers": b'{"amount": NaN, "total": Infinity, "limit": -Infinity}',
    "a number of 10,000 digits": b'{"amount": ' + b"9" * 10_000 + b', "total": ' + b"9" * 10_000 + b"}",
    "a huge exponent": b'{"amount": "1e999999999", "total": 1e999999999, "card": {"number": 1e400}}',
    "fields twice": b'{"amount": "1", "amount": "2", "card": {}, "card": null}',
    "kinds mixed up": json.dumps(
        {"amount": {}, "card": [], "lines": {}, "definition": "x", "total": True, "code": 5, "payload": 1}
    ).encode(),
    "a long text": json.dumps({"code": "x" * 100_000, "external_id": "x" * 100_000, "amount": "x"}).encode(),
    "SQL": json.dumps({"code": "' OR 1=1 --", "external_id": "'; DROP TABLE x; --", "amount": "1"}).encode(),
}
HEADERS: dict[str, dict[str, str]] = {
    "a key of 10,000 letters": {"Idempotency-Key": "k" * 10_000},
    "a key that is empty": {"Idempotency-Key": ""},
    "a key in Russian": {"Idempotency-Key": "ключ"},
    "a key with a line in it": {"Idempotency-Key": "a\x00\tb"},
    "languages that are none": {"Accept-Language": "x" * 5_000 + ";q=z,,;"},
    "a type that is none": {"Accept": "*/*;q=\x00,application/;v"},
    "another method": {"X-HTTP-Method-Override": "DELETE"},
    "a range": {"Range": "bytes=5-1", "If-None-Match": "*", "If-Modified-Since": "yesterday"},
}
TYPES = [
    "",
    "text/plain",
    "application/json; charset=none",
    "application/x-ndjson",
    "multipart/form-data",
    "/",
]
QUERIES = [
    "limit=-1",
    "limit=9e9",
    "cursor=%00",
    "cursor=AAAA",
    "limit=1&limit=x",
    "%F0%9F=%ff",
    "[]=1&a[b]=c",
]
PLACES: list[dict[str, Any]] = [
    {"card": 2**63, "spend": 2**63, "event": 2**63, "external_id": "x" * 500, "key": "x" * 500},
    {"card": 10**40, "spend": 10**40, "event": 10**40, "external_id": "%00", "key": "-"},
    {"card": 0, "spend": 0, "event": 0, "external_id": "%2e%2e%2f", "key": "_"},
    {"card": "٣", "spend": "٣", "event": "٣", "external_id": "%F0%9F%98%80", "key": "test"},
]


def check(answer: Any, what: object) -> None:
    """An answer of ours."""
    assert answer.status_code < 500, (what, answer.content)
    assert answer.status_code != 429, what
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (what, answer.status_code)
        assert answer.json()["status"] == answer.status_code, what


def send(world: World, operation: str, body: bytes = b"{}", **more: Any) -> Any:
    """The request, from somebody who may; undone."""
    access, (method, written) = TABLE[operation], operation.split(" ", 1)
    address = more.pop("address", None) or address_of(world, written, access)
    headers = {"Idempotency-Key": "k"} | more.pop("headers", {})
    content_type = more.pop("content_type", access.content_type)
    with undone():
        return world.clients[access.roles[-1]].generic(
            more.pop("method", method).upper(), address, body, content_type=content_type, headers=headers
        )


@pytest.fixture(autouse=True)
def no_throttles(world: World, settings: Any) -> None:
    """There is more to send than a client may in a minute."""
    settings.LOYALTY = {"API_RATE": None, "GUESS_RATE": None}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(world: World, name: str) -> None:
    for operation in TABLE:
        if not operation.startswith("get "):
            check(send(world, operation, BODIES[name]), operation)


@pytest.mark.parametrize("name", HEADERS)
def test_headers(world: World, name: str) -> None:
    for operation in TABLE:
        check(send(world, operation, headers=HEADERS[name]), operation)


def test_types_of_the_body(world: World) -> None:
    for operation in (name for name in TABLE if not name.startswith("get ")):
        for one in TYPES:
            check(send(world, operation, content_type=one), (operation, one))


def test_queries(world: World) -> None:
    for operation, access in TABLE.items():
        for query in QUERIES:
            address = f"{address_of(world, operation.split(' ', 1)[1], access)}?{query}"
            check(send(world, operation, address=address), address)


def test_places(world: World) -> None:
    for operation in TABLE:
        for places in PLACES:
            address = operation.split(" ", 1)[1]
            for part in address.split("/"):
                if part.startswith("<"):
                    name = part.strip("<>").partition(":")[2]
                    address = address.replace(part, str(places[name]))
            check(send(world, operation, address=f"/{address}"), address)


def test_methods_that_an_address_has_not(world: World) -> None:
    known: dict[str, set[str]] = {}
    for name in operations():
        method, written = name.split(" ", 1)
        known.setdefault(written, set()).add(method)
    before = rows()

    for name in TABLE:
        written = name.split(" ", 1)[1]
        for method in {"get", "post", "put", "patch", "delete", "trace", "brew"} - known[written]:
            answer = send(world, name, method=method)
            check(answer, (method, written))
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), (
                method,
                written,
            )
            assert set(answer["Allow"].lower().split(", ")) >= known[written]

    assert rows() == before
