"""From a definition to what the engine runs: defaults, canonical form, compiled form."""

import logging
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from django import forms
from django.utils import translation

from loyalty.exceptions import CampaignInvalid
from loyalty.rules.compile import canonical_campaign, compile_campaign, compile_or_error, effective_from
from loyalty.rules.compiled import CompiledLimit, Pot, Recipient
from loyalty.rules.effects import EmitEvent, Multiply
from loyalty.rules.registry import conditions
from loyalty.rules.state import CardState
from tests.loyalty.rules.asking import NOON, happened, program
from tests.loyalty.rules.definitions import (
    COUNTED,
    CREDIT,
    DOUBLE,
    EMIT,
    FIXED,
    Counted,
    campaign,
    two_currencies,
)

pytestmark = pytest.mark.usefixtures("host_rules")


def test_the_canonical_form_has_every_default_in_its_place() -> None:
    canonical = canonical_campaign(campaign(effective_from="2026-01-01T00:00:00Z"), program=program())

    assert list(canonical.items()) == [
        ("key", "c"),
        ("name", ""),
        ("trigger", {"kind": "loyalty.purchase"}),
        ("starts_at", None),
        ("ends_at", None),
        ("priority", 100),
        ("phase", "base"),
        ("stacking", None),
        ("conditions", []),
        ("actions", canonical["actions"]),
        ("limits", []),
    ]
    assert list(canonical["actions"][0].items()) == [
        ("slot", "buyer"),
        ("kind", "loyalty.credit"),
        ("recipient", "card"),
        ("currency", "points"),
        ("on_refund", "proportional"),
        ("amount", canonical["actions"][0]["amount"]),
        ("pot", None),
        ("params", {"hold": None, "validity": None}),
    ]
    assert canonical_campaign(canonical, program=program()) == canonical


def test_the_compiled_form() -> None:
    definition = campaign(
        name="Levels",
        starts_at="2026-11-21T00:00:00+03:00",
        ends_at="2026-12-21T00:00:00+03:00",
        priority=-5,
        conditions=[
            [{"kind": "loyalty.source", "about": "parent_card", "negate": True, "params": {"sources": ["a"]}}]
        ],
        actions=[
            CREDIT
            | {
                "recipient": {"role": "ancestors", "blocked": "compress"},
                "amount": {"kind": "loyalty.percent_by_level", "percents": ["10", "2.5"]},
                "pot": {"percent": "12.5"},
            }
        ],
        limits=[
            {"max": 3, "period": "day"},
            {"per": "campaign", "measure": "amount", "max": "1000", "at_edge": "skip"},
        ],
    )

    compiled = compile_campaign(definition, program=program(), pk=4, revision_pk=7)

    assert (compiled.pk, compiled.revision_pk, compiled.key, compiled.name) == (4, 7, "c", "Levels")
    assert (compiled.trigger, compiled.priority, compiled.error) == ("loyalty.purchase", -5, "")
    assert compiled.starts_at == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert compiled.ends_at == datetime(2026, 12, 20, 21, tzinfo=UTC)
    ((condition,),) = compiled.groups
    assert (condition.condition.kind, condition.about, condition.negate) == (
        "loyalty.source",
        "parent_card",
        True,
    )
    (action,) = compiled.actions
    assert action.recipient == Recipient("ancestors", "compress")
    assert action.pot == Pot(Fraction(25, 2), "total", "proportional")
    assert action.amount_levels == 2
    assert compiled.limits == (
        CompiledLimit("recipient", "times", 3, "day", "cut"),
        CompiledLimit("campaign", "amount", 1000, "lifetime", "skip"),
    )


def test_an_amount_s_limit_is_in_the_currency_s_units() -> None:
    definition = campaign(
        actions=[CREDIT | {"currency": "cents"}], limits=[{"measure": "amount", "max": "10.5"}]
    )

    assert compile_campaign(definition, program=two_currencies()).limits[0].maximum == 1050


