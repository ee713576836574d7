"""The cookie: what is believed of it, which visit it keeps, and when the browser forgets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test.utils import override_settings
from django.utils import timezone

from loyalty.models import Card, Program
from referrals.cookies import read_cookie
from referrals.models import Visit
from referrals.selectors import current_visit
from referrals.services import counting_visit
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import COOKIE, MIDDLEWARE, browser, cookie_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

ANN, BOB = "ACEFHJKMNPRC", "ACEFHJKMNPTA"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    cache.clear()


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture(autouse=True)
def cards(program: Program) -> dict[str, Card]:
    return {number: make_card(program, number) for number in (ANN, BOB)}


def kept_by(client: Any, rf: Any) -> Visit | None:
    """The visit that the browser keeps, as the site sees it."""
    request = rf.get("/")
    request.COOKIES[COOKIE] = cookie_of(client)
    return current_visit(request)


def signed(value: object, **options: Any) -> str:
    return signing.dumps(value, **{"salt": "referrals.visit", **options})


@pytest.mark.parametrize("touch", ["last", "first"])
def test_which_of_several_visits_counts(touch: str, rf: Any, cards: dict[str, Card]) -> None:
    client = browser()
    with override_settings(REFERRALS={"TOUCH": touch}):
        client.get(f"/r/{ANN}")
        client.get(f"/r/{BOB}")

    visit = kept_by(client, rf)
    assert visit is not None
    assert visit.link.card == cards[ANN if touch == "first" else BOB]
    assert Visit.objects.count() == 2
    assert len(set(Visit.objects.values_list("visitor", flat=True))) == 1


def test_the_first_touch_is_worth_nothing_once_its_window_is_over(rf: Any, cards: dict[str, Card]) -> None:
    client = browser()
    with override_settings(REFERRALS={"TOUCH": "first", "COOKIE_DAYS": 30}):
        with time_machine.travel(timezone.now() - timedelta(days=31), tick=False):
            client.get(f"/r/{ANN}")
        client.get(f"/r/{BOB}")

        visit = kept_by(client, rf)
    assert visit is not None
    assert visit.link.card == cards[BOB]


@pytest.mark.parametrize(("days", "counts"), [(89, True), (91, False)])
def test_a_visit_counts_for_ninety_days(days: int, counts: bool, rf: Any) -> None:
    client = browser()
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        client.get(f"/r/{ANN}")

    assert (kept_by(client, rf) is not None) is counts


def test_the_window_is_that_of_the_visit_and_not_of_the_cookie(program: Program) -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    visit = Visit.objects.get()
    Visit.objects.update(visited_at=timezone.now() - timedelta(days=91))

    from referrals.cookies import Kept

    assert counting_visit(program=program, kept=Kept(visit.pk, visit.visitor)) is None


def test_the_same_link_within_half_an_hour_is_the_same_visit() -> None:
    client = browser()
    moment = timezone.now()

    for minutes in (0, 10, 31, 35):
        with time_machine.travel(moment + timedelta(minutes=minutes), tick=False):
            client.get(f"/r/{ANN}")

    assert Visit.objects.count() == 2


def test_another_browser_is_another_visitor() -> None:
    for _ in range(2):
        browser().get(f"/r/{ANN}")

    assert len(set(Visit.objects.values_list("visitor", flat=True))) == 2


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "\0",
        "ACEFHJKMNPRC",
        "a:b:c",
        "::",
        "eyJ2IjoxfQ:1abc:" + "A" * 43,
        "x" * 5_000,
        "каталог",
        signed([1, 1, "a"], salt="sessions"),
        signed([1, 1, "a"], key="the key of another site"),
        signed([2, 1, "a"]),
        signed([1, "1", "a"]),
        signed([1, 10**40, "a"]),
        signed([1, -1, "a"]),
        signed([1, 1, ""]),
        signed([1, 1]),
        signed({"visit": 1}),
        signed(None),
        signed([1, 1, "a"])[:-1],
    ],
    ids=[
        "empty",
        "short",
        "nul",
        "a code",
        "parts",
        "colons",
        "made up",
        "long",
        "Cyrillic",
        "other salt",
        "other site",
        "other version",
        "text for a key",
        "huge",
        "negative",
        "no visitor",
        "too few",
        "dict",
        "null",
        "cut off",
    ],
)
def test_threat_forged_cookie_and_cookie_of_another_site(value: str, rf: Any) -> None:
    browser().get(f"/r/{ANN}")
    request = rf.get("/")
    request.COOKIES[COOKIE] = value

    assert read_cookie(request) is None
    assert current_visit(request) is None


def test_threat_a_cookie_with_the_visit_of_somebody_else_keeps_nothing(rf: Any) -> None:
    browser().get(f"/r/{ANN}")
    request = rf.get("/")
    request.COOKIES[COOKIE] = signed([1, Visit.objects.get().pk, "f" * 32])

    assert current_visit(request) is None


def test_a_key_that_was_replaced_is_still_believed(rf: Any, settings: Any) -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]

    assert kept_by(client, rf) is not None


def test_a_broken_cookie_is_replaced_by_the_next_visit(rf: Any) -> None:
    client = browser()
    client.cookies[COOKIE] = "garbage"

    client.get(f"/r/{ANN}")

    assert kept_by(client, rf) == Visit.objects.get()


def test_a_visit_is_of_one_program(rf: Any, program: Program) -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    request = rf.get("/")
    request.COOKIES[COOKIE] = cookie_of(client)

    assert current_visit(request, program=make_program(slug="books")) is None
    assert current_visit(request, program=program) == Visit.objects.get()


def test_who_sent_a_visitor_takes_two_statements_and_none_without_a_cookie(
    rf: Any, django_assert_num_queries: Any
) -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    with django_assert_num_queries(2):  # the program, and all the rest
        visit = kept_by(client, rf)
        assert visit is not None
        assert (visit.link.card.status, visit.link.card.user) == ("active", None)
    with django_assert_num_queries(0):
        assert kept_by(browser(), rf) is None


def agreed(request: Any) -> bool:
    return request.GET.get("agreed") == "1"


def failing(request: Any) -> bool:
    raise RuntimeError("No answer.")


def test_until_consent_the_code_stays_in_the_address_and_is_cleaned_away_once_kept(rf: Any) -> None:
    client = browser()
    with override_settings(REFERRALS={"CONSENT": "cookies_ok", "LANDING_URL": "/welcome/"}):
        landed = client.get(f"/r/{ANN}?utm_source=a")
        assert landed["Location"] == f"/welcome/?utm_source=a&ref={ANN}"
        waiting = client.get(landed["Location"])
        assert (waiting.status_code, cookie_of(client), Visit.objects.count()) == (200, "", 0)

        client.cookies["cookies_ok"] = "yes"
        agreed = client.get(landed["Location"])

    assert (agreed.status_code, agreed["Location"]) == (302, "/welcome/?utm_source=a")
    assert kept_by(client, rf) == Visit.objects.get()


@pytest.mark.parametrize("answer", ["", "0", "no", "False", "declined"])
def test_a_no_is_no_consent(answer: str) -> None:
    client = browser()
    client.cookies["cookies_ok"] = answer
    with override_settings(REFERRALS={"CONSENT": "cookies_ok"}):
        client.get(f"/r/{ANN}")

    assert cookie_of(client) == ""


@pytest.mark.parametrize(("query", "count"), [("?agreed=1", 1), ("", 0)])
def test_a_function_of_the_host_may_say_whether_there_is_consent(query: str, count: int) -> None:
    with override_settings(REFERRALS={"CONSENT": f"{__name__}.agreed"}):
        browser().get(f"/r/{ANN}{query}")

    assert Visit.objects.count() == count


def test_a_function_that_fails_gives_no_consent_and_breaks_no_page() -> None:
    with override_settings(REFERRALS={"CONSENT": f"{__name__}.failing"}):
        response = browser().get(f"/r/{ANN}")

    assert (response.status_code, Visit.objects.count()) == (302, 0)
