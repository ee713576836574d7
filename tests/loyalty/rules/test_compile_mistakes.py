"""Every mistake in a definition, named by its path."""

from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid
from loyalty.rules.compile import compile_campaign
from tests.loyalty.rules.asking import program
from tests.loyalty.rules.definitions import COUNTED, CREDIT, DOUBLE, EMIT, FIXED, campaign, two_currencies

pytestmark = pytest.mark.usefixtures("host_rules")


def mistakes(definition: Any, path: str = "") -> list[tuple[str, str]]:
    with pytest.raises(CampaignInvalid) as refused:
        compile_campaign(definition, program=two_currencies(), path=path)
    assert isinstance(refused.value.details, list)
    return [(one["path"], one["code"]) for one in refused.value.details]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": None}, ("key", "required")),
        ({"key": "a key"}, ("key", "invalid_slug")),
        ({"key": 5}, ("key", "wrong_type")),
        ({"name": "x" * 201}, ("name", "too_long")),
        ({"name": "nul\0"}, ("", "unprintable")),
        ({"name": "\ud800"}, ("", "unprintable")),
        ({"prioritiy": 5}, ("prioritiy", "unknown_key")),
        ({"priority": "5"}, ("priority", "wrong_type")),
        ({"priority": 2**31}, ("priority", "wrong_type")),
        ({"phase": "late"}, ("phase", "invalid_choice")),
        ({"phase": "multiplier"}, ("actions[0].kind", "wrong_phase")),
        ({"actions": [DOUBLE]}, ("actions[0].kind", "wrong_phase")),
        ({"trigger": None}, ("trigger", "required")),
        ({"trigger": "loyalty.purchase"}, ("trigger", "not_a_mapping")),
        ({"trigger": {"kind": "tests.unknown"}}, ("trigger.kind", "unknown_kind")),
        ({"trigger": {"kind": "loyalty.refund"}}, ("trigger.kind", "not_a_trigger")),
        ({"trigger": {"kind": "loyalty.purchase", "params": {"a": 1}}}, ("trigger.params.a", "unknown_key")),
        ({"starts_at": "2026-11-21"}, ("starts_at", "invalid_instant")),
        (
            {"starts_at": "2026-11-21T00:00:00Z", "ends_at": "2026-11-21T00:00:00Z"},
            ("ends_at", "ends_before_it_starts"),
        ),
        ({"effective_from": "now"}, ("effective_from", "invalid_instant")),
        ({"conditions": {}}, ("conditions", "not_a_list")),
        ({"conditions": [{"kind": "tests.counted"}]}, ("conditions[0]", "not_a_group")),
        ({"conditions": [[]]}, ("conditions[0]", "not_a_group")),
        ({"conditions": [[{"kind": "tests.none"}]]}, ("conditions[0][0].kind", "unknown_kind")),
        (
            {"conditions": [[{"kind": "tests.counted", "about": "child"}]]},
            ("conditions[0][0].about", "invalid_choice"),
        ),
        (
            {"conditions": [[{"kind": "tests.counted", "negate": "no"}]]},
            ("conditions[0][0].negate", "wrong_type"),
        ),
        (
            {"conditions": [[{"kind": "tests.counted", "params": 5}]]},
            ("conditions[0][0].params", "not_a_mapping"),
        ),
        ({"actions": []}, ("actions", "no_actions")),
        ({"actions": [CREDIT, CREDIT]}, ("actions", "slot_twice")),
        ({"limits": [{}]}, ("limits[0].max", "required")),
        ({"limits": [{"max": 0}]}, ("limits[0].max", "min_value")),
        ({"limits": [{"max": "1.5"}]}, ("limits[0].max", "invalid_amount")),
        ({"limits": [{"max": 1, "per": "no slug"}]}, ("limits[0].per", "invalid")),
        ({"limits": [{"max": 1, "period": "hour"}]}, ("limits[0].period", "invalid_choice")),
        ({"limits": [{"max": "0.5", "measure": "amount"}]}, ("limits[0].max", "invalid_amount")),
        (
            {
                "limits": [{"max": 1, "measure": "amount"}],
                "actions": [CREDIT, CREDIT | {"slot": "b", "currency": "cents"}],
            },
            ("limits[0].measure", "not_one_currency"),
        ),
        (
            {"limits": [{"max": 1, "measure": "amount"}], "actions": [EMIT]},
            ("limits[0].measure", "not_one_currency"),
        ),
    ],
)
def test_mistakes_in_a_campaign(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    definition = campaign() | changes
    definition = {name: value for name, value in definition.items() if value is not None}

    assert mistakes(definition) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"slot": None}, ("slot", "required")),
        ({"kind": "loyalty.pay"}, ("kind", "unknown_kind")),
        ({"recipient": "child_card"}, ("recipient", "invalid_choice")),
        ({"recipient": {"role": "ancestors", "blocked": "no"}}, ("recipient.blocked", "invalid_choice")),
        ({"recipient": {"role": "card", "blocked": "stop"}}, ("recipient.blocked", "not_for_this_role")),
        ({"recipient": {"rôle": "card", "role": "card"}}, ("recipient.rôle", "unknown_key")),
        ({"currency": None}, ("currency", "required")),
        ({"currency": "dollars"}, ("currency", "invalid_choice")),
        ({"amount": None}, ("amount", "required")),
        ({"amount": "5"}, ("amount", "not_a_mapping")),
        ({"amount": {"kind": "loyalty.none"}}, ("amount.kind", "unknown_kind")),
        ({"amount": {"kind": "loyalty.percent", "percent": 5.0}}, ("amount.percent", "wrong_type")),
        (
            {"amount": {"kind": "loyalty.percent_by_level", "percents": ["1"]}},
            ("amount.kind", "needs_levels"),
        ),
        ({"pot": {"percent": "5", "of": "lines"}}, ("pot.of", "invalid_choice")),
        ({"pot": {}}, ("pot.percent", "required")),
        ({"on_refund": "sometimes"}, ("on_refund", "invalid_choice")),
        ({"on_refund": "milestone"}, ("on_refund", "no_milestone")),
        ({"params": {"factor": "2"}}, ("params.factor", "unknown_key")),
        ({"label": "x"}, ("label", "unknown_key")),
    ],
)
def test_mistakes_in_an_action(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    action = {name: value for name, value in (CREDIT | changes).items() if value is not None}
    path, code = expected

    assert mistakes(campaign(actions=[action]), "campaigns[3]") == [(f"campaigns[3].actions[0].{path}", code)]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (DOUBLE | {"amount": {"kind": "loyalty.fixed", "value": "1"}}, ("amount", "not_for_this_action")),
        (DOUBLE | {"pot": {"percent": "1"}}, ("pot", "not_for_this_action")),
        (DOUBLE | {"params": {"factor": "0"}}, ("params.factor", "min_value")),
        ({name: value for name, value in DOUBLE.items() if name != "currency"}, ("currency", "required")),
    ],
)
def test_mistakes_in_a_multiplier(action: dict[str, Any], expected: tuple[str, str]) -> None:
    assert mistakes(campaign(phase="multiplier", actions=[action])) == [
        (f"actions[0].{expected[0]}", expected[1])
    ]


