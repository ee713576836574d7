"""The two conditions: what they answer, and that `audience` asks the database the same."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.models import Card
from loyalty.rules import Outcome, Result, Settings
from loyalty.rules.params import ParamsInvalid, clean_settings
from loyalty.rules.registry import conditions
from loyalty.rules.views import CardView
from referrals.journey import FACT, CardReferrals, ReferralState
from referrals.models import ReferrerStats
from tests.loyalty.rules.asking import asking
from tests.referrals.rows import START, make_card, make_program, make_referral
from tests.referrals.world import World, day

CARD = 1
LINK, CLIENTS = "referrals.registered_via_link", "referrals.referred_clients"


def clean(kind: str, **params: object) -> Settings:
    """The settings as a published campaign has them."""
    return clean_settings(conditions.get(kind).Params, params).values


def view(known: CardReferrals, *, at: float = 10) -> CardView:
    """A card about which this is known."""
    world = World(CARD)
    world.state.facts.install(world.fact, {CARD: known})
    return CardView(world.state, world.state.cards[CARD], day(at))


def ask(kind: str, about: CardView, **params: object) -> Outcome:
    """The condition's answer; none of ours looks at the event."""
    event: Any = None
    return conditions.get(kind).check(about, event, clean(kind, **params))


def came(method: str = "code", at: float = 1) -> CardReferrals:
    """A card that was brought."""
    return CardReferrals(ReferralState(1, 2, None, "ABC", method, day(at), 1))


@pytest.mark.parametrize(
    ("known", "params", "result", "code"),
    [
        (CardReferrals(), {}, Result.FAIL, "not_referred"),
        (came(), {}, Result.PASS, "ok"),
        (came(at=10), {}, Result.PASS, "ok"),
        (came(at=11), {}, Result.FAIL, "not_referred"),
        (came("cookie"), {"methods": ["code", "cookie"]}, Result.PASS, "ok"),
        (came("staff"), {"methods": ["code", "cookie"]}, Result.FAIL, "other_method"),
        (CardReferrals(), {"methods": ["code"]}, Result.FAIL, "not_referred"),
    ],
    ids=["nobody", "brought", "at this very moment", "only later", "one of", "none of", "nobody, by code"],
)
def test_registered_via_link(
    known: CardReferrals, params: dict[str, object], result: Result, code: str
) -> None:
    outcome = ask(LINK, view(known), **params)

    assert (outcome.result, outcome.code) == (result, code)


def test_registered_via_link_says_what_it_wanted_and_saw() -> None:
    outcome = ask(LINK, view(came("staff")), methods=["cookie", "code", "code"])

    assert (outcome.expected, outcome.actual) == (["code", "cookie"], "staff")


@pytest.mark.parametrize(
    ("match", "count", "friends", "result", "code", "threshold"),
    [
        ("at", 3, 2, Result.FAIL, "count_not_reached", None),
        ("at", 3, 3, Result.PASS, "ok", 3),
        ("at", 3, 4, Result.FAIL, "count_passed", None),
        ("every", 3, 0, Result.FAIL, "not_a_multiple", None),
        ("every", 3, 3, Result.PASS, "ok", 3),
        ("every", 3, 5, Result.FAIL, "not_a_multiple", None),
        ("every", 3, 6, Result.PASS, "ok", 6),
        ("every", 1, 4, Result.PASS, "ok", 4),
        ("at_least", 3, 2, Result.FAIL, "count_not_reached", None),
        ("at_least", 3, 3, Result.PASS, "ok", None),
        ("at_least", 3, 9, Result.PASS, "ok", None),
    ],
)
def test_referred_clients(
    match: str, count: int, friends: int, result: Result, code: str, threshold: int | None
) -> None:
    about = view(CardReferrals(registered=friends + 50, qualified=friends))

    outcome = ask(CLIENTS, about, match=match, count=count)

    assert outcome == Outcome(result, code, expected=count, actual=friends, threshold=threshold)


