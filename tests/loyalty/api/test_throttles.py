"""Throttles count before they let through, for whoever asks: by user, by address, in windows of the clock."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import caches
from django.core.checks import Warning
from redis import Redis, RedisError
from rest_framework.test import APIClient, APIRequestFactory

from loyalty.api.throttles import ApiThrottle, GuessThrottle, Rate
from loyalty.checks import check_cache, check_proxies
from loyalty.models import Card

TRIES, LIMIT = 200, 10
FIND = "/api/v1/till/cards/find/"


class Nobody:
    """Not signed in."""

    is_authenticated = False


class Somebody:
    """Signed in."""

    is_authenticated = True

    def __init__(self, pk: int) -> None:
        self.pk = pk


def ask(user: Any = None, address: str = "192.0.2.1", forwarded: str | None = None) -> Any:
    """A request from somewhere."""
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = APIRequestFactory().get("/", REMOTE_ADDR=address, **more)
    request.user = user or Nobody()
    return request


def redis_answers() -> bool:
    """Whether there is a cache that processes share."""
    try:
        return bool(Redis(socket_connect_timeout=1).ping())
    except RedisError:
        return False


@pytest.fixture
def redis(settings: Any) -> None:
    """A cache as a site has it, in a place of its own."""
    if not redis_answers():
        pytest.skip("needs Redis on 127.0.0.1:6379")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:6379/9",
            "KEY_PREFIX": f"loyalty-{uuid4().hex}",
        }
    }


def let_through_at_once(tries: int) -> int:
    """How many of so many requests of one user, all at the same moment, are let through."""
    barrier, passed = Barrier(tries), []

    def attempt() -> None:
        throttle = ApiThrottle()
        barrier.wait()
        passed.append(throttle.allow_request(ask(Somebody(1)), None))
        caches["default"].close()

    threads = [Thread(target=attempt) for _number in range(tries)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(passed)


def test_200_at_once_at_a_limit_of_10_are_10(redis: None, settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": f"{LIMIT}/day"}

    assert let_through_at_once(TRIES) == LIMIT


def test_they_are_10_within_one_process_too(settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": f"{LIMIT}/day"}

    assert let_through_at_once(TRIES) == LIMIT


def test_a_window_ends_and_another_begins(settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": "2/minute"}
    told = []
    for moment in ("10:00:10", "10:00:20", "10:00:30", "10:00:59", "10:01:00"):
        with time_machine.travel(f"2026-11-01T{moment}+00:00", tick=False):
            throttle = ApiThrottle()
            told.append((throttle.allow_request(ask(Somebody(1)), None), throttle.wait()))

    assert told == [(True, 50), (True, 40), (False, 30), (False, 1), (True, 60)]


def test_two_users_at_one_address_are_two(settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": "1/day"}

    assert [ApiThrottle().allow_request(ask(Somebody(pk)), None) for pk in (1, 2, 1)] == [True, True, False]


def test_guesses_are_counted_by_address_too(settings: Any) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}

    assert [GuessThrottle().allow_request(ask(Somebody(pk)), None) for pk in (1, 2, 3)] == [True, True, False]


def test_a_forged_forwarded_address_is_no_other_address(settings: Any) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    settings.REST_FRAMEWORK = {"NUM_PROXIES": 1}
    told = [
        GuessThrottle().allow_request(ask(forwarded=f"198.51.100.{number}, 203.0.113.9"), None)
        for number in range(4)
    ]

    assert told == [True, True, False, False]


def test_threat_forged_forwarded_addresses_are_not_believed_where_no_proxy_is_named(settings: Any) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    told = [GuessThrottle().allow_request(ask(forwarded=f"198.51.100.{number}"), None) for number in range(4)]

    assert told == [True, True, False, False]


def test_whoever_names_the_address_of_somebody_else_does_not_use_up_their_tries(settings: Any) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    for number in range(3):
        GuessThrottle().allow_request(ask(Somebody(number), forwarded="203.0.113.9"), None)

    assert GuessThrottle().allow_request(ask(Somebody(9), address="203.0.113.9"), None)


def test_without_a_rate_anything_goes(settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": None}

    assert all(ApiThrottle().allow_request(ask(), None) for _number in range(1_000))


def test_a_cache_that_is_down_stops_no_service(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.LOYALTY = {"GUESS_RATE": "1/day"}
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    for _number in range(2):
        throttle = GuessThrottle()
        assert throttle.allow_request(ask(), None)
        throttle.settle("")

    assert "nothing is held back" in caplog.text


def test_only_wrong_guesses_are_kept(settings: Any) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    told = []
    for code in ("", "throttled", "insufficient_points", "card_not_found", "token_invalid", ""):
        throttle = GuessThrottle()
        told.append(throttle.allow_request(ask(), None))
        throttle.settle(code)

    assert told == [True, True, True, True, True, False]


@pytest.mark.parametrize(
    ("text", "rate"),
    [("30/minute", Rate(30, 60)), ("1/second", Rate(1, 1)), ("5/hour", Rate(5, 3_600)), (None, None)],
)
def test_a_rate_is_read(text: str | None, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.django_db
def test_a_user_who_calls_too_often_is_told_when_to_come_again(
    till: APIClient, card: Card, settings: Any
) -> None:
    settings.LOYALTY = {"TILL_RATE": "2/day"}
    answers = [till.post(FIND, {"card": {"external_id": "anna"}}) for _number in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert answers[2].json()["code"] == "throttled"
    assert 0 < int(answers[2]["Retry-After"]) <= 86_400


@pytest.mark.django_db
def test_a_backend_asks_for_customers_without_a_card_as_often_as_it_likes(
    backend: APIClient, card: Card, settings: Any
) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    by_key = [backend.post(FIND, {"card": {"external_id": f"guest-{n}"}}).status_code for n in range(4)]
    by_number = [backend.post(FIND, {"card": {"number": f"22222222222{n}"}}).status_code for n in range(4)]

    assert by_key == [404] * 4
    assert by_number == [404, 404, 429, 429]


@pytest.mark.django_db
def test_threat_enumeration_a_till_does_not_try_out_the_keys_of_customers(
    till: APIClient, card: Card, settings: Any
) -> None:
    settings.LOYALTY = {"GUESS_RATE": "2/day"}
    told = [till.post(FIND, {"card": {"external_id": f"guest-{n}"}}).status_code for n in range(4)]

    assert told == [404, 404, 429, 429]


@pytest.mark.parametrize(
    "name", ["locmem.LocMemCache", "dummy.DummyCache", "db.DatabaseCache", "filebased.FileBasedCache"]
)
def test_w002_a_cache_that_cannot_count_for_all_processes(name: str, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{name}", "LOCATION": "/tmp/x"}}

    (found,) = check_cache()
    assert isinstance(found, Warning)
    assert found.id == "loyalty.W002"
    assert "Redis" in str(found.hint)


def test_w002_redis_is_fine_and_so_are_no_throttles(settings: Any) -> None:
    settings.LOYALTY = {"API_RATE": None, "TILL_RATE": None, "GUESS_RATE": None}
    without = check_cache()
    settings.LOYALTY = {}
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}
    }

    assert (without, check_cache()) == ([], [])


@pytest.mark.parametrize(
    ("proxies", "rate", "ids"),
    [
        ({}, "10/hour", ["loyalty.W003"]),
        ({"NUM_PROXIES": 0}, "10/hour", []),
        ({"NUM_PROXIES": 1}, "10/hour", []),
        ({}, None, []),
    ],
)
def test_w003_proxies_are_counted_by_the_host(
    proxies: dict[str, int], rate: str | None, ids: list[str], settings: Any
) -> None:
    settings.REST_FRAMEWORK, settings.LOYALTY = proxies, {"GUESS_RATE": rate}

    assert [one.id for one in check_proxies()] == ids
