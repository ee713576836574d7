"""What no browser sends of itself, and what comes all the same: the pages of staff answer it, and never by an error."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.loyalty.admin.trial_desk import basket, boss, draft, make_program, page, percent

pytestmark = pytest.mark.django_db

NO_NUMBERS = ("²", "٣", "-1", "1" * 30, "")


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_drafts_that_a_preset_made_are_asked_for_by_anything(text):
    made = draft(make_program(), percent("5"))

    shown = boss().get(page("gallery_made"), {"made": f"{text},{made.pk}"})

    assert [one.campaign.pk for one in shown.context["drafts"]] == [made.pk]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_lines_are_added_to_a_basket_of_any_number_of_lines(text):
    campaign = draft(make_program(), percent("5"))
    posted = basket({"amount": "1"}, add_lines="1") | {"lines-TOTAL_FORMS": text}

    assert boss().post(page("test", campaign), posted).status_code == 200


@pytest.mark.parametrize(
    "stored",
    [
        "[" * 100_000,
        '{"a": ' + "[" * 900 + "]" * 900 + "}",
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        '{"a": NaN}',
        '{"a": 1e999}',
        "[1]",
    ],
    ids=["brackets", "nested", "surrogate", "nul", "nan", "infinity", "list"],
)
@pytest.mark.parametrize("button", ["do", "_save"])
def test_settings_of_an_unknown_kind_come_back_as_anything(stored, button):
    campaign = draft(make_program(), percent("5"))
    row = {"actions": "a1", "a1-here": "1", "a1-kind": "gone.kind", "a1-stored": stored}

    answer = boss().post(page("change", campaign), {button: "redraw", **row})

    assert answer.status_code == 200
    assert answer.context["editor"].actions[0].slot.stored == {}
    assert campaign.actions.get().kind == "loyalty.credit"


def test_settings_of_an_unknown_kind_may_have_any_name():
    campaign = draft(make_program(), percent("5"))
    settings = {"items": ["tea", "coffee"], "get": 1}
    campaign.conditions.create(kind="gone.kind", group=0, position=0, params=settings)

    shown = boss().get(page("change", campaign))

    assert "tea" in shown.content.decode()
    [group] = shown.context["editor"].groups
    assert group.conditions[0].slot.stored == settings


@pytest.mark.parametrize(
    "typed",
    ["[" * 900 + "]" * 900, '["\\ud800"]', "[NaN]", "[1e999]"],
    ids=["nested", "surrogate", "nan", "infinity"],
)
def test_what_an_event_says_comes_back_as_anything(typed):
    campaign = draft(make_program(), percent("5"))
    fields = {"a1-p-payload-row": "r1", "a1-p-payload-r1-name": "x", "a1-p-payload-r1-value": typed}
    row = {"actions": "a1", "a1-here": "1", "a1-kind": "loyalty.emit_event", "a1-for": "loyalty.emit_event"}
    row |= {"a1-p-event": "gone.kind", "a1-p-payload-r1-type": "stored", **fields}

    answer = boss().post(page("change", campaign), {"_save": "1", **row})

    assert answer.status_code == 200
    assert campaign.actions.get().kind == "loyalty.credit"


@pytest.mark.parametrize(
    ("since", "until"),
    [("9999-12-30", "9999-12-31"), ("9990-01-01", "9999-12-31"), ("0001-01-01", "0001-01-03")],
)
def test_the_dashboard_knows_no_days_at_the_end_of_time(since, until):
    make_program()
    days, client = {"since": since, "until": until}, boss()

    shown = client.get(reverse("admin:loyalty_dashboard_changelist"), days)
    taken = client.get(reverse("admin:loyalty_dashboard_owed"), days)

    assert list(shown.context["period"].form.errors) == ["since", "until"]
    assert len(b"".join(taken).splitlines()) == 1 + 30


@pytest.mark.parametrize("kind", ["\0", "gone.kind"])
def test_events_of_a_kind_that_nobody_registers_are_not_filtered(kind):
    make_program()

    assert boss().get(reverse("admin:loyalty_event_changelist"), {"kind": kind}).status_code == 200
