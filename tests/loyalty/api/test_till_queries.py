"""What a till's requests ask of the database: as much for 200 lines, 200 purchases and 200 cards as for one."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty import services
from loyalty.models import Campaign, Card, Program
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

TILL = "/api/v1/till/"
ANNA = {"card": {"external_id": "anna"}}


def ask(client: APIClient, address: str, body: dict[str, Any], key: str) -> int:
    """How many statements a request takes that succeeds."""
    with counted() as statements:
        answer = client.post(TILL + address, body, headers={"Idempotency-Key": key})
    assert answer.status_code < 300, answer.json()
    return len(statements)


def ask_all(client: APIClient, turn: str, lines: int) -> dict[str, int]:
    """The statements of each request; `turn` makes its ids."""
    basket = {"total": "200.00", "lines": [{"amount": "1.00", "sku": f"s-{n}"} for n in range(lines)]}
    asked = [
        ("cards/find/", ANNA),
        ("previews/", ANNA | basket),
        ("purchases/", ANNA | basket | {"external_id": f"o-{turn}"}),
        (f"purchases/o-{turn}/refunds/", {"external_id": f"r-{turn}", "lines": [{"position": 0}]}),
        (f"purchases/o-{turn}/refunds/", {"external_id": f"q-{turn}"}),
        (f"purchases/o-{turn}/reopenings/", {"external_id": f"x-{turn}"}),
        ("spends/", ANNA | {"external_id": f"s-{turn}", "amount": "1"}),
        (f"spends/s-{turn}/cancel/", {}),
        ("holds/", ANNA | {"external_id": f"h-{turn}", "amount": "1"}),
        (f"holds/h-{turn}/capture/", {}),
        ("cards/", {"external_id": f"c-{turn}"}),
    ]
    return {
        f"{n} {address}".replace(turn, "*"): ask(client, address, body, f"{n}-{turn}")
        for n, (address, body) in enumerate(asked)
    }


def test_queries_do_not_grow(backend: APIClient, program: Program, rich: Card, ten_percent: Campaign) -> None:
    ask_all(backend, "warm", 1)
    small = ask_all(backend, "one", 1)
    for number in range(200):
        services.record_purchase(card=rich, external_id=f"more-{number}", total="10.00")
        services.enrol_card(program=program, external_id=f"other-{number}")
    large = ask_all(backend, "many", 200)

    assert small == large
    assert max(small.values()) <= 40, small
