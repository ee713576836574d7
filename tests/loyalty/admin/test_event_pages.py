"""Pages of events and purchases: what became of them, and failed events tried again."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from loyalty import services
from loyalty.models import CampaignRevision, Event, Purchase
from loyalty.testing import process_inbox
from tests.loyalty.admin.desk import boss, page, queries_of, staff_with


@pytest.fixture
def bought(card, ten_percent):
    """A purchase that earned 12 points."""
    services.record_purchase(
        card=card,
        external_id="order-1",
        total="120.00",
        channel="web",
        lines=[{"sku": "tea", "category": "drinks", "quantity": 2, "amount": "20.00"}],
    )
    process_inbox()
    return Purchase.objects.get()


def fail(card, key="order-9"):
    """An event that failed before anything was stored."""
    event = Event.objects.create(
        program=card.program,
        source="shop",
        kind="loyalty.purchase",
        key=key,
        card=card,
        occurred_at=card.enrolled_at,
        payload={"total": "10.00", "external_id": key},
        purchase_key=f"shop/{key}",
        body_hash="0" * 64,
        status="failed",
        attempts=5,
        error="ZeroDivisionError: <b>boom</b>",
    )
    return event


def test_a_purchase_with_its_lines_refunds_and_rewards(bought):
    services.record_refund(purchase_id="order-1", external_id="r1", amount="20.00")
    process_inbox()

    shown = boss().get(page(bought))

    assert shown.context["texts"] == {
        "total": "120.00",
        "tax": "0.00",
        "discount": "0.00",
        "remaining": "100.00",
    }
    assert next((row["row"].sku, row["amount"]) for row in shown.context["lines"]) == ("tea", "20.00")
    assert [row["amount"] for row in shown.context["refunds"]] == ["20.00"]
    (reward,) = shown.context["rewards"]
    assert (reward["granted"], reward["reversed"], reward["role"]) == ("12 Points", "2 Points", "card")
    text = shown.content.decode()
    assert page(CampaignRevision.objects.get()) in text
    assert page(bought.card) in text
    assert "“ten-percent” applied." in text


def test_an_event_tells_what_became_of_it_with_links(bought):
    shown = boss().get(page(bought.event))
    text = shown.content.decode()

    assert shown.context["explained"].rewards == [f"Card {bought.card.number} gets 12 points."]
    assert f"Card {bought.card.number} gets 12 points." in text
    assert page(bought) in text
    assert "&quot;total&quot;" in text


def test_a_campaign_that_failed_at_once_says_why_in_a_sentence(card, program):
    definition = {
        "key": "big",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [[{"kind": "loyalty.purchase_total", "params": {"minimum": "500.00"}}]],
        "actions": [
            {
                "slot": "a",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "1"},
            }
        ],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))
    recorded = services.record_purchase(card=card, external_id=1, total=10)
    process_inbox()

    text = boss().get(page(Event.objects.get(pk=recorded.event_id))).content.decode()

    assert "The purchase was smaller than the campaign asks for." in text


def test_questions_are_a_checklist_of_words(card, program):
    definition = {
        "key": "big",
        "name": "Big",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [
            [
                {"kind": "loyalty.purchase_total", "params": {"minimum": "5.00"}},
                {"kind": "loyalty.channel", "params": {"channels": ["web"]}},
            ]
        ],
        "actions": [
            {
                "slot": "a",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "1"},
            }
        ],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))
    recorded = services.record_purchase(card=card, external_id=1, total=10, channel="app")
    process_inbox()

    explained = boss().get(page(Event.objects.get(pk=recorded.event_id))).context["explained"]

    (campaign,) = explained.campaigns
    assert [(one.result, one.expected, one.actual, one.group) for one in campaign.checklist] == [
        ("pass", "at least 5.00", "10.00", 0),
        ("fail", "web", "app", 0),
    ]


def test_a_failed_event_is_red_on_page_and_list(card):
    event = fail(card)
    client = staff_with("view_event")

    text = client.get(page(event)).content.decode()
    listed = client.get(reverse("admin:loyalty_event_changelist"), {"status__exact": "failed"})

    assert "This event failed and waits for a person." in text
    assert "&lt;b&gt;boom" in text
    assert "<b>boom" not in text
    assert 'class="lc-badge is-failed"' in listed.content.decode()
    assert listed.context["cl"].queryset.get() == event


def test_who_may_not_retry_is_not_offered_it(card):
    event = fail(card)
    client = staff_with("view_event")

    assert page(event, "retry") not in client.get(page(event)).content.decode()
    assert client.post(page(event, "retry")).status_code == 403
    assert "retry_selected" not in client.get(reverse("admin:loyalty_event_changelist")).content.decode()
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("failed", 5)


def test_a_get_retries_nothing(card):
    event = fail(card)

    assert boss().get(page(event, "retry")).status_code == 405

    event.refresh_from_db()
    assert event.status == "failed"


def retry(card):
    """Fail a purchase by hand, and press the button."""
    recorded = services.record_purchase(card=card, external_id="order-2", total=50)
    Event.objects.filter(pk=recorded.event_id).update(status="failed", attempts=5, error="Boom")
    event = Event.objects.get(pk=recorded.event_id)
    client = staff_with("view_event", "retry_event")
    assert page(event, "retry") in client.get(page(event)).content.decode()
    answer = client.post(page(event, "retry"))
    assert answer.url == page(event)
    event.refresh_from_db()
    return event, [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_failed_event_gets_a_fresh_start(card):
    event, told = retry(card)

    assert (event.status, event.attempts, event.error) == ("pending", 0, "")
    assert told == ["The event is in line to be processed."]


@pytest.mark.django_db(transaction=True)
def test_a_failed_event_that_works_now_says_so(settings):
    services.create_program(slug="club")
    card = services.enrol_card(external_id="anna")
    settings.LOYALTY = {"PROCESSING": "deferred"}
    recorded = services.record_purchase(card=card, external_id="order-2", total=50)
    settings.LOYALTY = {}
    Event.objects.filter(pk=recorded.event_id).update(status="failed", attempts=5, error="Boom")
    event = Event.objects.get(pk=recorded.event_id)

    answer = staff_with("view_event", "retry_event").post(page(event, "retry"))

    event.refresh_from_db()
    assert event.status == "processed"
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "It worked this time: the event is processed."
    ]


def test_failed_events_are_tried_again_in_bulk(card):
    events = [fail(card, key=str(number)) for number in range(3)]
    client = staff_with("view_event", "retry_event")

    answer = client.post(
        reverse("admin:loyalty_event_changelist"),
        {"action": "retry_selected", "_selected_action": [event.pk for event in events[:2]], "index": 0},
    )

    assert str(next(iter(get_messages(answer.wsgi_request)))) == "2 events were tried again."
    assert [Event.objects.get(pk=event.pk).attempts == 5 for event in events] == [False, False, True]


def test_pages_cost_the_same_for_any_number_of_rows(card, ten_percent):
    client, counts = boss(), []
    for size in (1, 60):
        services.record_purchase(
            card=card,
            external_id=f"order-{size}",
            total=size * 10,
            lines=[{"sku": str(number), "amount": "1.00"} for number in range(size)],
        )
        for number in range(size):
            services.record_refund(purchase_id=f"order-{size}", external_id=f"{size}-{number}", amount="1.00")
        process_inbox()
        purchase = Purchase.objects.get(external_id=f"order-{size}")
        counts.append((queries_of(client, page(purchase)), queries_of(client, page(purchase.event))))

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 25
