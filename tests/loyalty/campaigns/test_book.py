"""What the engine gets to see of what was published."""

from typing import Any

import pytest
from django import forms
from django.db import transaction

from loyalty.models import Program
from loyalty.processing.campaigns import campaign_book
from loyalty.rules import Condition, Outcome
from loyalty.rules.registry import conditions
from loyalty.services.campaigns import (
    publish_campaign,
    save_draft,
)

pytestmark = pytest.mark.django_db


def test_the_book_is_read_once_per_version(
    program: Program, definition: dict[str, Any], django_assert_num_queries: Any
) -> None:
    publish_campaign(campaign=save_draft(program=program, definition=definition))
    program.refresh_from_db()
    book = campaign_book(program)

    with django_assert_num_queries(0):
        assert campaign_book(program) is book

    publish_campaign(campaign=save_draft(program=program, definition=definition | {"key": "other"}))
    program.refresh_from_db()
    newer = campaign_book(program)
    assert [campaign.key for campaign in newer.campaigns] == ["five-percent", "other"]
    assert newer.campaigns[0] is book.campaigns[0]  # compiled once


def test_a_rolled_back_publication_leaves_nothing_behind(
    program: Program, definition: dict[str, Any]
) -> None:
    class Undone(Exception):
        pass

    def publish(name: str) -> str:
        publish_campaign(campaign=save_draft(program=program, definition=definition | {"name": name}))
        program.refresh_from_db()
        return campaign_book(program).campaigns[0].name

    def publish_and_fail() -> None:
        with transaction.atomic():
            assert publish("One") == "One"
            raise Undone

    with pytest.raises(Undone):
        publish_and_fail()

    assert publish("Two") == "Two"  # the same keys again on SQLite, and still not what was cached


def test_a_campaign_whose_kind_is_gone_stops_alone(
    program: Program, definition: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    class Temporary(Condition):
        kind = "tests.temporary"
        label = "Temporary"

        class Params(forms.Form):
            pass

        def check(self, about: Any, event: Any, params: Any) -> Outcome:
            return Outcome.when(True, code="no")

    with conditions.register_temporarily(Temporary):
        broken = definition | {"key": "broken", "conditions": [[{"kind": "tests.temporary"}]]}
        publish_campaign(campaign=save_draft(program=program, definition=broken))
        program.refresh_from_db()
        assert campaign_book(program).campaigns[0].error == ""
    publish_campaign(campaign=save_draft(program=program, definition=definition))
    program.refresh_from_db()

    gone, fine = campaign_book(program).campaigns

    assert gone.key == "broken"
    assert gone.trigger == "loyalty.purchase"
    assert gone.error.startswith("conditions[0][0].kind: “tests.temporary” is not registered.")
    assert not gone.actions
    assert fine.error == ""
    assert "Campaign broken does not compile" in caplog.text
