"""`loyalty_presets`: what there is, and drafts filled at the command line."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program
from loyalty.services import create_program

LOYALTY = """\
loyalty.points_on_purchases: Points on purchases
  Points for every so much spent, more on some days and at weekends, and bonuses for a certain purchase and the birthday.
  currency: currency
  amount: points (1)
  step: for every (10)
  better_days: better days (tue)
  better_factor: multiply on these days by (2)
  weekend_factor: multiply at weekends by (1.5)
  nth_purchase: bonus on purchase number (5)
  nth_bonus: bonus for it (50)
  birthday_bonus: birthday bonus (100)
loyalty.levels_of_purchase: Levels of what was spent
  A falling percentage of each purchase for up to eight levels of parent cards, with a pot.
  currency: currency
  percents: percent by level (10, 5, 2.5, 1.25, 1, 0.5, 0.25, 0.1)
  blocked: a blocked card (keep_level)
  pot: all together at most (15)
loyalty.levels_of_reward: Levels of what was earned
  The buyer earns a percentage; parent cards a falling percentage of what the buyer earned.
  currency: currency
  percents: percent by level (10, 5, 2.5, 1.25, 1, 0.5, 0.25, 0.1)
  blocked: a blocked card (keep_level)
  own_percent: the buyer earns (5)
loyalty.shared_pot: Shared pot
  The parent card gets a percentage of each purchase, less what the buyer earned with it.
  currency: currency
  pot: for both together (10)
  own_percent: the buyer earns (3)
loyalty.win_back: Win back
  A bonus, valid for a short time, for those who have not bought for a while; once per half-year.
  currency: currency
  days: days without a purchase (60)
  bonus: bonus (100)
  validity: valid for (P14D)
"""
REFERRALS = """\
referrals.parent_and_child: Parent and child cards
  A friend who registered by link makes a first purchase: the parent card gets a percentage of it, the friend a bonus; \
each further group of friends brings another bonus.
  currency: currency
  parent_percent: the parent card gets of the first purchase (10)
  minimum_total: of a purchase of at least (0.01)
  child_bonus: the friend gets (50)
  friends: bonus for every so many friends (3)
  friends_bonus: bonus for them (250)
referrals.one_sided: Points for each friend
  Whoever brings a friend gets points when the friend first buys, or already when the friend registers.
  currency: currency
  parent_bonus: bonus for each friend (500)
  paid: paid (purchase)
  minimum_total: of a purchase of at least (0.01)
  hold: hold (P14D)
referrals.two_sided: Points for both
  A friend's first purchase brings points to both. The friend's may come at once, with the registration.
  currency: currency
  parent_bonus: bonus for each friend (500)
  child_bonus: the friend gets (200)
  child_paid: the friend is paid (purchase)
  minimum_total: of a purchase of at least (0.01)
  hold: hold (P14D)
referrals.minimum_and_limits: Friends with a minimum and limits
  A percentage of a friend's first large purchase, for a limited number of friends a month and within a budget.
  currency: currency
  parent_percent: the parent card gets of the first purchase (10)
  minimum_total: of a purchase of at least (500)
  friends_a_month: friends a month at most (10)
  budget: budget (100000)
"""


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("loyalty_presets", *args, stdout=out)
    return out.getvalue()


def published(key: str) -> dict[str, Any]:
    """What a campaign says."""
    definition: dict[str, Any] = CampaignRevision.objects.get(campaign__key=key).definition
    return definition


def test_list_tells_what_there_is_and_which_figures_can_be_set():
    assert run("list") == LOYALTY + (REFERRALS if apps.is_installed("referrals") else "")


def test_fill_writes_drafts_and_publishes_nothing(program: Program) -> None:
    assert run("fill", "loyalty.shared_pot") == "draft: pot-buyer\ndraft: pot-parent\n"
    assert run("fill", "loyalty.shared_pot") == "draft: pot-buyer-2\ndraft: pot-parent-2\n"

    assert Campaign.objects.count() == 4
    assert not CampaignPublication.objects.exists()


def test_fill_publishes_when_told_to(program: Program) -> None:
    out = run("fill", "loyalty.shared_pot", "--publish")

    assert out == "published: pot-buyer\npublished: pot-parent\n"
    published = CampaignPublication.objects.order_by("pk").values_list("campaign__key", "action")
    assert list(published) == [("pot-buyer", "publish"), ("pot-parent", "publish")]


def test_figures_are_set_whether_numbers_texts_or_lists(program: Program) -> None:
    def fill(preset: str, *figures: str) -> None:
        run("fill", preset, *[arg for figure in figures for arg in ("--set", figure)], "--publish")

    fill("loyalty.win_back", "days=30", "bonus=12.5", "validity=P1M")
    fill("loyalty.levels_of_purchase", "percents=7, 0.5", "currency=points")
    fill("loyalty.points_on_purchases", "better_days=fri,mon")

    said = published("win-back")
    assert said["conditions"][0][0]["params"]["minimum"] == 30
    assert said["actions"][0]["amount"]["value"] == "12.5"
    assert said["actions"][0]["params"]["validity"] == "P1M"
    assert published("levels-of-purchase")["actions"][0]["amount"]["percents"] == ["7", "0.5"]
    assert published("better-days")["conditions"][0][0]["params"] == {"days": ["mon", "fri"]}


def test_fill_takes_the_program_that_is_named(program: Program) -> None:
    other = create_program(slug="other")
    with pytest.raises(CommandError, match=r"^There is no such program\. "):
        run("fill", "loyalty.win_back", "--program", "nobodys")
    assert run("fill", "loyalty.win_back", "--program", "other") == "draft: win-back\n"

    assert Campaign.objects.get().program == other


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["loyalty.shared_pot", "--set", "own_percent=many", "--set", "pto=1"],
            "The campaign is not valid. Correct the mistakes listed in the details.\n"
            "pto: “pto” is not known here. Did you mean “pot”?\n"
            'own_percent: Write the number in quotes, such as "2.5".',
            id="figures",
        ),
        pytest.param(
            ["loyalty.win_back", "--set", "days=many"],
            "The campaign is not valid. Correct the mistakes listed in the details.\n"
            "days: Write a whole number, without quotes.",
            id="no-number",
        ),
        pytest.param(
            ["loyalty.points_on_purchases", "--set", "step=0.001"],
            "The campaign is not valid. Correct the mistakes listed in the details.\n"
            "points-on-purchases.actions[0].amount.step: The amount has too many digits after the decimal point: "
            "at most 2 are allowed.",
            id="of-the-program",
        ),
        pytest.param(
            ["loyalty.win_back", "--set", "currency=gold"],
            "The program has no such currency. Use one of the currencies set up for it.",
            id="currency",
        ),
        pytest.param(
            ["loyalty.perpetual_motion", "--set", "speed=1"],
            "There is no preset “loyalty.perpetual_motion”. Choose one of those that are listed.",
            id="preset",
        ),
        pytest.param(
            ["loyalty.win_back", "--set", "days"],
            "Error: argument --set: Write it as NAME=VALUE.",
            id="no-value",
        ),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(program: Program, args, message) -> None:
    with pytest.raises(CommandError) as refusal:
        run("fill", *args, "--publish")

    assert str(refusal.value) == message
    assert not Campaign.objects.exists()
