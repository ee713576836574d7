"""The test of a draft on one card: the checklist, who would get what and when, and what is refused at which field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Card, Program
from loyalty.rules import EventKind
from loyalty.rules.registry import event_kinds
from tests.loyalty.admin.trial_desk import (
    DAY,
    START,
    asks,
    basket,
    boss,
    count_queries,
    draft,
    make_program,
    page,
    percent,
    staff,
    stored,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def anna(program: Program) -> Card:
    """A card with a parent card."""
    parent = services.enrol_card(program=program, external_id="parent", at=START - DAY)
    card = services.enrol_card(program=program, external_id="anna", at=START - DAY)
    services.set_parent(card=card, parent=parent, at=START - DAY)
    services.process_inbox()
    return card


def tried(campaign: Campaign, client: Client | None = None, **data: Any) -> Any:
    """The answer to a test of a basket."""
    answer = (client or boss()).post(page("test", campaign), data or basket())
    assert answer.status_code == 200
    return answer


def checks(answer: Any) -> list[tuple[str, str, str]]:
    return [
        (one.result, one.expected, one.actual)
        for campaign in answer.context["outcome"].asked
        for one in campaign.checklist
    ]


def test_each_condition_is_answered_even_where_the_first_says_no(program: Program, anna: Card) -> None:
    conditions = [
        [
            asks("purchase_total", minimum="500"),
            asks("channel", channels=["app"]),
            asks("purchase_number", match="first"),
        ]
    ]
    campaign = draft(program, percent("10", conditions=conditions))
    before = stored()

    answer = tried(campaign, **basket(card="anna", total="49.90", channel="till"))

    assert [one[0] for one in checks(answer)] == ["fail", "fail", "pass"]
    assert "500" in checks(answer)[0][1]
    assert "49.90" in checks(answer)[0][2]
    outcome = answer.context["outcome"]
    assert (outcome.applied, outcome.given) == (False, [])
    text = answer.content.decode()
    assert text.count('<span class="trial-word">No</span>') == 2
    assert text.count('<span class="trial-word">Yes</span>') == 1
    assert "Nobody would get anything." in text
    assert stored() == before


def test_who_would_get_what_and_when_it_can_be_spent(program: Program, anna: Card) -> None:
    campaign = draft(program, percent("10", to="parent_card"))
    services.publish_campaign(
        campaign=draft(program, percent("1", key="own")), effective_from=START - DAY, allow_past=True
    )

    answer = tried(campaign, **basket(card="anna", total="123.45", occurred_at="2025-03-05T10:00"))

    given = answer.context["outcome"].given
    assert [(one.own, one.recipient, one.granted) for one in given] == [
        (True, "its parent card", "12"),
        (False, "the card itself", "1"),
    ]
    assert given[0].reward.available_at == START.replace(day=19, hour=10)
    assert given[0].number == anna.parent.number
    assert "March 19, 2025, 10 a.m." in answer.content.decode()


def test_what_a_limit_cuts_is_said_and_marked(program: Program, anna: Card) -> None:
    limit = {"per": "recipient", "measure": "amount", "max": "5", "period": "month"}
    campaign = draft(program, percent("10", limits=[limit]))

    answer = tried(campaign, **basket(card="anna", total="100.00"))

    (given,) = answer.context["outcome"].given
    assert (given.requested, given.granted, given.is_cut) == ("10", "5", True)
    assert "Cut to 5 of 10 points by a limit." in answer.content.decode()


def test_what_another_campaign_of_the_group_pushes_out_is_said(program: Program, anna: Card) -> None:
    group = {"group": "best", "mode": "best"}
    campaign = draft(program, percent("1", stacking=group))
    other = draft(program, percent("9", key="other", stacking=group))
    services.publish_campaign(campaign=other, effective_from=START - DAY, allow_past=True)

    answer = tried(campaign, **basket(card="anna", total="100.00"))

    assert "“Bonus” was left out: “Other” of the same group applied." in answer.content.decode()


def test_somebody_without_a_card(program: Program) -> None:
    campaign = draft(program, percent("10"))

    answer = tried(campaign, **basket(total="100.00"))

    (given,) = answer.context["outcome"].given
    assert (given.granted, given.number) == ("10", "no card")


def test_lines_are_looked_at_and_make_the_total(program: Program, anna: Card) -> None:
    conditions = [[asks("items", categories=["tea"], minimum_amount="20")]]
    campaign = draft(program, percent("10", conditions=conditions))
    tea, cake = (
        {"sku": "t1", "category": "tea", "quantity": "2", "amount": "25.00"},
        {"category": "cake", "amount": "5"},
    )

    answer = tried(campaign, **basket(tea, cake, {}, card="anna"))

    assert [one[0] for one in checks(answer)] == ["pass"]
    (given,) = answer.context["outcome"].given
    assert given.granted == "3"


@pytest.mark.parametrize(
    ("data", "form", "errors"),
    [
        (basket(card="anna"), "basket_form", {"total": ["Give a total, or at least one line."]}),
        (
            basket({"amount": "9"}, total="5"),
            "basket_form",
            {"total": ["The lines come to more than the total."]},
        ),
        (
            basket(card="nobody", total="5"),
            "card_form",
            {"card": ["There is no such card. Check the number."]},
        ),
        (basket(total="much"), "basket_form", {"total": ["Enter a number."]}),
        (
            basket(total="5", occurred_at="soon"),
            "card_form",
            {"occurred_at": ["Give a date and a time, such as 2026-11-21T10:00."]},
        ),
    ],
    ids=["nothing", "lines-above-total", "no-card", "no-number", "no-moment"],
)
def test_mistakes_are_told_at_their_field(
    program: Program, anna: Card, data: dict[str, Any], form: str, errors: dict[str, list[str]]
) -> None:
    answer = tried(draft(program, percent("10")), **data)

    assert answer.context[form].errors == errors
    assert "outcome" not in answer.context


def test_a_line_without_an_amount_is_told_at_the_line(program: Program) -> None:
    answer = tried(draft(program, percent("10")), **basket({"sku": "t1"}, total="5"))

    assert answer.context["line_forms"].errors == [{"amount": ["Say what this line costs."]}]


def test_what_the_purchase_itself_would_be_refused_for_is_shown(program: Program, anna: Card) -> None:
    answer = tried(draft(program, percent("10")), **basket(card="anna", total="5", tax="9"))

    assert answer.context["refused"] != []
    assert "This would be refused." in answer.content.decode()


def test_a_card_of_another_program_is_not_found(program: Program) -> None:
    other = services.create_program(slug="other")
    services.enrol_card(program=other, external_id="zoe", at=START)

    answer = tried(draft(program, percent("10")), **basket(card="zoe", total="5"))

    assert answer.context["card_form"].errors == {"card": ["There is no such card. Check the number."]}


def test_who_may_not_see_cards_tests_for_somebody_without_one(program: Program, anna: Card) -> None:
    client = staff("view_campaign")

    answer = tried(draft(program, percent("10")), client, **basket(card="anna", total="100"))

    assert answer.context["outcome"].preview.card is None
    assert anna.number not in answer.content.decode()


def test_more_lines_come_by_a_button_and_nothing_typed_is_lost(program: Program) -> None:
    campaign = draft(program, percent("10"))

    answer = tried(
        campaign, **basket({"sku": "t1", "amount": "9"}, card="anna", total="12.50", add_lines="1")
    )

    assert "outcome" not in answer.context
    assert len(answer.context["line_forms"].forms) == 4
    text = answer.content.decode()
    for typed in ('value="t1"', 'value="anna"', 'value="12.50"', 'value="9"'):
        assert typed in text


def test_numbers_may_be_typed_as_the_reader_writes_them(program: Program, anna: Card) -> None:
    client = boss()
    answer = client.post(
        page("test", draft(program, percent("10"))),
        basket(card="anna", total="1234,50"),
        headers={"accept-language": "ru"},
    )

    (given,) = answer.context["outcome"].given
    assert given.granted == "123"


def test_a_test_costs_the_same_for_any_history(program: Program, anna: Card) -> None:
    campaign = draft(program, percent("10", conditions=[[asks("purchase_number", match="first")]]))
    client, data = boss(), basket(card="anna", total="100.00")
    few = count_queries(client, page("test", campaign), data)
    for number in range(50):
        services.record_purchase(card=anna, external_id=f"p{number}", total="1.00", occurred_at=START)
    services.process_inbox()

    assert count_queries(client, page("test", campaign), data) == few


# --- other triggers ---------------------------------------------------------------------------------------------------


def test_a_date_that_comes_is_supposed(program: Program, anna: Card) -> None:
    definition = percent("10", conditions=[[asks("days_since_enrolment", minimum=1)]])
    amount = {"kind": "loyalty.fixed", "value": "50"}
    definition["actions"][0]["amount"] = amount
    definition["trigger"] = {"kind": "loyalty.scheduled", "params": {"time": "09:00"}}
    campaign = draft(program, definition)

    answer = tried(campaign, card="anna", occurred_at="2025-03-05T10:00")

    assert [one[0] for one in checks(answer)] == ["pass"]
    (given,) = answer.context["outcome"].given
    assert given.granted == "50"
    assert "cannot be made to happen in a test" in answer.content.decode()


def test_other_triggers_need_a_card(program: Program) -> None:
    definition = percent("10")
    definition["actions"][0]["amount"] = {"kind": "loyalty.fixed", "value": "50"}
    definition["trigger"] = {"kind": "loyalty.card_enrolled"}

    answer = tried(draft(program, definition), card="", occurred_at="")

    assert answer.context["card_form"].errors == {"card": ["This field is required."]}


def test_a_reward_for_a_reward_is_tried_by_a_purchase(program: Program, anna: Card) -> None:
    services.publish_campaign(
        campaign=draft(program, percent("10", key="own")), effective_from=START - DAY, allow_past=True
    )
    definition = percent("50", to="parent_card")
    definition["actions"][0]["amount"]["of"] = "granted"
    definition["trigger"] = {"kind": "loyalty.reward_granted"}
    campaign = draft(program, definition)

    answer = tried(campaign, **basket(card="anna", total="100.00"))

    given = answer.context["outcome"].given
    assert [(one.own, one.recipient, one.granted) for one in given] == [
        (True, "its parent card", "5"),
        (False, "the card itself", "10"),
    ]


class LessonKind(EventKind):
    kind = "test.lesson"
    label = "Lesson finished"

    class Payload(forms.Form):
        score = forms.IntegerField(label="score", min_value=0)
        teacher = forms.CharField(label="teacher", required=False)


@pytest.fixture
def lesson() -> Iterator[type[LessonKind]]:
    with event_kinds.register_temporarily(LessonKind):
        yield LessonKind


def test_an_event_of_the_host_is_filled_in_by_its_own_fields(
    program: Program, anna: Card, lesson: Any
) -> None:
    definition = percent(
        "10", conditions=[[asks("payload_field", field="score", operator="at_least", value="9")]]
    )
    definition["actions"][0]["amount"] = {"kind": "loyalty.fixed", "value": "7"}
    definition["trigger"] = {"kind": "test.lesson"}
    campaign = draft(program, definition)
    client = boss()

    good = tried(
        campaign, client, **{"card": "anna", "occurred_at": "", "payload-score": "10", "payload-teacher": ""}
    )
    poor = tried(
        campaign, client, **{"card": "anna", "occurred_at": "", "payload-score": "8", "payload-teacher": ""}
    )
    wrong = tried(
        campaign, client, **{"card": "anna", "occurred_at": "", "payload-score": "-1", "payload-teacher": ""}
    )

    assert [one.granted for one in good.context["outcome"].given] == ["7"]
    assert [one[0] for one in checks(poor)] == ["fail"]
    assert list(wrong.context["payload_form"].errors) == ["score"]


def test_the_future_may_be_tried(program: Program, anna: Card) -> None:
    later = (START + timedelta(days=5000)).strftime("%Y-%m-%dT%H:%M")
    campaign = draft(program, percent("10", starts_at="2030-01-01T00:00:00Z"))
    client = boss()

    before = tried(campaign, client, **basket(card="anna", total="100", occurred_at="2025-03-05T10:00"))
    after = tried(campaign, client, **basket(card="anna", total="100", occurred_at=later))

    assert "“Bonus” had not started." in before.content.decode()
    assert [one.granted for one in after.context["outcome"].given] == ["10"]
