"""Segments in memory: what they mean by date, how campaigns ask for them, and which definitions are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid, SegmentInvalid
from loyalty.processing.campaigns import make_segment
from loyalty.rules import Need
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compile_segments import canonical_segment
from loyalty.rules.segments import LISTS, Segment, segments_named
from loyalty.rules.state import ProgramRules
from tests.loyalty.rules import asking
from tests.loyalty.rules.asking import NOON, ask, failed, happened, passed

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SPENDERS = {"conditions": [[{"kind": "loyalty.lifetime_spend", "params": {"minimum": "100"}}]]}
REGULARS = {"conditions": [[{"kind": "loyalty.lifetime_purchases", "params": {"minimum": 3}}]]}


def with_segments(**written: list[tuple[datetime, dict[str, Any]]]) -> ProgramRules:
    rules = asking.program()
    return replace(
        rules, segments={key: make_segment(key, told, rules=rules) for key, told in written.items()}
    )


def test_a_segment_means_at_each_moment_what_was_written_last_for_it() -> None:
    rules = with_segments(vip=[(NOON, REGULARS), (NOON - timedelta(days=1), SPENDERS)])

    def asked(at: datetime, **card: int) -> Any:
        return ask("loyalty.segment", {"segment": "vip"}, happened(at=at), of=rules, **card)

    assert asked(NOON - timedelta(days=2), spent_total=10000) == failed("segment_not_in_effect", "vip")
    assert asked(NOON - timedelta(days=1), spent_total=10000) == passed("vip")
    assert asked(NOON, spent_total=10000) == passed("vip")  # written later, though for an earlier moment
    assert asked(NOON, purchases_count=3) == failed("not_in_segment", "vip")


def test_a_list_is_read_by_date() -> None:
    rules = with_segments(vip=[(LONG_AGO, {"listed": True})])
    rows = [(NOON, True), (NOON + timedelta(days=1), False)]

    def asked(at: datetime) -> Any:
        known = {LISTS: {"vip": rows, "others": [(LONG_AGO, True)]}}
        return ask("loyalty.segment", {"segment": "vip"}, happened(at=at), of=rules, known=known)

    assert asked(NOON - timedelta(seconds=1)) == failed("not_in_segment", "vip")
    assert asked(NOON) == passed("vip")
    assert asked(NOON + timedelta(days=1)) == failed("not_in_segment", "vip")


def test_without_conditions_it_is_everybody() -> None:
    rules = with_segments(all=[(LONG_AGO, {"conditions": []})])

    assert ask("loyalty.segment", {"segment": "all"}, happened(), of=rules) == passed("all")


def test_any_group_is_enough_and_not_turns_a_question_round() -> None:
    either = [SPENDERS["conditions"][0], [{**REGULARS["conditions"][0][0], "negate": True}]]
    rules = with_segments(some=[(LONG_AGO, {"conditions": either})])

    def asked(**card: int) -> str:
        return ask("loyalty.segment", {"segment": "some"}, happened(), of=rules, **card).code

    assert asked(spent_total=10000, purchases_count=3) == "ok"
    assert asked(spent_total=0, purchases_count=2) == "ok"
    assert asked(spent_total=0, purchases_count=3) == "not_in_segment"


def test_s35_about_a_parent_card_that_does_not_exist_no_group_holds() -> None:
    group = [{**SPENDERS["conditions"][0][0], "about": "parent_card", "negate": True}]
    rules = with_segments(some=[(LONG_AGO, {"conditions": [group]})])

    asked = ask("loyalty.segment", {"segment": "some"}, happened(), of=rules)

    assert asked == failed("not_in_segment", "some")


def test_it_wants_what_its_conditions_and_its_list_want() -> None:
    window = {"kind": "loyalty.window_spend", "about": "parent_card", "params": {"days": 30, "minimum": "1"}}
    told = [(LONG_AGO, {"conditions": [[window]]}), (NOON, {"listed": True})]
    campaign = compile_campaign(
        campaign_asking("vip", about="parent_card"), program=with_segments(vip=told, other=[(NOON, REGULARS)])
    )

    assert list(campaign.needs()) == [Need("loyalty.recent_purchases", 30), Need(LISTS, "vip")]
    assert campaign.levels == 2  # the parent card's parent card


def campaign_asking(key: str, **more: Any) -> dict[str, Any]:
    return {
        "key": "gift",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [[{"kind": "loyalty.segment", "params": {"segment": key}, **more}]],
        "actions": [
            {
                "slot": "gift",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "1"},
            }
        ],
    }


def test_an_unknown_or_archived_segment_is_refused() -> None:
    rules = with_segments(vip=[(LONG_AGO, REGULARS)])
    gone = replace(rules, segments={"vip": replace(rules.segments["vip"], archived=True)})

    for program, key in ((rules, "vpi"), (gone, "vip")):
        with pytest.raises(CampaignInvalid) as refused:
            compile_campaign(campaign_asking(key), program=program)
        (problem,) = refused.value.details
        assert (problem["path"], problem["code"]) == ("conditions[0][0].params.segment", "unknown_segment")
        assert key in problem["message"]


def test_a_definition_that_compiles_no_more_stops_the_campaigns_that_ask() -> None:
    rules = with_segments(vip=[(LONG_AGO, {"conditions": [[{"kind": "shop.gone"}]]})])

    asked = ask("loyalty.segment", {"segment": "vip"}, happened(), of=rules)

    assert (asked.result, asked.code, asked.expected) == ("error", "segment_broken", "vip")


@pytest.mark.parametrize(
    ("definition", "mistakes"),
    [
        pytest.param({}, [("", "conditions_or_list")], id="neither"),
        pytest.param({"listed": False}, [("", "conditions_or_list")], id="neither-said"),
        pytest.param({"listed": True, **REGULARS}, [("", "conditions_or_list")], id="both"),
        pytest.param(
            {"listed": "yes"}, [("listed", "wrong_type"), ("", "conditions_or_list")], id="no-boolean"
        ),
        pytest.param({"listed": True, "lsited": 1}, [("lsited", "unknown_key")], id="unknown-key"),
        pytest.param({"conditions": [[]]}, [("conditions[0]", "not_a_group")], id="empty-group"),
        pytest.param(
            {"conditions": [[{"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}]]},
            [("conditions[0][0].kind", "needs_event")],
            id="about-the-purchase",
        ),
        pytest.param(
            {
                "conditions": [
                    [*REGULARS["conditions"][0], {"kind": "loyalty.source", "params": {"sources": ["a"]}}]
                ]
            },
            [("conditions[0][1].kind", "needs_event")],
            id="about-the-event",
        ),
        pytest.param(
            {"conditions": [[{"kind": "loyalty.first_reward"}]]},
            [("conditions[0][0].kind", "needs_event")],
            id="about-a-campaign",
        ),
        pytest.param(
            {"conditions": [[{"kind": "loyalty.segment", "params": {"segment": "vip"}}]]},
            [("conditions[0][0].kind", "segment_in_segment")],
            id="another-segment",
        ),
        pytest.param(
            {"conditions": [[{"kind": "loyalty.lifetime_spend", "params": {"minimum": "x"}}]]},
            [("conditions[0][0].params.minimum", "wrong_type")],
            id="settings",
        ),
    ],
)
def test_what_makes_no_segment_is_refused(
    definition: dict[str, Any], mistakes: list[tuple[str, str]]
) -> None:
    with pytest.raises(SegmentInvalid) as refused:
        canonical_segment(definition, program=with_segments(vip=[(LONG_AGO, REGULARS)]))

    assert [(one["path"], one["code"]) for one in refused.value.details] == mistakes


def test_the_canonical_form_has_every_default() -> None:
    condition = {
        "kind": "loyalty.lifetime_purchases",
        "about": "card",
        "negate": False,
        "params": {"minimum": 3, "maximum": None},
    }

    assert canonical_segment(REGULARS, program=asking.program()) == {"conditions": [[condition]]}
    assert canonical_segment({"listed": True}, program=asking.program()) == {"listed": True}


def test_two_that_say_the_same_have_the_same_content() -> None:
    one = with_segments(vip=[(NOON, REGULARS)]).segments["vip"]

    assert one.content == with_segments(vip=[(NOON, REGULARS)]).segments["vip"].content
    assert one.content != with_segments(vip=[(LONG_AGO, REGULARS)]).segments["vip"].content
    assert one.content != with_segments(vip=[(NOON, SPENDERS)]).segments["vip"].content
    assert Segment("vip").at(NOON) is None


def test_the_segments_that_a_campaign_names() -> None:
    definition = campaign_asking("vip")
    definition["conditions"].append([{"kind": "loyalty.weekday", "params": {"days": ["mon"]}}])
    entered = {"trigger": {"kind": "loyalty.segment_entered", "params": {"segment": "new"}}, "conditions": []}

    assert segments_named(definition) == {"vip"}
    assert segments_named(entered) == {"new"}
    assert segments_named({"trigger": None}) == set()
