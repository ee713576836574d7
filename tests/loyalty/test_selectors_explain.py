"""Why a purchase did or did not earn, in sentences."""

from typing import Any

import pytest
from django.utils import translation

from loyalty import selectors, services
from loyalty.models import Evaluation, Event
from loyalty.selectors.explain_campaigns import explain_campaign
from loyalty.testing import process_inbox


@pytest.fixture
def big_basket(program):
    """50 points for 100.00 and more, from the web only."""
    definition = {
        "key": "big-basket",
        "name": "Big basket",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [
            [
                {"kind": "loyalty.purchase_total", "params": {"minimum": "100.00"}},
                {"kind": "loyalty.source", "negate": True, "params": {"sources": ["till"]}},
            ]
        ],
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "50"},
            }
        ],
        "limits": [{"per": "recipient", "measure": "amount", "max": "80", "period": "lifetime"}],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))


def explain(card, number=1, total="120.00", **more):
    """Buy and ask why."""
    recorded = services.record_purchase(card=card, external_id=number, total=total, **more)
    process_inbox()
    return selectors.explain_event(Event.objects.get(pk=recorded.event_id))


def test_a_purchase_that_earned(card, big_basket):
    explained = explain(card)

    (campaign,) = explained.campaigns
    assert (explained.outcome, campaign.key, campaign.applied) == ("applied", "big-basket", True)
    assert explained.as_lines()[:2] == ["Processed.", "“Big basket” applied."]
    assert explained.rewards == [f"Card {card.number} gets 50 points."]


def test_a_purchase_that_was_too_small(card, big_basket):
    explained = explain(card, total="99.99")

    (campaign,) = explained.campaigns
    assert (campaign.applied, campaign.sentence, explained.rewards) == (
        False,
        "“Big basket” did not apply.",
        [],
    )
    assert any("100.00" in answer and "99.99" in answer for answer in campaign.answers)


def test_a_negated_question(card, big_basket):
    (campaign,) = explain(card, source="till").campaigns

    assert any("not: " in answer and answer.startswith("No:") for answer in campaign.answers)


def test_a_reward_that_a_limit_cut(card, big_basket):
    explain(card)

    assert explain(card, number=2).rewards == [
        f"Card {card.number} gets 30 points.",
        "Cut to 30 of 50 points by a limit.",
    ]


def test_a_blocked_buyer(card, big_basket):
    services.block_card(card=card, reason="x")

    assert explain(card).rewards == [f"Card {card.number} gets nothing: it was blocked."]


def test_nothing_looked_at_it(card):
    assert explain(card).as_lines() == ["Processed. No campaign looked at it."]


def test_a_refusal_in_its_own_words(card):
    explain(card)
    recorded = services.record_refund(purchase_id=1, external_id="r1", amount=121)
    process_inbox()

    explained = selectors.explain_event(Event.objects.get(pk=recorded.event_id))

    assert explained.outcome == "refund_too_large"
    assert explained.sentence.startswith("Cannot refund 121.00: only 120.00 of the purchase remain.")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("pending", "Not processed yet. Boom"),
        ("parked", "Waits for its purchase, which has not arrived. Boom"),
        ("failed", "Failed and waits for a person. Boom"),
    ],
)
def test_an_event_that_is_not_processed(program, status, sentence):
    services.enrol_card(process=False)
    Event.objects.update(status=status, error="Boom")

    assert selectors.explain_event(Event.objects.get()) == selectors.Explanation("", sentence)


