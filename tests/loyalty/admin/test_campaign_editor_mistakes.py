"""Mistakes are shown at their fields, nothing is lost, and nothing is saved before all is right."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client

from loyalty.models import Campaign, CampaignCondition, Program
from loyalty.rules import Condition, EventKind, Outcome, registry
from tests.loyalty.admin.editor_desk import Desk, definition
from tests.loyalty.admin.test_campaign_editor import draft

# A form and its rows: the database has no part in it but to keep the draft.
pytestmark = pytest.mark.once


@pytest.fixture
def staff(admin_client: Client) -> Client:
    """May do everything."""
    return admin_client


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"c2-p-minimum": "a lot"}, {"c2-p-minimum": ["Enter a number."]}),
        ({"c2-p-minimum": ""}, {"": ["Give a minimum, a maximum, or both."]}),
        ({"c2-p-minimum": "0.001"}, {"c2-p-minimum": [
            "The amount has too many digits after the decimal point: at most 2 are allowed."
        ]}),
        ({"c3-p-days": []}, {"c3-p-days": ["This field is required."]}),
        ({"a6-currency": ""}, {"a6-currency": ["This must be filled in."]}),
        ({"a6-amount-p-value": "-1"}, {"a6-amount-p-value": [
            "Ensure this value is greater than or equal to 0."
        ]}),
        ({"a6-p-hold_number": "x"}, {"a6-p-hold": ["Write a whole number, up to a century."]}),
        ({"a7-amount-p-percents_1": "ten"}, {"a7-amount-p-percents": ["Enter a number."]}),
        ({"a7-pot-percent": "1001"}, {"a7-pot-percent": [
            "Ensure this value is less than or equal to 1000."
        ]}),
        ({"a6-on_refund": "milestone"}, {"a6-on_refund": [
            "No condition of the campaign stands on a count. Choose another policy."
        ]}),
        ({"l8-max": "0"}, {"l8-max": ["Give a number above zero."]}),
        ({"l8-measure": "cost"}, {"l8-measure": [
            "Say first what one unit of “points” is worth: then its cost can be limited."
        ]}),
        ({"campaign-ends_at": "2025-01-01T00:00"}, {"campaign-ends_at": [
            "The end must be after the start."
        ]}),
        ({"campaign-stacking_group": "two words"}, {"campaign-stacking_group": [
            "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."
        ]}),
        ({"campaign-phase": "multiplier"}, {
            "a6-kind": ["This action belongs into campaigns of the phase “base”."],
            "a7-kind": ["This action belongs into campaigns of the phase “base”."],
        }),
        ({"actions": []}, {"": ["A campaign needs at least one action."]}),
        ({"trigger-kind": "loyalty.card_enrolled", "trigger-for": "loyalty.card_enrolled"}, {
            "c2-kind": ["The trigger brings no purchase, so this condition can never hold."],
            "c5-kind": ["The trigger brings no purchase, so this condition can never hold."],
            "a7-amount-kind": ["There is no purchase to compute on. Choose a fixed amount."],
            "": ["There is no purchase to compute on. Leave the pot out."],
        }),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(
    program: Program, staff: Client, typed: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    campaign = draft(program)
    before = definition(campaign)
    desk = Desk(staff, campaign)
    for name, value in typed.items():
        desk.data[name] = value if isinstance(value, list) else [value]
    sent = dict(desk.data)

    assert desk.save() is None

    assert desk.problems == problems
    assert definition(campaign) == before
    assert {name: desk.data.get(name, []) for name in sent if name in desk.data} == {
        name: value for name, value in sent.items() if name in desk.data
    }
    assert "nothing was saved" in desk.page.done.note
    for name in problems:
        assert not name or f'id="id_{name}_error"' in desk.html


def test_once_shown_mistakes_stay_in_sight_while_rows_are_added(program: Program, staff: Client) -> None:
    desk = Desk(staff, draft(program))
    desk.type(a6__amount__p__value="x")

    desk.press("add limits")
    assert desk.problems == {}
    desk.press("check")
    desk.press("add limits")

    assert desk.problems["a6-amount-p-value"] == ["Enter a number."]


def test_checking_saves_nothing_and_says_that_all_fits(program: Program, staff: Client) -> None:
    campaign = draft(program)
    desk = Desk(staff, campaign)
    desk.type(campaign__name="Other")

    desk.press("check")

    assert desk.page.done.note == "Everything fits. Nothing is saved yet."
    assert Campaign.objects.get(pk=campaign.pk).name == "Friends"


def test_the_sentence_follows_what_is_typed(program: Program, staff: Client) -> None:
    desk = Desk(staff, draft(program))
    before = desk.page.sentence
    desk.type(a6__amount__p__value="4321")

    desk.press("redraw")

    assert "4321" not in before
    assert "4,321" in desk.page.sentence or "4321" in desk.page.sentence
    assert desk.page.sentence in desk.html.replace("&#x27;", "'")


def test_what_nobody_registers_any_more_is_shown_and_can_be_removed(program: Program, staff: Client) -> None:
    campaign = draft(program)
    row = CampaignCondition.objects.get(campaign=campaign, kind="loyalty.weekday")
    CampaignCondition.objects.filter(pk=row.pk).update(
        kind="gone.<script>", params={"name": "<img src=x>", "list": [1]}
    )
    desk = Desk(staff, campaign)

    assert "Nothing that is installed knows “gone.&lt;script&gt;” any more." in desk.html
    assert "&lt;img src=x&gt;" in desk.html
    assert "<img src=x>" not in desk.html
    desk.type(a6__amount__p__value="8")
    desk.press("add limits")
    assert desk.data["c3-kind"] == ["gone.<script>"]
    assert desk.save() is None  # its rows would be lost otherwise
    desk.press("remove limits l9")
    desk.press("remove g1-conditions c3")
    assert desk.save() == campaign

    told = definition(campaign)
    assert [one["kind"] for group in told["conditions"] for one in group] == [
        "loyalty.purchase_total",
        "loyalty.channel",
    ]
    assert told["actions"][0]["amount"] == {"kind": "loyalty.fixed", "value": "8"}


class Odd(Condition):
    """A host's condition with a form of its own making."""

    kind = "school.odd"
    label = "Odd <b>one</b>"

    class Params(forms.Form):
        colour = forms.TypedChoiceField(choices=[(1, "<i>red</i>"), (2, "blue")], coerce=int)
        words = forms.CharField(widget=forms.RadioSelect(choices=[("a", "A"), ("b", "B")]))
        when = forms.DateTimeField(required=False)
        took = forms.DurationField(required=False)
        ratio = forms.FloatField(initial=0.5)
        maybe = forms.NullBooleanField(required=False)
        sure = forms.BooleanField(required=False, label="Sure", help_text="Tick <it>.")
        secret = forms.CharField(widget=forms.HiddenInput, required=False, initial="kept")

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.fields["late"] = forms.UUIDField(required=False)

    def check(self, about: Any, event: Any, params: Any) -> Outcome:
        return Outcome.when(True, code="no")


