"""What a campaign does, in plain words: exact sentences in English and Russian, and that no rule is left without one."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from loyalty.presets import presets
from loyalty.rules import Action, Amount, Condition, EventKind, Outcome
from loyalty.rules.effects import Credit
from loyalty.rules.params import clean_settings
from loyalty.rules.registry import actions, amounts, conditions, event_kinds
from loyalty.selectors import describe_campaign
from loyalty.services import create_program
from tests.loyalty.sentence_samples import (
    ACTIONS,
    AMOUNTS,
    CONDITIONS,
    TRIGGERS,
    campaign,
    currency,
    gives,
    rules,
)

LANGUAGES = ("en", "ru")
# (preset, campaign, English, Russian)
PRESETS = [
    (
        "loyalty.points_on_purchases",
        "points-on-purchases",
        "When a client makes a purchase, the client's card gets 1 point for every 10.00 spent.",
        "Когда клиент делает покупку, карта клиента получает 1 балл за каждые потраченные 10,00.",
    ),
    (
        "loyalty.points_on_purchases",
        "better-days",
        "When a client makes a purchase on a Tuesday, the client's card gets 2 times as much.",
        "Когда клиент делает покупку во вторник, карта клиента получает в 2 раза больше.",
    ),
    (
        "loyalty.points_on_purchases",
        "better-weekends",
        "When a client makes a purchase on a Saturday or on a Sunday, the client's card gets 1.5 "
        "times as much.",
        "Когда клиент делает покупку в субботу или в воскресенье, карта клиента получает в 1,5 раза больше.",
    ),
    (
        "loyalty.points_on_purchases",
        "nth-purchase",
        "When a client makes purchase number 5, the client's card gets 50 points, only once. It "
        "belongs to the group “bonus”, of which all campaigns apply.",
        "Когда клиент делает 5-ю по счёту покупку, карта клиента получает 50 баллов, только один раз. Кампания "
        "входит в группу «bonus», из которой применяются все кампании.",
    ),
    (
        "loyalty.points_on_purchases",
        "birthday",
        "Each day at 9 a.m., if it is the birthday of the holder of the client's card, the client's "
        "card gets 100 points, at most once a year.",
        "Каждый день в 9:00, если у держателя карты клиента день рождения, карта клиента получает 100 "
        "баллов, не более одного раза в год.",
    ),
    (
        "loyalty.levels_of_purchase",
        "levels-of-purchase",
        "When a client makes a purchase, the parent cards of 8 levels get 10 / 5 / 2.5 / 1.25 / 1 / "
        "0.5 / 0.25 / 0.1 % of it by level. All together get at most 15 % of the purchase.",
        "Когда клиент делает покупку, родительские карты 8 уровней получают 10 / 5 / 2,5 / 1,25 / 1 / "
        "0,5 / 0,25 / 0,1 % от неё по уровням. Все вместе получают не более 15 % от покупки.",
    ),
    (
        "loyalty.levels_of_reward",
        "buyer-earns",
        "When a client makes a purchase, the client's card gets 5 % of it.",
        "Когда клиент делает покупку, карта клиента получает 5 % от неё.",
    ),
    (
        "loyalty.levels_of_reward",
        "levels-of-reward",
        "When a client gets a reward of the campaign “buyer-earns”, the parent cards of 8 levels get "
        "10 / 5 / 2.5 / 1.25 / 1 / 0.5 / 0.25 / 0.1 % of that reward by level.",
        "Когда клиент получает награду кампании «buyer-earns», родительские карты 8 уровней получают "
        "10 / 5 / 2,5 / 1,25 / 1 / 0,5 / 0,25 / 0,1 % от этой награды по уровням.",
    ),
    (
        "loyalty.shared_pot",
        "pot-buyer",
        "When a client makes a purchase, the client's card gets 3 % of it.",
        "Когда клиент делает покупку, карта клиента получает 3 % от неё.",
    ),
    (
        "loyalty.shared_pot",
        "pot-parent",
        "When a client makes a purchase, the parent card gets 10 % of it, less what the child card "
        "earned with it.",
        "Когда клиент делает покупку, родительская карта получает 10 % от неё за вычетом того, что "
        "получила сама дочерняя карта.",
    ),
    (
        "loyalty.win_back",
        "win-back",
        "Each day at 10 a.m., if the last purchase of the client's card was 60 days ago or earlier, "
        "the client's card gets 100 points (valid for 14 days), at most once a half-year.",
        "Каждый день в 10:00, если последняя покупка карты клиента была 60 дней назад или раньше, "
        "карта клиента получает 100 баллов (можно потратить в течение 14 дней), не более одного раза "
        "в полгода.",
    ),
]

# The same to a member: (campaign, English, Russian)
MEMBERS = [
    (
        "points-on-purchases",
        "When you make a purchase, you get 1 point for every 10.00 spent.",
        "Когда вы делаете покупку, вы получаете 1 балл за каждые потраченные 10,00.",
    ),
    (
        "better-days",
        "When you make a purchase on a Tuesday, you get 2 times as much.",
        "Когда вы делаете покупку во вторник, вы получаете в 2 раза больше.",
    ),
    (
        "better-weekends",
        "When you make a purchase on a Saturday or on a Sunday, you get 1.5 times as much.",
        "Когда вы делаете покупку в субботу или в воскресенье, вы получаете в 1,5 раза больше.",
    ),
    (
        "nth-purchase",
        "When you make purchase number 5, you get 50 points, only once.",
        "Когда вы делаете 5-ю по счёту покупку, вы получаете 50 баллов, только один раз.",
    ),
    (
        "birthday",
        "Each day at 9 a.m., if it is your birthday, you get 100 points, at most once a year.",
        "Каждый день в 9:00, если у вас день рождения, вы получаете 100 баллов, не более одного раза в год.",
    ),
    (
        "levels-of-purchase",
        "When your friend makes a purchase, you get 10 / 5 / 2.5 / 1.25 / 1 / 0.5 / 0.25 / 0.1 % of "
        "it by level.",
        "Когда ваш друг делает покупку, вы получаете 10 / 5 / 2,5 / 1,25 / 1 / 0,5 / 0,25 / 0,1 % от "
        "неё по уровням.",
    ),
    (
        "buyer-earns",
        "When you make a purchase, you get 5 % of it.",
        "Когда вы делаете покупку, вы получаете 5 % от неё.",
    ),
    (
        "levels-of-reward",
        "When your friend gets a reward of the campaign “buyer-earns”, you get 10 / 5 / 2.5 / 1.25 / "
        "1 / 0.5 / 0.25 / 0.1 % of that reward by level.",
        "Когда ваш друг получает награду кампании «buyer-earns», вы получаете 10 / 5 / 2,5 / 1,25 / 1 "
        "/ 0,5 / 0,25 / 0,1 % от этой награды по уровням.",
    ),
    (
        "pot-buyer",
        "When you make a purchase, you get 3 % of it.",
        "Когда вы делаете покупку, вы получаете 3 % от неё.",
    ),
    (
        "pot-parent",
        "When your friend makes a purchase, you get 10 % of it, less what your friend's card earned with it.",
        "Когда ваш друг делает покупку, вы получаете 10 % от неё за вычетом того, что получила сама "
        "карта вашего друга.",
    ),
    (
        "win-back",
        "Each day at 10 a.m., if the last purchase of your card was 60 days ago or earlier, you get "
        "100 points (valid for 14 days), at most once a half-year.",
        "Каждый день в 10:00, если последняя покупка вашей карты была 60 дней назад или раньше, вы "
        "получаете 100 баллов (можно потратить в течение 14 дней), не более одного раза в полгода.",
    ),
]


def say(definition: Any, language: str = "en", *, of: Any = None, **options: Any) -> str:
    """The sentence about a definition."""
    with override(language):
        return describe_campaign(definition, program=of or rules(), **options)


def definitions(app: str) -> dict[str, dict[str, Any]]:
    """The campaigns of an app's presets with their default figures, by key."""
    found = [one for one in presets if one.key.startswith(f"{app}.")]
    filled = [(one, clean_settings(one.Params, {"currency": "points"}).values) for one in found]
    return {text["key"]: text for one, values in filled for text in one.campaigns(values, rules())}