@pytest.mark.parametrize(
    ("trace", "lines"),
    [
        pytest.param(
            None, ["Processed. Its trace is no longer kept, so nothing more can be told."], id="no-trace"
        ),
        pytest.param({}, ["Processed. No campaign looked at it."], id="empty-trace"),
        pytest.param(
            {"campaigns": [{"campaign": "gone", "code": "ended"}]},
            ["Processed.", "“gone” was over."],
            id="ended",
        ),
        pytest.param(
            {"campaigns": [{"campaign": "gone", "code": "from_another_app"}]},
            ["Processed.", "“gone” did not apply.", "  The reason: from another app."],
            id="unknown-code",
        ),
        pytest.param(
            {
                "campaigns": [
                    {
                        "campaign": "gone",
                        "code": "x",
                        "groups": [
                            [
                                {
                                    "kind": "gone.rule",
                                    "result": "fail",
                                    "code": "x",
                                    "expected": {"minimum": 1, "days": ["mon", "tue"]},
                                    "actual": True,
                                    "about": "parent_card",
                                },
                                {"kind": "gone.rule", "result": "error", "code": "condition_raised"},
                                {"kind": "gone.rule", "result": "not_applicable", "code": "no_parent_card"},
                            ]
                        ],
                    }
                ],
                "denied": [{"slot": "a", "card": 0, "code": "from_another_app"}],
                "rewards": [
                    {
                        "campaign": "gone",
                        "slot": "a",
                        "card": 0,
                        "level": 0,
                        "currency": None,
                        "requested": 1,
                        "granted": 1,
                    }
                ],
            },
            [
                "Processed.",
                "“gone” did not apply.",
                "  No: gone.rule (about the parent card). Wanted: days mon, tue, minimum 1; found: yes.",
                "  Stopped on an error: gone.rule.",
                "  Cannot be asked: gone.rule.",
                "Card 0: the action was carried out.",
                "Card 0 gets nothing.",
            ],
            id="unknown-kind",
        ),
    ],
)
def test_old_traces_are_still_read(card, trace, lines):
    explain(card)
    Evaluation.objects.update(trace=trace)

    assert selectors.explain_event(Event.objects.latest("pk")).as_lines() == lines


def test_an_unknown_refusal(card):
    explain(card)
    Evaluation.objects.update(outcome="from_another_app", trace={"details": [{"path": "a"}]})

    assert selectors.explain_event(Event.objects.latest("pk")).sentence == "Refused: from_another_app."


def test_sentences_are_in_the_active_language(card, big_basket):
    english = explain(card)

    with translation.override("ru"):
        russian = selectors.explain_event(Event.objects.latest("pk"))

    # The codes stay; the sentences follow the catalogue.
    assert (russian.outcome, russian.campaigns[0].key) == (english.outcome, "big-basket")


@pytest.mark.parametrize("purchases", [1, 5])
def test_the_number_of_queries(card, big_basket, django_assert_max_num_queries, purchases):
    for number in range(purchases):
        explain(card, number=number)
    event = Event.objects.select_related("evaluation").latest("pk")

    with django_assert_max_num_queries(3):
        selectors.explain_event(event)


@pytest.mark.parametrize(
    ("language", "kind", "expected", "actual", "texts"),
    [
        ("en", "loyalty.purchase_number", {"count": 1, "match": "first"}, 2, ("which the first", "2")),
        ("ru", "loyalty.purchase_number", {"count": 1, "match": "first"}, 2, ("какая первая", "2")),
        ("en", "loyalty.purchase_number", {"count": 3, "match": "every"}, 2, ("which every Nth, N 3", "2")),
        ("en", "loyalty.purchase_total", {"minimum": "500.00"}, "20.00", ("at least 500.00", "20.00")),
        ("en", "loyalty.weekday", ["mon", "tue"], "sun", ("Monday, Tuesday", "Sunday")),
        ("en", "loyalty.channel", ["web"], None, ("web", "–")),
    ],
)
def test_settings_are_called_as_the_form_of_the_condition_calls_them(
    language: str, kind: str, expected: Any, actual: Any, texts: tuple[str, str]
) -> None:
    answer = {"kind": kind, "result": "fail", "code": "other", "expected": expected, "actual": actual}

    with translation.override(language):
        (told,) = explain_campaign({"campaign": "c", "code": "no", "groups": [[answer]]}, name="C").checklist

    assert (told.expected, told.actual) == texts
