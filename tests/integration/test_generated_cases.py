"""R10: cases generated from the OpenAPI schema, right and wrong ones: no 5xx, and every answer is as the schema says.

More than 1,000 cases in a run of all tests; LOYALTY_SOAK=10000 draws as many and more.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from django.contrib.auth import get_user_model
from django.core.cache import cache as counters
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from loyalty import services
from loyalty.models import Card, Event
from loyalty.testing import give_points
from tests.loyalty.conftest import LONG_AGO

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def write_lines(_context: Any, value: Any) -> bytes:
    """A body of lines: a text stands as it is."""
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")


@cache
def whole_schema() -> Any:
    """The schema of both apps, as schemathesis reads it."""
    raw = SchemaGenerator(urlconf="tests.urls").get_schema(request=None, public=True)
    return schemathesis.openapi.from_dict(json.loads(json.dumps(raw, default=str)))


def all_operations() -> dict[str, Any]:
    """Each operation by its name."""
    found = [one.ok() for one in whole_schema().get_all_operations()]
    return {one.definition.raw["operationId"]: one for one in found}


# Optional fields of which hardly any text is right: without them more cases get past the reading of the body.
RARELY_RIGHT = frozenset(["occurred_at", "tax", "discount", "lines", "expires_at", "attributes", "channel"])

RIGHT = {
    "card": {"external_id": "anna"},
    "program": "club",
    "source": "shop",
    "currency": "points",
    "total": "12.50",
    "amount": "5",
}

OPERATIONS = all_operations()
SOAK = int(os.environ.get("LOYALTY_SOAK") or 0)
EACH = max(22, -(-SOAK // len(OPERATIONS)))  # rounded up


@pytest.fixture
def world(settings: Any) -> dict[str, Any]:
    """A club with a campaign, and somebody who may do everything and has a card with points and a purchase."""
    settings.LOYALTY = {"API_RATE": None, "GUESS_RATE": None}
    counters.clear()
    program = services.create_program(slug="club")
    definition: dict[str, Any] = {
        "key": "ten-percent",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "percent": "10"},
            }
        ],
    }
    campaign = services.save_draft(program=program, definition=definition)
    services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    user = get_user_model().objects.create_superuser("everybody")
    card = services.enrol_card(program=program, user=user, external_id="anna", at=LONG_AGO)
    give_points(card, 1_000)
    spend = services.spend_points(card=card, amount=10, key="s-1", source="shop")
    services.record_purchase(card=card, external_id="o-1", total="100.00")
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user)
    places = {
        "card": card.pk,
        "spend": spend.pk,
        "key": "ten-percent",
        "event": Event.objects.latest("pk").pk,
        "external_id": "o-1",
    }
    return {"client": client, "places": places}


def send(client: APIClient, case: Any) -> schemathesis.Response:
    """The case, sent through the whole of Django, and its answer as a check wants it."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value if isinstance(value, str) else value.decode("latin-1")
        for name, value in prepared.headers.items()
        if name.lower() not in ("content-type", "content-length")
    }
    body = prepared.body or b""
    answer = client.generic(
        prepared.method or "GET",
        prepared.path_url,
        body.encode() if isinstance(body, str) else body,
        content_type=prepared.headers.get("Content-Type", ""),
        **headers,
    )
    return schemathesis.Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.items()},
        content=answer.content,
        request=prepared,
        elapsed=0.0,
        verify=True,
    )


def tidy(value: Any) -> Any:
    """A text with what is printable of it."""
    return "".join(filter(str.isprintable, value)) or "x" if isinstance(value, str) else value


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_r10_no_generated_case_is_a_mistake_of_ours(name: str, world: dict[str, Any]) -> None:
    operation = OPERATIONS[name]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

    @settings(max_examples=EACH, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @seed(SOAK or len(name))
    @given(case=cases, is_known=st.booleans())
    def check(case: Any, is_known: bool) -> None:
        if is_known:
            places = {
                place: world["places"].get(place, value) for place, value in case.path_parameters.items()
            }
            case.path_parameters = places
            body = case.body
            if isinstance(body, dict):
                kept = {name: tidy(value) for name, value in body.items() if name not in RARELY_RIGHT}
                case.body = kept | {name: value for name, value in RIGHT.items() if name in body}
        answer = send(world["client"], case)
        case.validate_response(answer, checks=CHECKS)

    check()
    assert Card.objects.filter(external_id="anna").exists()
