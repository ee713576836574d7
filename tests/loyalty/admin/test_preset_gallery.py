"""Where campaigns begin: the gallery, the figures of a preset, and a site that has nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from loyalty.models import Campaign, Currency, Program
from loyalty.presets import Preset, PresetCurrency, amount_field, credit, fixed, presets
from loyalty.services import list_presets
from tests.loyalty.admin.trial_desk import boss, count_queries, make_program, page, percent, staff, stored

pytestmark = pytest.mark.django_db

POINTS = {
    "preset-currency": "points",
    "preset-amount": "2",
    "preset-step": "20",
    "preset-better_days": ["wed"],
    "preset-better_factor": "3",
    "preset-weekend_factor": "1.25",
    "preset-nth_purchase": "7",
    "preset-nth_bonus": "70",
    "preset-birthday_bonus": "10",
}
NEW_SITE = {
    "program-name": "Кофейня",
    "program-purchase_currency": "rub",
    "program-timezone": "Europe/Moscow",
    "currency-name": "Beans",
    "currency-hold": "14",
    "currency-validity": "365",
    "currency-worth": "0.5",
}


def fill(client: Client, key: str = "loyalty.points_on_purchases", **data: Any) -> Any:
    return client.post(page("gallery_preset", None, key), data or POINTS)


# --- the gallery ------------------------------------------------------------------------------------------------------


def test_every_preset_is_a_card_that_leads_to_its_figures() -> None:
    make_program()

    text = boss().get(page("gallery")).content.decode()

    assert len(list_presets()) >= 5
    for preset in list_presets():
        assert page("gallery_preset", None, preset.key) + "?program=cafe" in text
        assert str(preset.label) in text
    assert reverse("admin:loyalty_campaign_add") + "?program=cafe" in text


def test_adding_a_campaign_begins_at_the_gallery() -> None:
    make_program()

    answer = boss().get(reverse("admin:loyalty_campaign_add"))

    assert (answer.status_code, answer.url) == (302, page("gallery"))


@pytest.mark.parametrize("name", ["gallery", "gallery_setup", "gallery_made"])
def test_the_gallery_needs_the_permission_to_add_campaigns(name: str) -> None:
    make_program()

    assert Client().get(page(name)).status_code == 302
    assert staff("view_campaign", "change_campaign", "add_currency").get(page(name)).status_code == 403
    assert staff("add_campaign", name="may").get(page(name)).status_code == 200


def test_filling_needs_the_permission_to_add_campaigns() -> None:
    make_program()
    client, before = staff("view_campaign", "change_campaign"), stored()

    assert client.get(page("gallery_preset", None, "loyalty.win_back")).status_code == 403
    assert fill(client).status_code == 403
    assert stored() == before


def test_looking_changes_nothing() -> None:
    make_program()
    client, before = boss(), stored()

    for address in [page("gallery"), page("gallery_setup"), page("gallery_made")] + [
        page("gallery_preset", None, preset.key) for preset in list_presets()
    ]:
        assert client.get(address).status_code == 200
    assert stored() == before


def test_an_unknown_preset_is_not_found() -> None:
    make_program()

    assert boss().get(page("gallery_preset", None, "nobody.knows")).status_code == 404


# --- figures ----------------------------------------------------------------------------------------------------------


def test_filled_figures_become_drafts() -> None:
    program = make_program()

    answer = fill(staff("add_campaign", "view_campaign"))

    made = list(Campaign.objects.filter(program=program).order_by("pk"))
    assert [one.key for one in made] == [
        "points-on-purchases",
        "better-days",
        "better-weekends",
        "nth-purchase",
        "birthday",
    ]
    assert answer.url == page("gallery_made") + "?made=" + ",".join(str(one.pk) for one in made)
    amount = made[0].actions.get().amount_params
    assert (amount["amount"], amount["step"]) == ("2", "20")
    assert made[1].conditions.get().params == {"days": ["wed"]}
    assert made[1].actions.get().params == {"factor": "3"}
    assert not any(one.publications.exists() for one in made)
    assert LogEntry.objects.count() == 5


def test_the_drafts_that_were_made_are_listed_with_their_sentences() -> None:
    make_program()
    client = boss()

    answer = client.get(fill(client).url)

    drafts = answer.context["drafts"]
    assert [one.campaign.key for one in drafts][:2] == ["points-on-purchases", "better-days"]
    text = answer.content.decode()
    assert "5 drafts were made. Nothing is published yet." in text
    assert all(
        one.sentence and reverse("admin:loyalty_campaign_change", args=[one.campaign.pk]) in text
        for one in drafts
    )


def test_one_draft_leads_to_its_editor() -> None:
    make_program()
    figures = {
        "preset-currency": "points",
        "preset-days": "30",
        "preset-bonus": "5",
        "preset-validity": "P7D",
    }
    figures |= {"preset-validity_0": "7", "preset-validity_1": "D"}
    figures |= {"preset-validity_number": "7", "preset-validity_unit": "D"}

    answer = fill(boss(), "loyalty.win_back", **figures)

    made = Campaign.objects.get()
    assert answer.url == reverse("admin:loyalty_campaign_change", args=[made.pk])
    assert made.conditions.get().params["minimum"] == 30
    assert made.actions.get().params["validity"] == "P7D"


def test_filling_again_makes_new_drafts_and_changes_none() -> None:
    make_program()
    client = boss()
    fill(client)
    before = list(Campaign.objects.order_by("pk").values())

    fill(client)

    assert list(Campaign.objects.order_by("pk").values())[:5] == before
    assert Campaign.objects.count() == 10


def test_mistakes_are_told_at_their_field_and_nothing_is_made() -> None:
    make_program()

    answer = fill(boss(), **{**POINTS, "preset-nth_purchase": "0", "preset-amount": "many"})

    assert answer.status_code == 200
    wrong = {name: view.problems for name, view in answer.context["form"].views.items() if view.problems}
    assert wrong == {
        "amount": ["Enter a number."],
        "nth_purchase": ["Ensure this value is greater than or equal to 1."],
    }
    assert not Campaign.objects.exists()


def test_a_currency_of_another_program_is_refused() -> None:
    make_program()
    Currency.objects.create(
        program=Program.objects.create(slug="other", name="Other"), code="stars", name="Stars"
    )

    answer = fill(boss(), **{**POINTS, "preset-currency": "stars"})

    assert answer.status_code == 200
    assert not Campaign.objects.exists()


def test_figures_that_no_draft_can_have_are_told_above_the_form() -> None:
    make_program()

    answer = fill(boss(), **{**POINTS, "preset-step": "10.005"})

    assert answer.status_code == 200
    assert [one.place for one in answer.context["problems"]] == ["Action 1"]
    assert not Campaign.objects.exists()


def test_numbers_may_be_typed_as_the_reader_writes_them() -> None:
    make_program()
    client = boss()

    client.post(
        page("gallery_preset", None, "loyalty.points_on_purchases"),
        {**POINTS, "preset-weekend_factor": "1,25"},
        headers={"accept-language": "ru"},
    )

    assert Campaign.objects.get(key="better-weekends").actions.get().params == {"factor": "1.25"}


class EvilPreset(Preset):
    key = "test.evil"
    label = "<b>Label</b>"
    description = "<script>alert(1)</script>"

    class Params(PresetCurrency):
        bonus = amount_field(label="<i>bonus</i>", initial=Decimal(1))

    def campaigns(self, values: Any, program: Any) -> list[dict[str, Any]]:
        made = percent("1", key="evil", name="<u>name</u>")
        return [{**made, "actions": [credit("main", fixed(values["bonus"]), currency=values["currency"])]}]


@pytest.fixture
def evil() -> Iterator[None]:
    with presets.register_temporarily(EvilPreset):
        yield


@pytest.mark.usefixtures("evil")
def test_texts_of_presets_are_shown_and_not_run() -> None:
    make_program()
    client = boss()

    for address in (page("gallery"), page("gallery_preset", None, "test.evil")):
        text = client.get(address).content.decode()
        assert not any(tag in text for tag in ("<b>Label", "<script>alert", "<i>bonus"))


@pytest.mark.usefixtures("evil")
def test_the_figures_of_a_preset_of_the_host_are_asked_for(settings: Any) -> None:
    make_program()

    fill(boss(), "test.evil", **{"preset-currency": "points", "preset-bonus": "12"})

    assert Campaign.objects.get().actions.get().amount_params == {"value": "12"}


def test_of_several_programs_the_one_that_was_chosen_is_filled() -> None:
    make_program()
    other = Program.objects.create(slug="other", name="Other")
    Currency.objects.create(program=other, code="points", name="Points")
    client = boss()

    client.post(page("gallery_preset", None, "loyalty.points_on_purchases") + "?program=other", POINTS)

    assert set(Campaign.objects.values_list("program__slug", flat=True)) == {"other"}


def test_the_gallery_costs_the_same_for_any_number_of_campaigns() -> None:
    make_program()
    client = boss()
    few = count_queries(client, page("gallery"))
    for _again in range(4):
        fill(client)
    client.get(page("gallery"))  # shows the messages

    assert count_queries(client, page("gallery")) == few


# --- a new site -------------------------------------------------------------------------------------------------------


def test_an_empty_site_is_told_what_is_missing_and_can_make_it_there() -> None:
    client = boss()

    text = client.get(page("gallery")).content.decode()
    assert "There is no program yet." in text
    assert 'name="program-name"' in text
    assert 'name="currency-name"' in text

    answer = client.post(page("gallery_setup"), NEW_SITE)

    program = Program.objects.get()
    assert answer.url == page("gallery") + "?program=club"
    assert (program.slug, program.name, program.purchase_currency, program.timezone) == (
        "club",
        "Кофейня",
        "RUB",
        "Europe/Moscow",
    )
    currency = Currency.objects.get()
    assert (currency.code, currency.name, currency.hold, currency.validity, currency.worth) == (
        "beans",
        "Beans",
        "P14D",
        "P365D",
        Decimal("0.5"),
    )
    assert page("gallery_preset", None, "loyalty.win_back") in client.get(answer.url).content.decode()


def test_a_program_without_anything_to_collect_asks_for_that_only() -> None:
    Program.objects.create(slug="club", name="Club")
    client = boss()

    text = client.get(page("gallery")).content.decode()
    assert "Club has nothing yet that members can collect and spend." in text
    assert 'name="program-name"' not in text

    client.post(page("gallery_setup"), NEW_SITE)
    assert Currency.objects.get().program.slug == "club"


def test_who_may_not_set_up_is_told_whom_to_ask() -> None:
    client = staff("add_campaign")

    text = client.get(page("gallery")).content.decode()
    assert "Ask somebody who runs this site." in text
    assert 'name="program-name"' not in text

    client.post(page("gallery_setup"), NEW_SITE)
    assert not Program.objects.exists()


def test_a_preset_cannot_be_filled_before_there_is_something_to_collect() -> None:
    Program.objects.create(slug="club", name="Club")

    answer = fill(boss())

    assert answer.url == page("gallery")
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("changed", "form", "field"),
    [
        ({"program-purchase_currency": "€"}, "program_form", "purchase_currency"),
        ({"program-timezone": "Mars/North"}, "program_form", "timezone"),
        ({"program-name": ""}, "program_form", "name"),
        ({"currency-hold": "-1"}, "currency_form", "hold"),
        ({"currency-worth": "0"}, "currency_form", "worth"),
    ],
    ids=["money", "zone", "name", "hold", "worth"],
)
def test_mistakes_of_a_new_site_are_told_and_nothing_is_made(
    changed: dict[str, str], form: str, field: str
) -> None:
    answer = boss().post(page("gallery_setup"), {**NEW_SITE, **changed})

    assert list(answer.context[form].errors) == [field]
    assert not Program.objects.exists()


def test_one_more_currency_gets_a_code_of_its_own() -> None:
    make_program()
    client = boss()
    for _twice in range(2):
        client.post(
            page("gallery_setup"), {name: value for name, value in NEW_SITE.items() if name.startswith("c")}
        )

    assert set(Currency.objects.values_list("code", flat=True)) == {"points", "beans", "beans-2"}