@pytest.mark.parametrize(("preset", "key", "english", "russian"), PRESETS, ids=lambda value: value[:30])
def test_presets_say_what_they_do(preset, key, english, russian):
    assert preset in presets
    assert (say(definitions("loyalty")[key]), say(definitions("loyalty")[key], "ru")) == (english, russian)


def test_each_campaign_of_each_preset_is_among_them():
    assert [key for _preset, key, *_texts in PRESETS] == list(definitions("loyalty"))


@pytest.mark.parametrize(("key", "english", "russian"), MEMBERS, ids=lambda value: value[:30])
def test_members_are_addressed_as_you_and_spared_what_is_internal(key, english, russian):
    text = definitions("loyalty")[key]

    assert (say(text, audience="member"), say(text, "ru", audience="member")) == (english, russian)


WHOLE = [
    (
        campaign(
            {"kind": "loyalty.lifetime_spend", "params": {"minimum": "1000"}},
            {"kind": "loyalty.segment", "params": {"segment": "vip"}, "about": "parent_card", "negate": True},
            starts_at="2026-03-01T00:00:00Z",
            ends_at="2026-04-01T00:00:00Z",
        ),
        "When a client makes a purchase and the child card has spent at least 1,000.00 in all and the parent card is "
        "not in the segment “vip”, the child card gets 10 points. It runs from March 1, 2026 to March "
        "31, 2026.",
        "Когда клиент делает покупку и при этом дочерняя карта потратила всего не менее 1\xa0000,00 и родительская "
        "карта не входит в сегмент «vip», дочерняя карта получает 10 баллов. Действует с 1 марта 2026 г. по 31 марта "
        "2026 г.",
    ),
    (
        campaign(
            conditions=[
                [{"kind": "loyalty.weekday", "params": {"days": ["tue"]}}, {"kind": "loyalty.first_reward"}],
                [{"kind": "loyalty.purchase_total", "params": {"minimum": "50"}}],
            ],
        ),
        "When a client makes a purchase and either it happens on a Tuesday and the client's card has not been rewarded "
        "by this campaign yet, or the total of the purchase is at least 50.00, the client's card gets "
        "10 points.",
        "Когда клиент делает покупку и при этом либо это происходит во вторник и карта клиента ещё не получала награды "
        "этой кампании, либо сумма покупки — не менее 50,00, карта клиента получает 10 баллов.",
    ),
    (
        campaign(
            {"kind": "loyalty.purchase_number", "params": {"match": "at", "count": 3}},
            {"kind": "loyalty.purchase_total", "params": {"minimum": "50"}},
            {"kind": "loyalty.channel", "params": {"channels": ["app"]}},
        ),
        "When a client makes purchase number 3 through the channel “app” and the total of the purchase is at least "
        "50.00, the client's card gets 10 points.",
        "Когда клиент делает 3-ю по счёту покупку через канал «app» и при этом сумма покупки — не менее 50,00, карта "
        "клиента получает 10 баллов.",
    ),
    (
        campaign(
            actions=[
                gives(
                    {"kind": "loyalty.percent_by_level", "percents": ["10", "2.5"]},
                    to={"role": "ancestors", "blocked": "compress"},
                    pot={"percent": "12.5", "of": "net_of_tax"},
                    on_refund="never",
                )
            ],
            stacking={"group": "best", "mode": "best"},
        ),
        "When a client makes a purchase, the parent cards of 2 levels get 10 / 2.5 % of it by level. All together get at "
        "most 12.5 % of the purchase without tax. A blocked parent card is skipped, and the next one moves up. A refund "
        "takes nothing back. Of the group “best” only the campaign applies that is best for the member.",
        "Когда клиент делает покупку, родительские карты 2 уровней получают 10 / 2,5 % от неё по уровням. Все вместе "
        "получают не более 12,5 % от покупки без налога. Заблокированная родительская карта пропускается, её уровень "
        "занимает следующая. При возврате покупки ничего не списывается. Из группы «best» применяется только самая "
        "выгодная для участника кампания.",
    ),
    (
        campaign(
            limits=[
                {"per": "recipient", "measure": "times", "max": "1"},
                {"per": "pair", "measure": "times", "max": "3", "period": "week"},
                {"per": "campaign", "measure": "cost", "max": "1000", "period": "quarter", "at_edge": "skip"},
                {"per": "household", "measure": "amount", "max": "21", "period": "day"},
            ],
        ),
        "When a client makes a purchase, the client's card gets 10 points, only once, at most 3 times a week for each "
        "friend, at a cost of at most 1,000.00 a quarter for all together and at most 21 points a day for each "
        "“household”. A reward that would go beyond the limit is not given at all.",
        "Когда клиент делает покупку, карта клиента получает 10 баллов, только один раз, не более 3 раз в неделю за "
        "каждого друга, стоимостью не более 1\xa0000,00 в квартал на всех вместе и не более 21 балла в день на каждое "
        "значение «household». Награда, которая превысила бы предел, не даётся вовсе.",
    ),
    (
        campaign(ends_at="2026-04-01T10:30:00Z"),
        "When a client makes a purchase, the client's card gets 10 points. It runs until April 1, "
        "2026, 10:30 a.m.",
        "Когда клиент делает покупку, карта клиента получает 10 баллов. Действует по 1 апреля 2026 г. 10:30.",
    ),
]


