"""The page of a card: what support sees, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from loyalty import services
from loyalty.models import Card, CardNumber, Event, Purchase, Wallet
from loyalty.testing import process_inbox
from tests.loyalty.admin.desk import boss, page, queries_of, staff_with

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def story(program, card, ten_percent):
    """Earned 10 by a purchase, lost 5 by a refund, spent 2, got 7 by hand, blocked and unblocked."""
    kim = get_user_model().objects.create_user("kim-story")
    services.record_purchase(card=card, external_id="order-1", total=100, occurred_at=START)
    process_inbox()
    services.record_refund(purchase_id="order-1", external_id="r1", amount=50, occurred_at=START + DAY)
    process_inbox()
    services.spend_points(card=card, amount=2, key="till-9", at=START + 2 * DAY, allow_past=True)
    services.adjust_balance(card=card, amount=7, reason="sorry for the delay", actor=kim)
    services.block_card(card=card, reason="looked odd", actor=kim)
    return card


def test_the_page_says_why_each_point_came_and_went(story):
    shown = staff_with("view_card", "view_event", "view_purchase", "view_campaign").get(page(story))
    text = shown.content.decode()

    rows = [(row.line.kind, row.amount, row.balance) for row in shown.context["movements"].rows]
    assert rows == [
        ("adjust", "+7", "10"),
        ("spend", "-2", "3"),
        ("reverse", "-5", "5"),
        ("earn", "+10", "10"),
    ]
    assert "sorry for the delay (kim-story)" in text
    assert "loyalty/till-9" in text
    assert f'href="{page(Purchase.objects.get())}"' in text
    for event in Event.objects.filter(kind__in=["loyalty.purchase", "loyalty.refund", "loyalty.spend"]):
        assert f'href="{page(event)}"' in text


def test_who_may_see_cards_only_gets_no_links_elsewhere(story):
    text = staff_with("view_card").get(page(story)).content.decode()

    assert "order-1" in text
    assert "/admin/loyalty/purchase/" not in text
    assert "/admin/loyalty/event/" not in text
    assert "/admin/loyalty/campaign/" not in text


def test_what_was_done_by_hand_is_told_with_reason_and_name(story):
    acts = staff_with("view_card").get(page(story)).context["acts"]

    assert [(act.what, act.reason, act.actor) for act in acts] == [
        ("Status: blocked", "looked odd", "kim-story"),
        ("Balance corrected by +7 Points", "sorry for the delay", "kim-story"),
    ]


def test_balances_with_what_comes_and_goes(db):
    services.create_program(
        slug="club", currencies=[{"code": "points", "decimals": 2, "hold": "P14D", "validity": "P1Y"}]
    )
    card = services.enrol_card(external_id="anna")
    services.adjust_balance(card=card, amount="12.50", reason="x")

    (wallet,) = staff_with("view_card").get(page(card)).context["wallets"]

    assert (wallet["texts"]["available"], wallet["texts"]["debt"]) == ("12.50", "0.00")
    assert (wallet["expiring"], wallet["coming"]) == ("12.50", "")


def test_the_statement_has_pages_and_currencies(db):
    services.create_program(slug="club", currencies=[{"code": "points"}, {"code": "status"}])
    card = services.enrol_card(external_id="anna")
    for number in range(30):
        services.adjust_balance(card=card, currency="points", amount=number + 1, reason="x")
    services.adjust_balance(card=card, currency="status", amount=1000, reason="x")
    client = staff_with("view_card")

    first = client.get(page(card)).context["movements"]
    second = client.get(page(card), {"currency": "points", "before": first.older}).context["movements"]
    status = client.get(page(card), {"currency": "status"}).context["movements"]

    assert [row.amount for row in first.rows] == [f"+{number}" for number in range(30, 5, -1)]
    assert [row.amount for row in second.rows] == ["+5", "+4", "+3", "+2", "+1"]
    assert second.older is None
    assert [row.amount for row in status.rows] == ["+1,000"]


@pytest.mark.parametrize("query", ["?currency=nothing", "?before=x", "?before=" + "9" * 30, "?currency=%00"])
def test_a_wrong_address_shows_the_newest(story, query):
    shown = staff_with("view_card").get(page(story) + query)

    assert shown.status_code == 200
    assert len(shown.context["movements"].rows) == 4


def test_failed_events_of_the_card_are_named(story):
    event = Event.objects.filter(kind="loyalty.purchase").get()
    Event.objects.filter(pk=event.pk).update(status="failed", error="Boom")

    text = staff_with("view_card", "view_event").get(page(story)).content.decode()

    assert "An event of this card failed and waits for a person." in text
    assert f'href="{page(event)}"' in text


def test_texts_of_people_are_never_markup(program):
    user = get_user_model().objects.create_user("x<script>alert(1)</script>")
    card = services.enrol_card(user=user, external_id="<b>bold</b>")
    services.adjust_balance(card=card, amount=5, reason="<img src=x onerror=alert(2)>", actor=user)
    services.set_attribute(card=card, name="plan", value="<i>gold</i>")
    parent = services.enrol_card(external_id="parent")
    services.set_parent(card=card, parent=parent)
    client = staff_with("view_card")

    for row in (card, parent):
        text = client.get(page(row)).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<i>gold" not in text
        assert "<b>bold" not in text


def test_a_merged_card_leads_to_the_one_that_stayed(program, card):
    other = services.enrol_card(external_id="other")
    services.merge_cards(survivor=card, merged=other, reason="twice")

    shown = boss().get(page(other))

    assert page(card) in shown.content.decode()
    assert shown.context["actions"] == []


@pytest.mark.parametrize("key", ["0", "99999999", "abc", "9" * 40])
def test_an_unknown_card(program, key):
    answer = staff_with("view_card").get(f"/admin/loyalty/card/{key}/change/")

    assert answer.status_code == 302


def test_strangers_and_the_wrong_staff_see_nothing(card):
    assert staff_with("view_event").get(page(card)).status_code == 403
    assert staff_with("view_event", name="jo").get(page(card, "children")).status_code == 403


def children_of(parent, count):
    numbers = range(count)
    moments = {"status_since": START, "enrolled_at": START, "parent_since": START, "linked_at": START}
    made = Card.objects.bulk_create(
        Card(program=parent.program, external_id=f"{parent.pk}-{number}", parent=parent, **moments)
        for number in numbers
    )
    CardNumber.objects.bulk_create(
        CardNumber(program=parent.program, card=child, number=f"C{child.pk}", issued_at=START)
        for child in made
    )
    currency = parent.program.currencies.get()
    Wallet.objects.bulk_create(
        Wallet(card=child, currency=currency, available=5, clock=START) for child in made
    )
    return made


def test_children_come_in_pages(card):
    made = children_of(card, 120)
    client = staff_with("view_card")
    seen, address = [], page(card, "children")

    while address:
        nodes = client.get(address, {"part": "1"} if "?" not in address else {}).context["children"]
        seen += [node.card.pk for node in nodes.nodes]
        assert len(nodes.nodes) <= 50
        address = nodes.older and f"{page(card, 'children')}?part=1&before={nodes.older}"

    assert seen == [child.pk for child in reversed(made)]


def test_a_child_shows_what_it_has_and_whether_there_is_more_below(card):
    (child,) = children_of(card, 1)
    children_of(child, 2)
    client = staff_with("view_card")

    (node,) = client.get(page(card)).context["children"].nodes
    below = client.get(page(child, "children"))

    assert (node.name, node.notes, node.has_children) == (f"C{child.pk}", ["5 Points"], True)
    assert [one.has_children for one in below.context["children"].nodes] == [False, False]
    # Without the script the node leads to a page of its own.
    assert page(child, "children") in client.get(page(card)).content.decode()
    assert "<html" in below.content.decode()
    assert "<html" not in client.get(page(child, "children"), {"part": "1"}).content.decode()


def test_the_page_costs_the_same_for_any_history(program, ten_percent):
    client, counts = boss(), []
    for size in (1, 40):
        holder = services.enrol_card(external_id=f"holder-{size}")
        children_of(holder, size)
        for number in range(size):
            services.record_purchase(card=holder, external_id=f"{size}-{number}", total=100)
            process_inbox()
            services.adjust_balance(card=holder, amount=1, reason="x", actor=client.user)
        counts.append(queries_of(client, page(holder)))

    assert counts[0] == counts[1] <= 45


def test_two_hundred_children_cost_what_one_costs(program):
    client, counts = boss(), []
    for size in (1, 200):
        parent = services.enrol_card(external_id=f"parent-{size}")
        children_of(parent, size)
        counts.append((queries_of(client, page(parent)), queries_of(client, page(parent, "children"))))

    assert counts[0] == counts[1]


def found(client, term):
    rows = client.get(reverse("admin:loyalty_card_changelist"), {"q": term}).context["cl"].queryset
    return {row.external_id for row in rows}


def test_cards_are_found_by_name_and_mail(program):
    user = get_user_model().objects.create_user(
        "mpetrova", email="Maria@Example.com", first_name="Maria", last_name="Petrova"
    )
    services.enrol_card(user=user, external_id="maria")
    services.enrol_card(external_id="other")
    client = staff_with("view_card")

    for term in ("maria@example.com", "mpetrova", "Petrova", "maria petr", "Petrova Maria", "mari"):
        assert found(client, term) == {"maria"}, term
    for term in ("etrova", "petrova anna", "example.com", "@"):
        assert found(client, term) == set(), term