def test_any_form_of_a_host_works_without_more_code(program: Program, staff: Client) -> None:
    params = {
        "colour": 2,
        "words": "b",
        "when": "2026-03-01T09:30:00Z",
        "took": "P1DT02H00M00S",
        "ratio": 0.25,
        "maybe": False,
        "sure": True,
        "secret": "told",
        "late": "6f8c1d0e-0000-4000-8000-000000000001",
    }
    with registry.conditions.register_temporarily(Odd):
        campaign = draft(program, conditions=[[{"kind": "school.odd", "params": params}]])
        before = definition(campaign)
        desk = Desk(staff, campaign)

        assert desk.save() == campaign

        assert definition(campaign) == before
        html = Desk(staff, campaign).html
        assert "<i>red</i>" not in html
        assert html.count("Odd &lt;b&gt;one&lt;/b&gt;") == html.count("Odd ") > 0


class Lesson(EventKind):
    """A host's event."""

    kind = "school.lesson"
    label = "Lesson"

    class Payload(forms.Form):
        score = forms.IntegerField(label="Score")
        passed = forms.BooleanField(required=False)


def test_the_content_of_an_event_is_filled_in_by_its_own_fields(program: Program, staff: Client) -> None:
    with registry.event_kinds.register_temporarily(Lesson):
        campaign = draft(program)
        desk = Desk(staff, campaign)
        desk.type(a6__kind="loyalty.emit_event")
        desk.press("redraw")
        assert "a6-amount-kind" not in desk.data
        desk.type(a6__p__event="school.lesson")
        desk.press("redraw")
        assert desk.data["a6-p-payload-score"] == [""]
        desk.type(**{"a6-p-payload-score": "x"})

        assert desk.save() is None
        assert desk.problems == {"a6-p-payload": ["Correct what is marked."]}
        assert "Enter a whole number." in desk.html
        desk.type(**{"a6-p-payload-score": "9", "a6-p-payload-passed": "on"})
        assert desk.save() == campaign

        action = definition(campaign)["actions"][0]
        assert action["params"] == {"event": "school.lesson", "payload": {"score": 9, "passed": True}}
        assert action["amount"] is None
        assert Desk(staff, campaign).save() == campaign
        assert definition(campaign)["actions"][0] == action