def test_referred_clients_counts_the_stage_that_it_names() -> None:
    about = view(CardReferrals(registered=5, qualified=2))

    assert ask(CLIENTS, about, match="at", count=5, stage="registered").threshold == 5
    assert ask(CLIENTS, about, match="at", count=2, stage="qualified").threshold == 2
    assert conditions.get(CLIENTS).count(about, clean(CLIENTS, match="at", count=9, stage="registered")) == 5


@pytest.mark.parametrize(("match", "milestone"), [("at", True), ("every", True), ("at_least", False)])
def test_s20_a_milestone_is_a_count_that_is_reached_once(match: str, milestone: bool) -> None:
    assert conditions.get(CLIENTS).is_milestone(clean(CLIENTS, match=match, count=3)) is milestone


@pytest.mark.parametrize("kind", [LINK, CLIENTS])
def test_both_need_the_fact_and_stand_on_no_purchase(kind: str) -> None:
    condition = conditions.get(kind)

    assert [need.fact for need in condition.needs({})] == [FACT]
    assert condition.recheck(None, {}) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "params", "path", "code"),
    [
        (CLIENTS, {"match": "at", "count": 0}, "count", "min_value"),
        (CLIENTS, {"match": "at", "count": "3"}, "count", "wrong_type"),
        (CLIENTS, {"match": "about", "count": 3}, "match", "invalid_choice"),
        (CLIENTS, {"match": "at"}, "count", "required"),
        (CLIENTS, {"match": "at", "count": 3, "stage": "visited"}, "stage", "invalid_choice"),
        (LINK, {"methods": ["dream"]}, "methods", "invalid_choice"),
        (LINK, {"method": "code"}, "method", "unknown_key"),
    ],
)
def test_nonsense_is_refused_by_name(kind: str, params: dict[str, object], path: str, code: str) -> None:
    with pytest.raises(ParamsInvalid) as refused:
        clean(kind, **params)

    assert [(one["path"], one["code"]) for one in refused.value.problems] == [(path, code)]


def test_settings_have_one_canonical_form() -> None:
    assert clean_settings(conditions.get(CLIENTS).Params, {"match": "every", "count": 3}).canonical == {
        "match": "every",
        "count": 3,
        "stage": "qualified",
    }
    assert clean_settings(conditions.get(LINK).Params, {"methods": ["cookie", "link"]}).canonical == {
        "methods": ["link", "cookie"]
    }
    assert clean_settings(conditions.get(LINK).Params, {}).canonical == {"methods": []}


@pytest.mark.django_db
@pytest.mark.parametrize("match", ["at", "every", "at_least"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("stage", ["registered", "qualified"])
def test_audience_of_referred_clients_is_whoever_passes(match: str, count: int, stage: str) -> None:
    program = make_program()
    expected = set()
    for registered, qualified in [(0, 0), (1, 0), (1, 1), (2, 1), (3, 3), (4, 2), (6, 6)]:
        card = make_card(program)
        ReferrerStats.objects.create(card=card, registered=registered, qualified=qualified)
        about = view(CardReferrals(registered=registered, qualified=qualified))
        if ask(CLIENTS, about, match=match, count=count, stage=stage).result is Result.PASS:
            expected.add(card.pk)
    nobody = make_card(program)

    audience = conditions.get(CLIENTS).audience(
        clean(CLIENTS, match=match, count=count, stage=stage), asking()
    )

    assert audience is not None
    assert set(Card.objects.filter(audience).values_list("pk", flat=True)) == expected
    assert nobody.pk in set(Card.objects.filter(~audience).values_list("pk", flat=True))
    assert Card.objects.filter(audience).count() + Card.objects.filter(~audience).count() == 8


@pytest.mark.django_db
def test_audience_of_registered_via_link_is_whoever_passes() -> None:
    program = make_program()
    referrer, by_code, by_staff = (make_card(program) for _ in range(3))
    make_referral(by_code, referrer, method="code")
    make_referral(by_staff, referrer, method="staff", registered_at=START)

    def reached(**params: object) -> set[int]:
        audience = conditions.get(LINK).audience(clean(LINK, **params), asking())
        assert audience is not None
        return set(Card.objects.filter(audience).values_list("pk", flat=True))

    assert reached() == {by_code.pk, by_staff.pk}
    assert reached(methods=["staff", "import"]) == {by_staff.pk}
