"""What campaigns about parent and child cards do, in plain words, in English and Russian."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from loyalty.presets import presets
from loyalty.rules.registry import conditions, event_kinds
from tests.loyalty.sentence_samples import campaign, gives, rules
from tests.loyalty.test_sentences import LANGUAGES, definitions, say
from tests.referrals.sentence_samples import CONDITIONS, TRIGGERS

EXAMPLE = Path(__file__).parent.parent / "data" / "campaigns.yaml"
# (preset, campaign, English, Russian)
PRESETS = [
    (
        "referrals.parent_and_child",
        "friends-first-purchase",
        "When a client registered by link makes the first purchase, the parent card gets 10 % of it "
        "and the child card gets 50 points.",
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку, родительская карта "
        "получает 10 % от неё, а дочерняя карта получает 50 баллов.",
    ),
    (
        "referrals.parent_and_child",
        "every-nth-friend",
        "For every 3 clients registered by the parent card's link who make a first purchase, the "
        "parent card gets 250 points.",
        "За каждых 3 клиентов, зарегистрированных по ссылке родительской карты и сделавших первую "
        "покупку, родительская карта получает 250 баллов.",
    ),
    (
        "referrals.one_sided",
        "points-for-each-friend",
        "When a client registered by link makes the first purchase, the parent card gets 500 points "
        "(to be spent after 14 days).",
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку, родительская карта "
        "получает 500 баллов (можно потратить по истечении 14 дней).",
    ),
    (
        "referrals.two_sided",
        "points-for-both",
        "When a client registered by link makes the first purchase, the parent card gets 500 points "
        "(to be spent after 14 days) and the child card gets 200 points (to be spent after 14 days).",
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку, родительская карта "
        "получает 500 баллов (можно потратить по истечении 14 дней), а дочерняя карта получает 200 "
        "баллов (можно потратить по истечении 14 дней).",
    ),
    (
        "referrals.minimum_and_limits",
        "friends-with-limits",
        "When a client registered by link makes the first purchase of at least 500.00, the parent "
        "card gets 10 % of it, at most 10 times a month and at most 100,000 points for all together.",
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку от 500,00, родительская "
        "карта получает 10 % от неё, не более 10 раз в месяц и не более 100\xa0000 баллов на всех "
        "вместе.",
    ),
]

# The same to a member: (campaign, English, Russian)
MEMBERS = [
    (
        "friends-first-purchase",
        "When a friend registered by your link makes the first purchase, you get 10 % of it and your "
        "friend's card gets 50 points.",
        "Когда друг, зарегистрированный по вашей ссылке, делает первую покупку, вы получаете 10 % от "
        "неё, а карта вашего друга получает 50 баллов.",
    ),
    (
        "every-nth-friend",
        "For every 3 friends of yours who make a first purchase, you get 250 points.",
        "За каждых 3 ваших друзей, сделавших первую покупку, вы получаете 250 баллов.",
    ),
    (
        "points-for-each-friend",
        "When a friend registered by your link makes the first purchase, you get 500 points (to be "
        "spent after 14 days).",
        "Когда друг, зарегистрированный по вашей ссылке, делает первую покупку, вы получаете 500 "
        "баллов (можно потратить по истечении 14 дней).",
    ),
    (
        "points-for-both",
        "When a friend registered by your link makes the first purchase, you get 500 points (to be "
        "spent after 14 days) and your friend's card gets 200 points (to be spent after 14 days).",
        "Когда друг, зарегистрированный по вашей ссылке, делает первую покупку, вы получаете 500 "
        "баллов (можно потратить по истечении 14 дней), а карта вашего друга получает 200 баллов "
        "(можно потратить по истечении 14 дней).",
    ),
    (
        "friends-with-limits",
        "When a friend registered by your link makes the first purchase of at least 500.00, you get "
        "10 % of it, at most 10 times a month.",
        "Когда друг, зарегистрированный по вашей ссылке, делает первую покупку от 500,00, вы "
        "получаете 10 % от неё, не более 10 раз в месяц.",
    ),
]


@pytest.mark.parametrize(("preset", "key", "english", "russian"), PRESETS, ids=lambda value: value[:30])
def test_presets_say_what_they_do(preset, key, english, russian):
    assert preset in presets
    assert (say(definitions("referrals")[key]), say(definitions("referrals")[key], "ru")) == (
        english,
        russian,
    )


def test_each_campaign_of_each_preset_is_among_them():
    assert [key for _preset, key, *_texts in PRESETS] == list(definitions("referrals"))


@pytest.mark.parametrize(("key", "english", "russian"), MEMBERS, ids=lambda value: value[:30])
def test_members_are_addressed_as_you(key, english, russian):
    text = definitions("referrals")[key]

    assert (say(text, audience="member"), say(text, "ru", audience="member")) == (english, russian)


FILE = {
    "points-on-purchases": (
        "When a client makes a purchase, the client's card gets 5 % of it.",
        "Когда клиент делает покупку, карта клиента получает 5 % от неё.",
    ),
    "first-purchase-to-parent": (
        "When a client registered by link makes the first purchase, the parent card gets 10 % of it, at most 10 times a "
        "month.",
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку, родительская карта получает 10 % от неё, не "
        "более 10 раз в месяц.",
    ),
    "every-third-friend": (
        "For every 3 clients registered by the parent card's link who make a first purchase, the parent card gets 250 "
        "points.",
        "За каждых 3 клиентов, зарегистрированных по ссылке родительской карты и сделавших первую покупку, родительская "
        "карта получает 250 баллов.",
    ),
    "eight-levels": (
        "When a client makes a purchase, the parent cards of 8 levels get 10 / 5 / 2.5 / 1.25 / 0.6 / 0.3 / 0.15 / 0.1 % "
        "of it by level. All together get at most 15 % of the purchase.",
        "Когда клиент делает покупку, родительские карты 8 уровней получают 10 / 5 / 2,5 / 1,25 / 0,6 / 0,3 / 0,15 / 0,1 "
        "% от неё по уровням. Все вместе получают не более 15 % от покупки.",
    ),
}


@pytest.mark.parametrize("key", FILE)
def test_the_campaigns_of_the_example_file(key):
    found = {one["key"]: one for one in yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["campaigns"]}

    assert (say(found[key]), say(found[key], "ru")) == FILE[key]


def test_the_sentence_of_the_brief():
    """Link, first purchase and minimum melt into one clause."""
    first = {"match": "first", "since": "link", "minimum_total": "500"}
    text = campaign(
        {"kind": "referrals.registered_via_link"},
        {"kind": "loyalty.purchase_number", "params": first},
        actions=[gives({"kind": "loyalty.percent", "percent": "10"}, to="parent_card")],
        limits=[{"per": "recipient", "measure": "times", "max": "10", "period": "month"}],
    )

    assert say(text) == (
        "When a client registered by link makes the first purchase of at least 500.00, the parent card gets 10 % of it, "
        "at most 10 times a month."
    )
    assert say(text, "ru") == (
        "Когда клиент, зарегистрированный по ссылке, делает первую покупку от 500,00, родительская карта получает 10 % от "
        "неё, не более 10 раз в месяц."
    )
    assert say(text, audience="member", role="card") == (
        "When you make the first purchase of at least 500.00, the card of whoever invited you gets 10 % of it, at most "
        "10 times a month."
    )


COUNTS = [
    (
        {"match": "at", "count": 2},
        "As soon as 2 clients registered by the parent card's link have made a first purchase, the parent card gets 10 "
        "points.",
        "Как только 2 клиента, зарегистрированные по ссылке родительской карты, сделают первую покупку, родительская "
        "карта получает 10 баллов.",
        "As soon as 2 friends of yours have made a first purchase, you get 10 points.",
        "Как только 2 ваших друга сделают первую покупку, вы получаете 10 баллов.",
    ),
    (
        {"match": "every", "count": 1},
        "For every client registered by the parent card's link who makes a first purchase, the parent card gets 10 "
        "points.",
        "За каждого клиента, зарегистрированного по ссылке родительской карты и сделавшего первую покупку, родительская "
        "карта получает 10 баллов.",
        "For every friend of yours who makes a first purchase, you get 10 points.",
        "За каждого вашего друга, сделавшего первую покупку, вы получаете 10 баллов.",
    ),
    (
        {"match": "at_least", "count": 5},
        "When a client registered by link makes the first purchase that counts and the number of friends with a purchase "
        "whom the parent card brought is at least 5, the parent card gets 10 points.",
        "Когда клиент, зарегистрированный по ссылке, делает первую засчитанную покупку и при этом число друзей с "
        "покупкой, которых привела родительская карта, — не менее 5, родительская карта получает 10 баллов.",
        "When your friend makes the first purchase that counts and the number of friends with a purchase whom your card "
        "brought is at least 5, you get 10 points.",
        "Когда ваш друг делает первую засчитанную покупку и при этом число друзей с покупкой, которых привела ваша карта, "
        "— не менее 5, вы получаете 10 баллов.",
    ),
]


@pytest.mark.parametrize(
    ("params", *LANGUAGES, "member", "member_ru"), COUNTS, ids=lambda value: str(value)[:30]
)
def test_counts_of_friends(params, en, ru, member, member_ru):
    text = campaign(
        {"kind": "referrals.referred_clients", "about": "parent_card", "params": params},
        trigger="referrals.referral_qualified",
        actions=[gives(to="parent_card")],
    )

    assert [say(text), say(text, "ru")] == [en, ru]
    assert [say(text, one, audience="member") for one in LANGUAGES] == [member, member_ru]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", ["card", "parent_card"])
@pytest.mark.parametrize("trigger", [*TRIGGERS, "loyalty.purchase", "loyalty.scheduled"])
def test_no_rule_is_left_without_words(language, about, trigger):
    ours = [one.kind for one in (*conditions, *event_kinds) if one.kind.startswith("referrals.")]
    assert set(ours) == {*CONDITIONS, *TRIGGERS}
    for kind, samples in CONDITIONS.items():
        for params in samples:
            for negate in (False, True):
                asked: dict[str, Any] = {"kind": kind, "params": params, "about": about, "negate": negate}
                text = campaign(asked, trigger=trigger, actions=[gives(to="parent_card")])
                for sentence in (say(text, language, of=rules()), say(text, language, audience="member")):
                    assert sentence.endswith(".")
                    assert [
                        one for one in ("%(", "None", "meets", "отвечает", "missing") if one in sentence
                    ] == []
