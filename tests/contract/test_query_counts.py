"""Every operation of the API asks as much of the database whether there is one of everything, or 200.

The operations are those of the matrix (R11), which holds all that the resolver knows.
"""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import services
from loyalty.models import Card, CardQueue, Currency, Program
from loyalty.testing import give_points, process_inbox
from tests.integration.access.sharing import shared_world, undone, world
from tests.integration.access.table import TABLE
from tests.integration.access.world import START, World, percent
from tests.integration.test_access_matrix import URLS, ask, operations
from tests.performance.counting import Counted, counted
from tests.referrals.rows import make_card, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls(URLS)]
__all__ = ["shared_world", "world"]  # fixtures

MANY = 200


def count_all(world: World) -> dict[str, Counted]:
    """What each operation asks for whoever may do it, each undone."""
    found = {}
    for operation, access in TABLE.items():
        with undone(), counted() as statements:
            answer = ask(world, access.roles[0], operation)
        assert answer.status_code == (access.status or answer.status_code), (operation, answer.content)
        assert answer.status_code < 500
        found[operation] = statements
    return found


def grow(world: World) -> None:
    """200 more of all that hangs on the owner, on the card, and on the program."""
    owner, many = world.users["owner"], range(MANY)
    made = Program.objects.bulk_create(Program(slug=f"club-{n}", name=f"Club {n}") for n in many)
    Currency.objects.bulk_create(Currency(program=one, code="points", name="Points") for one in made)
    dates = {"status_since": START, "enrolled_at": START}
    cards = Card.objects.bulk_create(Card(program=one, user=owner, **dates) for one in made)
    CardQueue.objects.bulk_create(CardQueue(card=card) for card in cards)
    for number in many:
        make_referral(
            make_card(world.program, parent=world.card, parent_since=START, linked_at=START), world.card
        )
        order = f"more-{number}"
        services.record_purchase(card=world.card, external_id=order, total=100, occurred_at=START)
    process_inbox(program=world.program)
    for number in many:
        services.spend_points(card=world.card, amount=1, source="shop", key=f"more-{number}")
        campaign = services.save_draft(program=world.program, definition=percent(f"more-{number}"))
        services.publish_campaign(campaign=campaign)
    last = services.enrol_card(program=services.create_program(slug="last"), user=owner)
    give_points(last, 5)
    services.hold_points(card=last, amount=1, source="shop", key="last")


def test_queries_do_not_grow(world: World, settings: Any) -> None:
    settings.LOYALTY = settings.LOYALTY | {"DEFAULT_PROGRAM": "club", "API_RATE": None, "GUESS_RATE": None}
    assert set(TABLE) == set(operations())
    count_all(world)  # what is read once in a process is read by now
    few = count_all(world)

    grow(world)
    count_all(world)
    many = count_all(world)

    more = {name: f"{few[name]}\n{many[name]}" for name in few if len(few[name]) != len(many[name])}
    assert more == {}, "\n".join(f"{name}\n{told}" for name, told in more.items())
    assert max(map(len, few.values())) <= 60
