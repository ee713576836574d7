"""Selectors and the stock admin: what is shown, in how many queries, and that nothing can be edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from loyalty.models import Program
from referrals.models import Referral, ReferralLink, ReferrerStats
from referrals.selectors import friends_of, get_referral, top_referrers
from tests.referrals.rows import START, make_card, make_program, make_referral

pytestmark = pytest.mark.django_db

QUALIFIED = {
    "status": "qualified",
    "counted": True,
    "qualifying_purchases": 1,
    "qualified_at": START,
    "qualified_by": "shop/1",
}


@pytest.fixture
def program() -> Program:
    return make_program()


def test_friends_are_listed_with_their_stage_the_latest_first(
    program: Program, django_assert_num_queries: Any
) -> None:
    referrer, first, second = (make_card(program) for _ in range(3))
    make_referral(first, referrer, **QUALIFIED)
    make_referral(second, referrer)
    make_referral(make_card(program), make_card(program))

    with django_assert_num_queries(1):
        friends = [(friend.referee, friend.status) for friend in friends_of(card=referrer)]

    assert friends == [(second, "registered"), (first, "qualified")]


def test_a_referral_is_found_by_the_friend(program: Program) -> None:
    referrer, friend = make_card(program), make_card(program)
    referral = make_referral(friend, referrer)

    assert get_referral(card=friend) == referral
    assert get_referral(card=referrer) is None


def test_top_referrers_by_stage(program: Program) -> None:
    other = make_program(slug="other")
    cards = [make_card(program) for _ in range(4)]
    for card, registered, qualified in [(0, 1, 1), (1, 9, 3), (2, 5, 3), (3, 7, 0)]:
        ReferrerStats.objects.create(card=cards[card], registered=registered, qualified=qualified)
    ReferrerStats.objects.create(card=make_card(other), registered=100, qualified=100)

    def top(**options: Any) -> list[int]:
        return [cards.index(stats.card) for stats in top_referrers(program=program, **options)]

    assert top() == [1, 2, 0]
    assert top(limit=2) == [1, 2]
    assert top(stage="registered") == [1, 3, 2, 0]


MODELS = pytest.mark.parametrize(
    "model", [ReferralLink, Referral, ReferrerStats], ids=lambda one: one.__name__
)


def url(model: type[Any], page: str, *args: object) -> str:
    return reverse(f"admin:loyalty_referrals_{model._meta.model_name}_{page}", args=args)


def fill(program: Program, size: int) -> None:
    """So many friends of so many referrers, shown by their numbers."""
    for _ in range(size):
        referrer, friend = make_card(program, external_id=None), make_card(program, external_id=None)
        link = ReferralLink.objects.create(program=program, card=referrer, code=referrer.number)
        make_referral(friend, referrer, link=link, code=link.code)
        ReferrerStats.objects.create(card=referrer, registered=1)


@MODELS
def test_queries_of_a_list_do_not_grow(
    model: type[Any], program: Program, admin_client: Any, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for size in (1, 49):
        fill(program, size)
        with django_assert_max_num_queries(15) as captured:
            response = admin_client.get(url(model, "changelist"))
        assert response.status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


@MODELS
def test_nothing_is_added_changed_or_deleted(model: type[Any], program: Program, admin_client: Any) -> None:
    fill(program, 1)
    pk = model.objects.get().pk

    assert admin_client.get(url(model, "change", pk)).status_code == 200
    assert admin_client.post(url(model, "change", pk), {}).status_code == 403
    assert admin_client.get(url(model, "add")).status_code == 403
    assert admin_client.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert model.objects.count() == 1


@MODELS
def test_a_list_is_searched_by_number_and_key(model: type[Any], program: Program, admin_client: Any) -> None:
    fill(program, 2)
    referrer = ReferralLink.objects.order_by("pk")[0].card
    referrer.external_id = "vip-7"
    referrer.save()

    for term in (referrer.number, "vip-7"):
        found = admin_client.get(url(model, "changelist"), {"q": term}).context["cl"].queryset
        assert found.count() == 1
    assert admin_client.get(url(model, "changelist"), {"q": "nobody"}).context["cl"].queryset.count() == 0


def test_all_three_are_registered() -> None:
    assert {ReferralLink, Referral, ReferrerStats} <= set(admin.site._registry)
