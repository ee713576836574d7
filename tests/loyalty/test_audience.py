"""Audiences: the questions of conditions as queries, with the edges that random histories seldom meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from loyalty import services
from loyalty.exceptions import CampaignInvalid
from loyalty.models import Card, CardAttribute
from loyalty.processing.campaigns import make_segment
from loyalty.processing.load import load_state
from loyalty.rules import Asking, registry
from loyalty.rules.base import Result
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compiled import CampaignBook, CompiledCampaign, Publication
from loyalty.rules.conditions.comparing import compare
from loyalty.rules.evaluate import Views, evaluate
from loyalty.rules.events import EventState
from loyalty.rules.registry import facts
from loyalty.rules.state import ProgramRules
from loyalty.selectors import audience_cards, count_audience, find_audience
from loyalty.selectors.audience import audience_query
from loyalty.testing import process_inbox
from tests import factories as make
from tests.loyalty.rules import asking as rules_of_tests
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rules(program: Any, zone: str = "UTC") -> ProgramRules:
    return replace(rules_of_tests.program(zone=zone), pk=program.pk)


def campaign(conditions: list[list[dict[str, Any]]], program: ProgramRules) -> CompiledCampaign:
    action = {
        "slot": "gift",
        "kind": "loyalty.credit",
        "currency": "points",
        "amount": {"kind": "loyalty.fixed", "value": "1"},
    }
    given = {"key": "gift", "trigger": {"kind": "loyalty.purchase"}, "actions": [action]}
    return compile_campaign({**given, "conditions": conditions}, program=program)


def found(compiled: CompiledCampaign, asking: Asking) -> set[str]:
    query = audience_query(compiled.groups, asking)
    assert query is not None
    cards = Card.objects.filter(query, program_id=asking.program.pk)
    return set(cards.values_list("external_id", flat=True))


def said(compiled: CompiledCampaign, asking: Asking) -> set[str]:
    """For whom the engine says yes."""
    book = CampaignBook([Publication("gift", LONG_AGO, compiled)])
    events = {
        str(card): EventState("shop", "loyalty.card_enrolled", str(card), card.pk, asking.at)
        for card in Card.objects.filter(program_id=asking.program.pk)
    }
    state = load_state(
        program=asking.program,
        campaigns=book,
        events=list(events.values()),
        facts=list(facts),
        using="default",
        lock=False,
    )
    return {name for name, event in events.items() if evaluate(compiled, Views(state, event), event).fires}


def asked(kind: str, params: dict[str, Any], program: ProgramRules, at: datetime) -> set[str]:
    """Whom the query finds; the engine says the same, and of "not" as well."""
    asking = Asking(program, at, "gift")
    question = {"kind": kind, "params": params}
    compiled = campaign([[question]], program)
    answer = found(compiled, asking)
    assert answer == said(compiled, asking)
    turned = campaign([[{**question, "negate": True}]], program)
    assert found(turned, asking) == said(turned, asking) == said(campaign([], program), asking) - answer
    return answer


VALUES = [
    "",
    "7",
    "7.0",
    "07",
    "-7",
    "70",
    "7.5",
    "0",
    "-0",
    "0.00",
    "8.0",
    "north",
    "North",
    "Ünder",
    "z",
    "7a",
    "1e1",
]
VALUES += ["123456789.5", "9" * 12, "2025-01-31", " 7"]
WANTED = [
    "7",
    "7.00",
    "-7",
    "0",
    "-0.0",
    "7.5",
    "70",
    "north",
    "a",
    "Z",
    "ünder",
    "2025-02-01",
    "123456789.50",
]


@pytest.mark.parametrize("operator", ["is", "is_not", "at_least", "at_most"])
def test_attributes_compare_as_the_engine_compares_them(operator: str) -> None:
    program = make.ProgramFactory()
    make.CardFactory(program=program, external_id="none")
    for value in VALUES:
        card = make.CardFactory(program=program, external_id=f"{value!r}")
        CardAttribute.objects.create(card=card, name="level", value=value, since=LONG_AGO)
        CardAttribute.objects.create(card=card, name="other", value="7", since=LONG_AGO)

    for wanted in WANTED:
        params = {"name": "level", "operator": operator, "value": wanted}
        compiled = [
            campaign(
                [[{"kind": "loyalty.card_attribute", "negate": negate, "params": params}]], rules(program)
            )
            for negate in (False, True)
        ]
        for one in compiled:
            asking = Asking(rules(program), NOON)
            assert found(one, asking) == said_by_values(one, operator), wanted


def said_by_values(compiled: CompiledCampaign, operator: str) -> set[str]:
    """The engine's own comparison, without loading each card for each value."""
    (item,) = compiled.groups[0]
    wanted = Result.FAIL if item.negate else Result.PASS
    names = {None: "none", **{value: f"{value!r}" for value in VALUES}}
    return {name for value, name in names.items() if compare(value or None, item.params).result is wanted}


