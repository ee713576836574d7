"""Basket, checkout and what follows: once however often a form is sent, and nobody else's order is anybody's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from example_project.shop import club
from example_project.shop.models import Order, Product
from example_project.shop.orders import share_discount
from loyalty.models import Event, Purchase
from loyalty.selectors import find_card, get_balances
from loyalty.testing import balance_of, give_points
from tests.shop.visiting import Visitor, checkout_form, order, put, sign_up, text_of


@pytest.fixture
def member(shelf, browser) -> Visitor:
    sign_up(browser, "anna")
    return browser


def card():
    return find_card(user=get_user_model().objects.get(username="anna"))


def test_the_basket_shows_what_it_would_earn(member):
    put(member, gooseneck_kettle=1, dark_chocolate=2)  # 49.00 + 9.80

    page = text_of(member.get("/basket/"))

    assert "€58.80" in page
    assert "+290 points for this basket" in page
    assert Event.objects.filter(kind="loyalty.purchase").count() == 0


def test_a_guest_is_told_what_members_get(shelf, browser):
    put(browser, gooseneck_kettle=1)

    assert "+245 points for this basket, if you join" in text_of(browser.get("/basket/"))


def test_a_basket_takes_at_most_twenty_and_none_takes_out(member):
    put(member, everyday_mug=3)
    refused = member.post("/basket/change/everyday-mug/", {"quantity": "21"}, follow=True)
    assert "Give a number of pieces from 0 to 20." in text_of(refused)
    assert "€48.00" in text_of(refused)

    put(member, everyday_mug=0)

    assert "Your basket is empty." in text_of(member.get("/basket/"))


@pytest.mark.parametrize("quantity", ["", "-1", "1.5", "ten", "9" * 40, "\x00"])
def test_nonsense_changes_no_basket(member, quantity):
    put(member, everyday_mug=3)

    member.post("/basket/change/everyday-mug/", {"quantity": quantity})

    assert "€48.00" in text_of(member.get("/basket/"))


def test_a_checkout_that_is_sent_twice_orders_once(member):
    put(member, everyday_mug=1)
    form = checkout_form(member)

    first, second = member.post("/checkout/", form), member.post("/checkout/", form)

    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert Order.objects.count() == Purchase.objects.count() == 1
    assert balance_of(card()) == "80"


def test_two_checkouts_at_once_order_once(member):
    """Both were sent before either was answered: the second finds the basket as the first did."""
    put(member, everyday_mug=1)
    form = checkout_form(member)
    before = dict(member.session.items())
    member.post("/checkout/", form)
    session = member.session
    session.update({"basket": before["basket"], "checkout": before["checkout"]})
    session.pop("checked_out")
    session.save()

    member.post("/checkout/", form)

    assert Order.objects.count() == Purchase.objects.count() == 1


def test_the_same_things_can_be_ordered_again(member):
    first, second = order(member, everyday_mug=1), order(member, everyday_mug=1)

    assert first.number != second.number
    assert Purchase.objects.count() == 2


def test_points_pay_at_most_half_and_come_back_with_the_whole_order(member):
    give_points(card(), 5_000)

    placed = order(member, use_points=True, everyday_mug=1, dark_chocolate=1)  # 20.90

    assert (placed.points_used, placed.discount, placed.total) == (1_045, Decimal("10.45"), Decimal("10.45"))
    assert [line.paid for line in placed.lines.all()] == [Decimal("8.00"), Decimal("2.45")]
    assert Purchase.objects.get().total == 10_45
    balance = get_balances(card())["points"]
    assert (balance.available, balance.pending) == (3_955, 50)

    member.post(f"{placed.get_absolute_url()}return/", {"seen": "0", "line-0": "1"})
    assert get_balances(card())["points"].available == 3_955

    member.post(f"{placed.get_absolute_url()}return/", {"seen": "1", "line-1": "1"})
    balance = get_balances(card())["points"]
    assert (balance.available, balance.pending, balance.debt) == (5_000, 0, 0)


def test_points_that_are_gone_meanwhile_stop_the_order(member):
    give_points(card(), 1_000)
    put(member, everyday_mug=1)
    form = checkout_form(member) | {"use_points": "on"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(club, "points_to_spend", lambda _card, _total: 1_001)
        answer = member.post("/checkout/", form)

    assert answer.status_code == 200
    assert "not enough" in text_of(answer).lower()
    assert Order.objects.count() == 0
    assert balance_of(card()) == "1000"


def test_cancelling_takes_all_of_it_back_once(member):
    placed = order(member, gooseneck_kettle=1)
    assert balance_of(card()) == "245"

    done = member.post(f"{placed.get_absolute_url()}cancel/", follow=True)
    again = member.post(f"{placed.get_absolute_url()}cancel/", follow=True)

    assert "The order is cancelled." in text_of(done)
    assert "cannot be cancelled any more" in text_of(again)
    assert balance_of(card()) == "0"
    assert Event.objects.filter(kind="loyalty.refund").count() == 1


def test_a_return_that_is_sent_twice_returns_once(member):
    placed = order(member, everyday_mug=4)
    form = {"seen": "0", "line-0": "1"}

    once = member.post(f"{placed.get_absolute_url()}return/", form, follow=True)
    twice = member.post(f"{placed.get_absolute_url()}return/", form, follow=True)

    assert "You get €16.00 back." in text_of(once)
    assert "Nothing was returned." in text_of(twice)
    assert Purchase.objects.get().remaining == 48_00


def test_more_than_was_bought_cannot_be_returned(member):
    placed = order(member, everyday_mug=1)

    member.post(f"{placed.get_absolute_url()}return/", {"seen": "0", "line-0": "99", "line-7": "1"})

    assert placed.lines.get().returned == 1
    assert Purchase.objects.get().remaining == 0


def test_an_order_is_nobody_elses(member, shelf):
    placed = order(member, everyday_mug=1)
    other = Visitor()
    sign_up(other, "boris")

    for browser in (other, Visitor()):
        assert browser.get(placed.get_absolute_url()).status_code == 404
        assert browser.post(f"{placed.get_absolute_url()}cancel/").status_code == 404
        assert browser.post(f"{placed.get_absolute_url()}return/", {"seen": "0"}).status_code == 404
    assert placed.number not in text_of(other.get("/orders/"))
    assert Purchase.objects.get().remaining == 16_00


def test_a_guest_orders_and_the_order_counts_once_they_join(shelf, browser):
    placed = order(browser, gooseneck_kettle=1)
    assert "Join now, and this order earns points too." in text_of(browser.get(placed.get_absolute_url()))
    assert Event.objects.count() == 0

    joined = sign_up(browser, "anna")

    assert joined.status_code == 302
    assert balance_of(card()) == "245"
    assert "+245" in text_of(browser.get(placed.get_absolute_url()))
    assert Visitor().get(placed.get_absolute_url()).status_code == 404


def test_a_shop_without_a_program_sells_all_the_same(db, browser):
    Product.objects.create(slug="mug", name="Mug", price="16.00", category="things", art="mug", tone="sky")
    assert sign_up(browser, "anna").url == "/"

    placed = order(browser, mug=1)

    assert browser.get(placed.get_absolute_url()).status_code == 200
    assert placed.in_club is False


def test_orders_are_listed_by_pages_with_as_many_queries_for_one_as_for_many(member):
    first = order(member, everyday_mug=1)
    with CaptureQueriesContext(connection) as one:
        member.get("/orders/")
    for _again in range(20):
        last = order(member, everyday_mug=1, dark_chocolate=1)

    with CaptureQueriesContext(connection) as many:
        page = member.get("/orders/")

    assert len(many) == len(one)
    assert last.number in text_of(page)
    assert first.number not in text_of(page)
    older = member.get(f"/orders/?before={page.context['older']}")
    assert first.number in text_of(older)


@pytest.mark.parametrize(
    ("amounts", "discount", "paid"),
    [
        (["16.00", "4.90"], "10.45", ["8.00", "2.45"]),
        (["0.01", "0.01", "0.01"], "0.01", ["0.01", "0.01", "0.00"]),
        (["3.33", "3.33", "3.34"], "5.00", ["1.67", "1.66", "1.67"]),
        (["9.99"], "0", ["9.99"]),
    ],
)
def test_a_discount_is_shared_to_the_cent(amounts, discount, paid):
    shares = share_discount([Decimal(amount) for amount in amounts], Decimal(discount))

    assert shares == [Decimal(share) for share in paid]