@pytest.mark.parametrize(
    ("action", "conditions", "phase", "policy"),
    [
        pytest.param(CREDIT, [], "base", "proportional", id="computed"),
        pytest.param(FIXED, [], "base", "while_met", id="fixed"),
        pytest.param(EMIT, [], "base", "while_met", id="event"),
        pytest.param(DOUBLE, [], "multiplier", "proportional", id="multiplier"),
        pytest.param(FIXED, COUNTED, "base", "milestone", id="milestone"),
        pytest.param(CREDIT | {"on_refund": "full_only"}, [], "base", "full_only", id="chosen"),
        pytest.param(FIXED | {"on_refund": "never"}, COUNTED, "base", "never", id="milestone-never"),
    ],
)
def test_what_a_refund_does_by_default(
    action: dict[str, Any], conditions: Any, phase: str, policy: str
) -> None:
    definition = campaign(actions=[action], conditions=conditions, phase=phase)

    assert compile_campaign(definition, program=program()).actions[0].on_refund == policy


def test_multipliers_and_events() -> None:
    double = compile_campaign(campaign(phase="multiplier", actions=[DOUBLE]), program=program()).actions[0]
    emit = compile_campaign(campaign(actions=[EMIT]), program=program()).actions[0]
    context = {"event": happened(), "card": CardState(1, NOON), "level": 0}

    assert double.action.effect(**context, params=double.params) == Multiply(Fraction(2))
    assert emit.action.effect(**context, params=emit.params) == EmitEvent(
        "tests.lesson", {"score": 9, "note": ""}
    )
    assert emit.currency is None


def test_a_renamed_kind_is_stored_by_its_present_name() -> None:
    definition = campaign(trigger={"kind": "tests.course"}, actions=[FIXED])

    assert canonical_campaign(definition, program=program())["trigger"] == {"kind": "tests.lesson"}
    assert compile_campaign(definition, program=program()).trigger == "tests.lesson"


def test_messages_are_in_the_reader_s_language() -> None:
    definition = campaign(actions=[CREDIT | {"amount": {"kind": "loyalty.percent", "percent": "1001"}}])

    with translation.override("ru"), pytest.raises(CampaignInvalid) as refused:
        compile_campaign(definition, program=program())

    assert isinstance(refused.value.details, list)
    assert refused.value.details[0]["message"] == "Убедитесь, что это значение меньше либо равно 1000."


def test_what_does_not_compile_stops_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    definition = campaign(key="broken", name="B", priority=7, conditions=[[{"kind": "tests.none"}]])

    with translation.override("ru"):
        compiled = compile_or_error(definition, program=program(), pk=1, revision_pk=2)

    assert (compiled.pk, compiled.revision_pk, compiled.key, compiled.name) == (1, 2, "broken", "B")
    assert (compiled.trigger, compiled.priority, compiled.actions) == ("loyalty.purchase", 7, ())
    assert compiled.error.startswith("conditions[0][0].kind: “tests.none” is not registered.")
    assert caplog.records[0].levelno == logging.ERROR


def test_a_form_that_raises_stops_its_campaign_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Raising(Counted):
        kind = "tests.raising"

        class Params(forms.Form):
            def clean(self) -> dict[str, Any]:
                raise ZeroDivisionError("oh")

    with conditions.register_temporarily(Raising):
        compiled = compile_or_error(campaign(conditions=[[{"kind": "tests.raising"}]]), program=program())

    assert compiled.error == "ZeroDivisionError: oh"


def test_effective_from() -> None:
    assert effective_from(campaign()) is None
    assert effective_from(campaign(effective_from="2026-01-01T02:00:00+02:00")) == datetime(
        2026, 1, 1, tzinfo=UTC
    )
    with pytest.raises(CampaignInvalid):
        effective_from(campaign(effective_from="soon"))