@pytest.mark.parametrize(
    ("event", "payload", "expected"),
    [
        ("tests.lesson", {"score": "9"}, ("payload.score", "wrong_type")),
        ("tests.lesson", {"score": 9, "scor": 1}, ("payload.scor", "unknown_key")),
        ("tests.none", {}, ("event", "unknown_event")),
        ("loyalty.purchase", {"total": "5"}, ("event", "unknown_event")),
        ("loyalty.card_enrolled", {}, ("event", "unknown_event")),
        ("loyalty.card_closed", {}, ("event", "unknown_event")),
        ("tests.lesson", [], ("payload", "wrong_type")),
    ],
)
def test_mistakes_in_an_emitted_event(event: str, payload: Any, expected: tuple[str, str]) -> None:
    action = EMIT | {"params": {"event": event, "payload": payload}}

    assert mistakes(campaign(actions=[action])) == [(f"actions[0].params.{expected[0]}", expected[1])]


def test_an_event_without_purchase_has_nothing_to_compute_on() -> None:
    definition = campaign(
        trigger={"kind": "loyalty.card_enrolled"},
        conditions=[
            [{"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}],
            [{"kind": "loyalty.purchase_number"}],
        ],
        actions=[CREDIT | {"pot": {"percent": "5"}}],
    )

    assert mistakes(definition) == [
        ("conditions[0][0].kind", "needs_purchase"),
        ("conditions[1][0].kind", "needs_purchase"),
        ("actions[0].amount.kind", "needs_purchase"),
        ("actions[0].pot", "needs_purchase"),
    ]
    assert compile_campaign(
        campaign(trigger={"kind": "loyalty.card_enrolled"}, actions=[FIXED]), program=program()
    )


def test_a_campaign_that_stands_on_a_count_takes_back_by_the_count() -> None:
    definition = campaign(conditions=COUNTED, actions=[CREDIT | {"on_refund": "proportional"}])

    assert mistakes(definition) == [("actions[0].on_refund", "stands_on_a_count")]


@pytest.mark.parametrize("definition", [None, [], "x", 5, {}])
def test_anything_at_all_may_be_given(definition: Any) -> None:
    assert mistakes(definition)