@pytest.mark.parametrize(("definition", "english", "russian"), WHOLE, ids=range(len(WHOLE)))
def test_whole_campaigns(definition, english, russian):
    def plain(text: str) -> str:
        return text.replace("2026 г..", "2026 г.")

    assert (say(definition), plain(say(definition, "ru"))) == (english, russian)


def test_dates_are_those_of_the_program():
    # Midnight in Moscow is nine in the evening in UTC.
    text = campaign(starts_at="2026-02-28T21:00:00Z", ends_at="2026-03-31T21:00:00Z")

    assert say(text, of=rules(zone="Europe/Moscow")).endswith("It runs from March 1, 2026 to March 31, 2026.")


def test_where_there_are_several_currencies_it_says_which():
    club = rules(currency("credit", "Store credit", 2))
    percent = {"kind": "loyalty.percent", "percent": "10"}

    assert say(campaign(actions=[gives(percent)]), of=club).endswith("gets 10 % of it in points.")
    both = campaign(actions=[gives(percent, currency="credit"), gives(slot="b", currency="credit")])
    assert say(both, of=club) == (
        "When a client makes a purchase, the client's card gets 10 % of it in “Store credit” and the client's card "
        "gets 10 in “Store credit”."
    )
    assert say(both, "ru", of=club) == (
        "Когда клиент делает покупку, карта клиента получает 10 % от неё в валюте «Store credit» и карта клиента "
        "получает 10 в валюте «Store credit»."
    )