def test_an_attribute_is_that_of_the_moment() -> None:
    program = make.ProgramFactory()
    for name, told in {
        "moved": [(LONG_AGO, "north"), (NOON, "south")],
        "left": [(LONG_AGO, "north"), (NOON, "")],
        "later": [(NOON, "north")],
        "never": [],
    }.items():
        card = make.CardFactory(program=program, external_id=name)
        for since, value in told:
            CardAttribute.objects.create(card=card, name="region", value=value, since=since)

    north = {"name": "region", "value": "north"}
    just_before = NOON - timedelta(microseconds=1)
    assert asked("loyalty.card_attribute", north, rules(program), just_before) == {"moved", "left"}
    assert asked("loyalty.card_attribute", north, rules(program), NOON) == {"later"}
    for operator, there in (("present", {"moved", "later"}), ("missing", {"left", "never"})):
        params = {"name": "region", "operator": operator}
        assert asked("loyalty.card_attribute", params, rules(program), NOON) == there
    either = {"name": "region", "operator": "one_of", "values": ["south", "north"]}
    assert asked("loyalty.card_attribute", either, rules(program), NOON) == {"moved", "later"}


@pytest.mark.parametrize(
    "at",
    ["2026-02-28T23:30Z", "2026-03-01T10:00Z", "2028-02-28T10:00Z", "2028-02-29T10:00Z", "2026-12-30T22:00Z"],
)
def test_birthdays_and_anniversaries_around_the_turn_of_months_and_years(at: str) -> None:
    program = make.ProgramFactory()
    days = ["2024-02-28", "2024-02-29", "2024-03-01", "2023-02-28", "2023-03-01", "2023-12-31", "2024-01-01"]
    days += ["2025-12-30", "2024-12-30", "1928-02-29"]
    for day in days:
        card = make.CardFactory(
            program=program, external_id=day, enrolled_at=datetime.fromisoformat(f"{day}T22:30+00:00")
        )
        CardAttribute.objects.create(card=card, name="birthday", value=day, since=LONG_AGO)
    for text in ("2023-02-29", "2024-02-30", "soon", "2024-W09-4", "02-28"):
        card = make.CardFactory(program=program, external_id=text, enrolled_at=LONG_AGO)
        CardAttribute.objects.create(card=card, name="birthday", value=text, since=LONG_AGO)

    moment = datetime.fromisoformat(at)
    for zone, before, after in product(("UTC", "Europe/Moscow"), (0, 1, 3), (0, 1)):
        params: dict[str, Any] = {"days_before": before, "days_after": after}
        asked("loyalty.birthday", params, rules(program, zone), moment)
        asked("loyalty.anniversary", params, rules(program, zone), moment)
        asked("loyalty.anniversary", {**params, "years": 2}, rules(program, zone), moment)


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-29T00:00+01:00",  # Berlin: a day of 23 hours begins
        "2026-03-30T02:30+02:00",
        "2026-10-25T02:30+01:00",  # the second half past two of that day
        "2026-10-26T00:00+01:00",
    ],
)
def test_windows_and_days_begin_where_the_engine_begins_them(at: str) -> None:
    program = make.ProgramFactory()
    moment = datetime.fromisoformat(at)
    for hours in (0, 1, 22, 23, 24, 25, 47, 48, 49):
        for sign, edge in (("-", -1), ("", 0), ("+", 1)):
            then = (moment - timedelta(hours=hours, microseconds=-edge)).astimezone(UTC)
            card = make.CardFactory(
                program=program,
                external_id=f"{hours}{sign}",
                enrolled_at=then,
                purchases_count=1,
                spent_total=500,
            )
            make.PurchaseFactory(card=card, occurred_at=then, total=500, remaining=500)

    berlin = rules(program, "Europe/Berlin")
    for days in (1, 2):
        asked("loyalty.window_spend", {"days": days, "minimum": "5"}, berlin, moment)
        asked("loyalty.window_purchases", {"days": days, "maximum": 0}, berlin, moment)
        asked("loyalty.days_since_enrolment", {"minimum": days - 1, "maximum": days}, berlin, moment)
        for more in ({"minimum": days}, {"maximum": days}, {"minimum": days, "maximum": days}):
            asked("loyalty.days_since_purchase", more, berlin, moment)
            asked("loyalty.days_since_purchase", {**more, "or_never": True}, berlin, moment)


