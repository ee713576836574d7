"""Presets: what they fill can be published, names its own, and nothing is written when a figure does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.functional import Promise
from django.utils.translation import get_language, override

from loyalty.exceptions import CampaignInvalid, CurrencyNotFound, CurrencyNotSpendable, PresetNotFound
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Currency
from loyalty.presets import Preset, credit, fixed, presets
from loyalty.processing.campaigns import campaign_book
from loyalty.services import create_program, fill_preset, list_presets, publish_campaign

KEYS = {
    "loyalty.points_on_purchases": [
        "points-on-purchases",
        "better-days",
        "better-weekends",
        "nth-purchase",
        "birthday",
    ],
    "loyalty.levels_of_purchase": ["levels-of-purchase"],
    "loyalty.levels_of_reward": ["buyer-earns", "levels-of-reward"],
    "loyalty.shared_pot": ["pot-buyer", "pot-parent"],
    "loyalty.win_back": ["win-back"],
    "referrals.parent_and_child": ["friends-first-purchase", "every-nth-friend"],
    "referrals.one_sided": ["points-for-each-friend"],
    "referrals.two_sided": ["points-for-both"],
    "referrals.minimum_and_limits": ["friends-with-limits"],
}
REGISTERED = [preset.key for preset in presets]


def said(campaign: Campaign) -> dict[str, Any]:
    """What a draft says, once it is published."""
    publication = publish_campaign(campaign=campaign)
    assert publication.revision is not None
    definition: dict[str, Any] = publication.revision.definition
    return definition


def amounts(campaigns: list[Campaign]) -> list[dict[str, Any]]:
    """The amounts of all actions that give one."""
    actions = [action for one in campaigns for action in said(one)["actions"]]
    return [action["amount"] for action in actions if action.get("amount")]


def test_they_are_listed_as_they_are_registered():
    assert [preset.key for preset in list_presets()] == REGISTERED
    assert set(REGISTERED) <= set(KEYS)


@pytest.mark.parametrize("preset", list(presets), ids=lambda preset: preset.key)
def test_each_tells_in_the_readers_language_what_it_is_and_which_figures_it_takes(preset):
    assert isinstance(preset.label, Promise)
    assert isinstance(preset.description, Promise)
    fields = preset.Params.base_fields
    assert next(iter(fields)) == "currency"
    assert [name for name, field in fields.items() if not isinstance(field.label, Promise)] == []
    assert [name for name, field in fields.items() if field.initial is None] == ["currency"]


@pytest.mark.parametrize("preset", REGISTERED)
def test_it_fills_drafts_that_can_be_published(preset, program):
    drafts = fill_preset(preset=preset, program=program)

    assert [draft.key for draft in drafts] == KEYS[preset]
    assert not CampaignPublication.objects.exists()
    assert not CampaignRevision.objects.exists()
    for draft in drafts:
        assert draft.name
        publish_campaign(campaign=draft)
    program.refresh_from_db()
    published = campaign_book(program).campaigns
    assert {one.key: one.error for one in published} == dict.fromkeys(KEYS[preset], "")


@pytest.mark.parametrize("preset", REGISTERED)
def test_filled_again_its_drafts_get_a_number_and_those_that_are_there_stay(preset, program):
    first = fill_preset(preset=preset, program=program)
    before = {draft.key: said(draft) for draft in first}

    assert [one.key for one in fill_preset(preset=preset, program=program)] == [
        f"{key}-2" for key in KEYS[preset]
    ]
    assert [one.key for one in fill_preset(preset=preset, program=program)] == [
        f"{key}-3" for key in KEYS[preset]
    ]
    assert {draft.key: said(draft) for draft in first} == before
    assert CampaignRevision.objects.count() == len(first)


def test_numbered_drafts_name_each_other(program):
    for number in ("", "-2", "-3"):
        _own, levels = fill_preset(preset="loyalty.levels_of_reward", program=program)
        assert said(levels)["trigger"]["params"]["campaigns"] == [f"buyer-earns{number}"]


def test_where_one_key_is_taken_all_get_a_number(program):
    (birthday,) = fill_preset(preset="loyalty.win_back", program=program)
    Campaign.objects.filter(pk=birthday.pk).update(key="birthday")

    filled = fill_preset(preset="loyalty.points_on_purchases", program=program)

    assert [one.key for one in filled] == [f"{key}-2" for key in KEYS["loyalty.points_on_purchases"]]


def test_figures_are_changed(program):
    points = fill_preset(
        preset="loyalty.points_on_purchases",
        program=program,
        params={"amount": "2", "step": "7.50", "nth_purchase": 3, "better_days": ["fri", "mon"]},
    )
    assert amounts(points)[0] == {
        **amounts(fill_preset(preset="loyalty.points_on_purchases", program=program))[0],
        "amount": "2",
        "step": "7.5",
    }
    assert said(points[1])["conditions"][0][0]["params"] == {"days": ["mon", "fri"]}
    assert said(points[3])["conditions"][0][0]["params"]["count"] == 3

    levels = fill_preset(
        preset="loyalty.levels_of_purchase",
        program=program,
        params={"percents": ["3", "0.5"], "blocked": "compress", "pot": "2"},
    )
    action = said(levels[0])["actions"][0]
    assert action["amount"]["percents"] == ["3", "0.5"]
    assert action["recipient"]["blocked"] == "compress"
    assert action["pot"]["percent"] == "2"


@pytest.mark.parametrize(
    ("preset", "params", "problem"),
    [
        pytest.param("points_on_purchases", {"amount": "0"}, ("amount", "min_value"), id="too-small"),
        pytest.param("points_on_purchases", {"amont": "1"}, ("amont", "unknown_key"), id="unknown"),
        pytest.param(
            "points_on_purchases", {"nth_purchase": "3"}, ("nth_purchase", "wrong_type"), id="text-for-number"
        ),
        pytest.param(
            "points_on_purchases", {"weekend_factor": "0"}, ("weekend_factor", "min_value"), id="factor"
        ),
        pytest.param(
            "points_on_purchases", {"better_days": []}, ("better_days", "required"), id="nothing-chosen"
        ),
        pytest.param(
            "points_on_purchases",
            {"better_days": ["tuesday"]},
            ("better_days", "invalid_choice"),
            id="no-such-day",
        ),
        pytest.param("levels_of_purchase", {"percents": ["1"] * 9}, ("percents", "too_many"), id="levels"),
        pytest.param("levels_of_purchase", {"blocked": "maybe"}, ("blocked", "invalid_choice"), id="choice"),
        pytest.param("shared_pot", {"pot": 10.5}, ("pot", "wrong_type"), id="float"),
        pytest.param("win_back", {"validity": "soon"}, ("validity", "invalid_duration"), id="duration"),
        pytest.param("win_back", {"days": 100_000}, ("days", "max_value"), id="too-large"),
        pytest.param("win_back", {"currency": ""}, ("currency", "required"), id="no-currency"),
        # What only the program can know: its purchases have two decimals. The first campaign says so.
        pytest.param(
            "points_on_purchases",
            {"step": "0.001"},
            ("points-on-purchases.actions[0].amount.step", "invalid_amount"),
            id="of-the-program",
        ),
    ],
)
def test_a_figure_that_does_not_fit_is_refused_and_nothing_is_written(program, preset, params, problem):
    with pytest.raises(CampaignInvalid) as refusal:
        fill_preset(preset=f"loyalty.{preset}", program=program, params=params)

    assert [(one["path"], one["code"]) for one in refusal.value.details] == [problem]
    assert not Campaign.objects.exists()


def test_every_mistake_is_told_at_once(program):
    with pytest.raises(CampaignInvalid) as refusal:
        fill_preset(preset="loyalty.win_back", program=program, params={"days": 0, "bonus": "-1"})

    assert {one["path"] for one in refusal.value.details} == {"days", "bonus"}


def test_a_preset_that_is_not_there(program):
    with pytest.raises(PresetNotFound):
        fill_preset(preset="loyalty.perpetual_motion", program=program)
    assert not Campaign.objects.exists()


def test_the_currency_is_the_only_one_that_can_be_spent_or_has_to_be_told(program):
    Currency.objects.create(program=program, code="status", name="Status", spendable=False)
    (draft,) = fill_preset(preset="loyalty.win_back", program=program)
    assert said(draft)["actions"][0]["currency"] == "points"

    Currency.objects.create(program=program, code="credit", name="Credit", decimals=2)
    with pytest.raises(CurrencyNotFound):
        fill_preset(preset="loyalty.win_back", program=program)
    for code in ("credit", "status"):
        (draft,) = fill_preset(preset="loyalty.win_back", program=program, params={"currency": code})
        assert said(draft)["actions"][0]["currency"] == code

    with pytest.raises(CurrencyNotFound):
        fill_preset(preset="loyalty.win_back", program=program, params={"currency": "gold"})
    Currency.objects.filter(program=program).update(spendable=False)
    with pytest.raises(CurrencyNotSpendable):
        fill_preset(preset="loyalty.win_back", program=program)
    assert Campaign.objects.count() == 3


def test_it_fills_the_program_that_is_named(program):
    other = create_program(slug="other")

    (draft,) = fill_preset(preset="loyalty.win_back", program="other")

    assert draft.program == other
    assert not Campaign.objects.filter(program=program).exists()


class Greeting(Preset):
    """A host's own preset."""

    key = "school.greeting"
    label = "Greeting"
    description = "Points for a lesson."

    def campaigns(self, values, program):
        return [
            {
                "key": "greeting",
                "name": f"in {get_language()}",
                "trigger": {"kind": "loyalty.card_enrolled"},
                "actions": [credit("hello", fixed(5), currency=values["currency"])],
            }
        ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_names_are_in_the_active_language_also_those_of_a_hosts_preset(program, language):
    with presets.register_temporarily(Greeting), override(language):
        (draft,) = fill_preset(preset="school.greeting", program=program)

    assert draft.name == f"in {language}"