UNFINISHED = [
    (
        {},
        "When something happens that is still to be chosen, nothing is given yet. Still missing: the "
        "trigger, an action.",
        "Когда происходит событие, которое ещё предстоит выбрать, пока ничего не даётся. Ещё не указано: событие, "
        "действие.",
    ),
    (
        campaign({"kind": "loyalty.items"}, {}, actions=[{"kind": "loyalty.credit"}]),
        "When a client makes a purchase and the client's card meets the condition “Items bought” and a condition holds "
        "that is still to be chosen, the client's card gets an amount that is still to be chosen. Still missing: the "
        "settings of “Items bought”, an amount.",
        "Когда клиент делает покупку и при этом карта клиента отвечает условию «Купленные товары» и выполняется "
        "условие, которое ещё предстоит выбрать, карта клиента получает сумму, которую ещё предстоит указать. Ещё не "
        "указано: настройки «Купленные товары», сумма.",
    ),
    (
        campaign({"kind": "gone.rule", "negate": True}),
        "When a client makes a purchase and the client's card does not meet the condition “gone.rule”, the client's "
        "card gets 10 points. Still missing: an app that knows “gone.rule”.",
        "Когда клиент делает покупку и при этом карта клиента не отвечает условию «gone.rule», карта клиента получает "
        "10 баллов. Ещё не указано: приложение, которое знает «gone.rule».",
    ),
]


@pytest.mark.parametrize(("definition", "english", "russian"), UNFINISHED, ids=["empty", "begun", "gone"])
def test_an_unfinished_draft_says_what_is_missing(definition, english, russian):
    assert (say(definition), say(definition, "ru")) == (english, russian)


def test_a_program_is_named_as_everywhere(db):
    create_program(slug="club")

    assert describe_campaign(campaign(), program="club").endswith("the client's card gets 10 points.")
    assert describe_campaign(campaign()) == describe_campaign(campaign(), program="club")


class Tides(Condition):
    """A host's own, without words of its own."""

    kind = "shop.tides"
    label = "High tide"

    class Params(forms.Form):
        metres = forms.IntegerField(label="metres", initial=2)

    def check(self, *_args: Any) -> Outcome:
        return Outcome.when(True, code="low")


class Drifting(Tides):
    kind = "shop.drifting"

    def phrase(self, params: Any, telling: Any) -> Any:
        raise RuntimeError("adrift")


class Landed(EventKind):
    kind = "shop.landed"
    label = "Fish landed"