def spent(minimum: str, **more: Any) -> dict[str, Any]:
    return {"kind": "loyalty.lifetime_spend", "params": {"minimum": minimum}, **more}


def test_groups_are_alternatives_and_all_of_a_group_must_hold() -> None:
    program = make.ProgramFactory()
    for name, total, count in (("both", 10000, 5), ("rich", 10000, 1), ("often", 100, 5), ("new", 0, 0)):
        make.CardFactory(program=program, external_id=name, spent_total=total, purchases_count=count)
    often = {"kind": "loyalty.lifetime_purchases", "params": {"minimum": 5}}
    asking = Asking(rules(program), NOON)

    def whom(*groups: list[dict[str, Any]]) -> set[str]:
        return found(campaign(list(groups), asking.program), asking)

    assert whom() == {"both", "rich", "often", "new"}
    assert whom([spent("100"), often]) == {"both"}
    assert whom([spent("100")], [often]) == {"both", "rich", "often"}
    assert whom([spent("100", negate=True)], [{**often, "negate": True}]) == {"rich", "often", "new"}


def test_s35_of_a_card_without_a_parent_card_neither_the_question_nor_its_not_holds() -> None:
    program = make.ProgramFactory()
    rich = make.CardFactory(program=program, external_id="rich", spent_total=10000)
    poor = make.CardFactory(program=program, external_id="poor")
    for name, parent, since in (
        ("of-rich", rich, LONG_AGO),
        ("of-poor", poor, LONG_AGO),
        ("later", rich, NOON + timedelta(seconds=1)),
    ):
        make.CardFactory(
            program=program, external_id=name, parent=parent, parent_since=since, linked_at=since
        )
    asking = Asking(rules(program), NOON)

    for negate, there in ((False, {"of-rich"}), (True, {"of-poor"})):
        compiled = campaign([[spent("100", about="parent_card", negate=negate)]], asking.program)
        assert found(compiled, asking) == said(compiled, asking) == there


