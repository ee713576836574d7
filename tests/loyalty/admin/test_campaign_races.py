"""Two marketers at one draft in the same moment, with real connections: neither publishes nor replaces what was not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test import Client

from loyalty.models import Campaign, CampaignPublication, Program
from loyalty.services.drafts import definition_of
from tests.loyalty.admin.editor_desk import Desk
from tests.loyalty.admin.trial_desk import draft, make_program, page, percent

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def boss(program: Program) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))
    return client


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Of this database alone; the lock on a row names none, another lock of who waits does.
        cursor.execute(
            "SELECT count(*) FROM pg_locks waits JOIN pg_locks has USING (pid) JOIN pg_database d ON d.oid = has.database "
            "WHERE NOT waits.granted AND d.datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def while_another_saves(program: Program, post: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Post while somebody else's save of 50 % is written and not yet committed."""

    def run() -> Any:
        try:
            return post()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            draft(program, percent("50"))
            posted = pool.submit(run)
            until = time.monotonic() + 20
            while not somebody_waits() and not posted.done():
                assert time.monotonic() < until, "the post neither waits nor ends"
                time.sleep(0.02)
        yield posted


def test_a_draft_that_is_saved_in_the_same_moment_is_not_published_unseen(
    program: Program, boss: Client
) -> None:
    campaign = draft(program, percent("10"))
    address = page("publish", campaign)
    seen = boss.get(address).context["form"]["seen"].value()

    with while_another_saves(program, lambda: boss.post(address, {"seen": seen})) as posted:
        answer = posted.result()

    assert "The draft was changed meanwhile." in answer.content.decode()
    assert not CampaignPublication.objects.exists()


def test_a_draft_that_is_saved_in_the_same_moment_is_not_replaced_unseen(
    program: Program, boss: Client
) -> None:
    desk = Desk(boss, draft(program, percent("10")))
    desk.type(campaign__name="Mine")

    with while_another_saves(program, desk.save) as posted:
        assert posted.result() is None

    assert "Somebody else has saved this draft meanwhile." in desk.html
    told = definition_of(Campaign.objects.get())
    assert (told["name"], told["actions"][0]["amount"]["percent"]) == ("Bonus", "50")