class Tonnage(Amount):
    kind = "shop.tonnage"
    label = "By tonnage"


class Handshake(Action):
    kind = "shop.handshake"
    label = "Shake hands"

    def effect(self, **_options: Any) -> Credit:
        return Credit(hold=None, validity=None)


@pytest.mark.parametrize("condition", [Tides, Drifting])
def test_a_hosts_own_rule_without_a_phrase_is_told_by_label_and_settings(condition, caplog):
    with (
        conditions.register_temporarily(condition),
        event_kinds.register_temporarily(Landed),
        amounts.register_temporarily(Tonnage),
        actions.register_temporarily(Handshake),
    ):
        text = campaign(
            {"kind": condition.kind, "params": {"metres": 3}},
            trigger="shop.landed",
            actions=[gives({"kind": "shop.tonnage"}), gives(kind="shop.handshake", slot="b")],
        )
        assert say(text) == (
            "When this happens: “Fish landed” and the client's card meets the condition “High tide (metres 3)”, the "
            "client's card gets “By tonnage” and the client's card gets “Shake hands”."
        )
    assert ("could not say what it does" in caplog.text) is (condition is Drifting)


SAMPLES = [
    *((conditions, kind, params) for kind, found in CONDITIONS.items() for params in found),
    *((amounts, kind, params) for kind, found in AMOUNTS.items() for params in found),
    *((actions, kind, params) for kind, found in ACTIONS.items() for params in found),
    *((event_kinds, kind, params) for kind, found in TRIGGERS.items() for params in found),
]


def test_every_kind_of_ours_has_samples():
    ours = {
        one.kind
        for registry in (conditions, amounts, actions, event_kinds)
        for one in registry
        if one.kind.startswith("loyalty.") and getattr(one, "triggers", True)
    }

    # Bringing about an event needs a host's own kind of event.
    assert ours - {kind for _registry, kind, _params in SAMPLES} == {"loyalty.emit_event"}


def with_sample(registry: Any, kind: str, params: dict[str, Any], about: str, negate: bool, to: str) -> Any:
    """A campaign in which a rule stands with these settings."""
    if registry is conditions:
        return campaign(
            {"kind": kind, "params": params, "about": about, "negate": negate}, actions=[gives(to=to)]
        )
    if registry is amounts:
        return campaign(actions=[gives({"kind": kind, **params}, to=to)])
    if registry is actions:
        return campaign(actions=[gives(kind=kind, params=params, to=to)])
    return campaign(
        {"kind": "loyalty.weekday", "params": {"days": ["tue"]}}, trigger={"kind": kind, "params": params}
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("registry", "kind", "params"), SAMPLES, ids=lambda value: str(value)[:40])
def test_no_rule_is_left_without_words(registry, kind, params, language):
    for about in ("card", "parent_card"):
        for negate in (False, True):
            for to in ("card", "parent_card", "ancestors"):
                text = with_sample(registry, kind, params, about, negate, to)
                told = [say(text, language), say(text, language, audience="member")]
                for sentence in told:
                    assert sentence.endswith(".")
                    assert sentence[0].isupper() or sentence[0].isdigit()
                    # Own words, not the fallback by label; nothing unfilled, nothing empty.
                    fallback = ("meets the condition", "does not meet", "отвечает условию", "Still missing")
                    holes = ("%(", "%%", "None", "  ", " ,", "“”", "«»", "()", "{")
                    assert [one for one in (*fallback, *holes) if one in sentence] == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(sorted(CONDITIONS)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "params", "trigger", "conditions", "actions", "limits", "amount", "max", "recipient"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(anything)
def test_nonsense_is_told_somehow_and_never_raises(definition):
    for language in LANGUAGES:
        assert say(definition, language).endswith(".")


@given(st.sampled_from(SAMPLES), st.data())
def test_generated_settings_never_leave_a_hole(sample, data):
    registry, kind, params = sample
    mixed = dict(params)
    for name, value in params.items():
        if isinstance(value, str) and value.isdigit():
            mixed[name] = str(data.draw(st.integers(1, 10**6)))
        elif isinstance(value, int) and not isinstance(value, bool):
            mixed[name] = data.draw(st.integers(1, 300))
    for language in LANGUAGES:
        sentence = say(with_sample(registry, kind, mixed, "card", False, "parent_card"), language)
        assert sentence.endswith(".")
        assert [one for one in ("%(", "None", "“”", "«»") if one in sentence] == []