def test_what_needs_an_event_has_no_audience_at_all() -> None:
    program = make.ProgramFactory()
    asking = Asking(rules(program), NOON)
    total = {"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}
    compiled = campaign([[spent("1")], [spent("2"), total]], asking.program)

    assert audience_query(compiled.groups, asking) is None
    assert audience_cards(compiled.groups, asking) is None
    assert count_audience(compiled.groups, asking) is None


def test_the_audience_is_of_active_cards_of_the_program_in_order() -> None:
    program = make.ProgramFactory()
    cards = {
        name: make.CardFactory(program=program, external_id=name, **fields)
        for name, fields in {
            "a": {},
            "blocked": {"status": "blocked"},
            "blocked-later": {"status": "blocked", "status_since": NOON + timedelta(days=1)},
            "unblocked-later": {"status_since": NOON + timedelta(days=1)},
            "enrolled-later": {"enrolled_at": NOON + timedelta(days=1)},
            "z": {},
        }.items()
    }
    cards["unblocked-later"].status_changes.create(since=NOON, status="blocked")
    make.CardFactory()
    asking = Asking(rules(program), NOON)

    everybody = audience_cards((), asking)

    assert everybody is not None
    assert [str(card) for card in everybody] == ["a", "blocked-later", "z"]
    assert [str(card) for card in everybody.filter(pk__gt=cards["a"].pk)[:1]] == ["blocked-later"]
    with counted() as statements:
        assert count_audience((), asking) == 3
    assert len(statements) == 1


def test_a_segment_is_asked_as_one_query() -> None:
    program = make.ProgramFactory()
    member = make.SegmentMemberFactory(
        segment__program=program, segment__key="friends", card__external_id="friend", card__spent_total=10000
    )
    make.SegmentMemberFactory(segment=member.segment, card__external_id="left")
    left = Card.objects.get(external_id="left")
    make.SegmentMemberFactory(segment=member.segment, card=left, since=NOON, is_member=False)
    plain = rules(program)
    program_rules = replace(
        plain,
        segments={
            "friends": make_segment("friends", [(LONG_AGO, {"listed": True})], rules=plain),
            "rich": make_segment("rich", [(LONG_AGO, {"conditions": [[spent("100")]]})], rules=plain),
            "coming": make_segment("coming", [(NOON + timedelta(days=1), {"listed": True})], rules=plain),
        },
    )

    def whom(key: str, at: datetime = NOON) -> set[str]:
        return asked("loyalty.segment", {"segment": key}, program_rules, at)

    assert whom("friends") == {"friend"}
    assert whom("friends", NOON - timedelta(seconds=1)) == {"friend", "left"}
    assert whom("rich") == {"friend"}
    assert whom("coming") == set()
    broken = make_segment("broken", [(LONG_AGO, {"conditions": [[{"kind": "no.such"}]]})], rules=plain)
    compiled = campaign(
        [[{"kind": "loyalty.segment", "params": {"segment": "broken"}}]],
        replace(plain, segments={"broken": broken}),
    )
    assert audience_query(compiled.groups, Asking(plain, NOON)) is None
    assert registry.conditions.get("loyalty.segment").levels({"segment": broken}) == 0


def test_an_audience_by_conditions_as_in_a_campaign_file(program):
    anna = services.enrol_card(program=program, external_id="anna")
    services.enrol_card(program=program, external_id="boris")
    services.record_purchase(card=anna, external_id=1, total="50.00")
    process_inbox()
    bought = {"kind": "loyalty.lifetime_purchases", "params": {"minimum": 1}}

    def found(*groups: object, **more: object) -> list[str | None]:
        return [card.external_id for card in find_audience(conditions=groups, program=program, **more)]

    assert found([bought]) == ["anna"]
    assert found([{**bought, "negate": True}]) == ["boris"]
    assert found([bought], [{**bought, "negate": True}]) == ["anna", "boris"]
    assert found() == ["anna", "boris"]
    assert found(at=anna.enrolled_at - timedelta(1)) == []
    for wrong, code in (
        ({"kind": "loyalty.purchase_total", "params": {"minimum": "1.00"}}, "needs_audience"),
        ({"kind": "loyalty.unheard_of"}, "unknown_kind"),
    ):
        with pytest.raises(CampaignInvalid) as refusal:
            found([wrong])
        assert code in {one["code"] for one in refusal.value.details}
