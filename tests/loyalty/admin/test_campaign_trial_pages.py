"""Audience, changes, publications and shadow of a draft; who may open what; what a GET leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Program
from tests.loyalty.admin.trial_desk import (
    DAY,
    START,
    asks,
    boss,
    count_queries,
    draft,
    make_program,
    page,
    percent,
    spoil,
    staff,
    stored,
)

pytestmark = pytest.mark.django_db

TABS = ("audience", "test", "changes", "backtest", "shadow", "publications")
FIGURES = {"backtest": ("view_dashboard",)}
ACTS = {"publish": "publish", "pause": "pause", "resume": "pause", "archive": "archive"}


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def campaign(program: Program) -> Campaign:
    return draft(program, percent("5"))


def shown(client: Client, name: str, campaign: Campaign) -> str:
    answer = client.get(page(name, campaign))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", [*TABS, *ACTS])
def test_nobody_comes_in_without_signing_in_or_without_permission(name: str, campaign: Campaign) -> None:
    assert Client().get(page(name, campaign)).status_code == 302
    others = (
        "view_card",
        "view_dashboard",
        "publish_campaign",
        "pause_campaign",
        "archive_campaign",
        "add_campaign",
    )
    for method in ("get", "post"):
        assert getattr(staff(*others, name=method), method)(page(name, campaign)).status_code == 403


@pytest.mark.parametrize("name", TABS)
def test_whoever_may_see_campaigns_may_try_them_out(name: str, campaign: Campaign) -> None:
    assert staff("view_campaign", *FIGURES.get(name, ())).get(page(name, campaign)).status_code == 200


def test_what_the_program_turns_over_is_for_those_who_may_see_figures(campaign: Campaign) -> None:
    client = staff("view_campaign", "change_campaign", "view_purchase")

    assert client.get(page("backtest", campaign)).status_code == 403
    assert client.post(page("backtest", campaign), {}).status_code == 403
    tabs = [one.slug for one in client.get(page("test", campaign)).context["trial"].tabs]
    assert tabs == ["change", "audience", "test", "changes", "publications"]


@pytest.mark.parametrize("name", ACTS)
def test_each_act_needs_its_own_permission(name: str, campaign: Campaign) -> None:
    own = f"{ACTS[name]}_campaign"
    rest = [f"{one}_campaign" for one in ("publish", "pause", "archive", "backdate") if one != ACTS[name]]
    before = stored()

    with_all_others = staff("view_campaign", "change_campaign", *rest)
    assert with_all_others.get(page(name, campaign)).status_code == 403
    assert with_all_others.post(page(name, campaign), {"seen": "x"}).status_code == 403
    assert stored() == before

    assert staff("view_campaign", own, name="may").get(page(name, campaign)).status_code == 200


def test_buttons_are_those_that_the_person_and_the_state_allow(campaign: Campaign) -> None:
    client = staff("view_campaign", "publish_campaign", "pause_campaign")
    answer = client.get(page("audience", campaign))
    assert [one.slug for one in answer.context["trial"].buttons] == ["publish"]

    services.publish_campaign(campaign=campaign)
    answer = client.get(page("audience", campaign))
    assert [one.slug for one in answer.context["trial"].buttons] == ["publish", "pause"]

    services.pause_campaign(campaign=campaign)
    answer = client.get(page("audience", campaign))
    assert [one.slug for one in answer.context["trial"].buttons] == ["resume", "publish"]

    services.archive_campaign(campaign=campaign)
    answer = boss().get(page("audience", campaign))
    assert answer.context["trial"].buttons == []


def test_on_the_page_of_an_act_there_is_no_other_button(campaign: Campaign) -> None:
    answer = boss().get(page("archive", campaign))

    assert answer.context["trial"].buttons == []
    assert 'class="trial-button trial-act-archive trial-primary"' in answer.content.decode()


@pytest.mark.parametrize("name", [*TABS, *ACTS])
def test_a_get_changes_nothing(name: str, campaign: Campaign) -> None:
    client, before = boss(), stored()

    assert client.get(page(name, campaign)).status_code == 200

    assert stored() == before


@pytest.mark.parametrize("name", TABS)
def test_an_unfinished_draft_is_told_and_never_a_failure(name: str, campaign: Campaign) -> None:
    spoil(campaign)

    text = shown(boss(), name, campaign)

    assert "This draft is not finished." in text
    assert "A campaign needs at least one action." in text


def test_a_campaign_that_is_not_there_is_not_found() -> None:
    make_program()
    client = boss()

    for name in (*TABS, *ACTS):
        assert client.get(page(name, Campaign(pk=4711))).status_code == 404


def test_names_are_shown_and_not_run(program: Program) -> None:
    evil = "<script>alert(1)</script>"
    campaign = draft(program, percent("5", name=evil))
    services.enrol_card(program=program, external_id="<img src=x>", at=START)
    client = boss()

    for name in (*TABS, *ACTS):
        text = shown(client, name, campaign)
        assert evil not in text
        assert "<img src=x>" not in text
        assert "&lt;script&gt;" in text


def test_pages_have_no_inline_script_or_style(campaign: Campaign) -> None:
    client = boss()
    for name in (*TABS, *ACTS):
        text = shown(client, name, campaign)
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        inline = [part for part in text.split("<script")[1:] if not part.split(">")[0].count("src=")]
        # Django's own page keeps JSON for its sidebar in such an element; nothing in it runs.
        assert [part for part in inline if "application/json" not in part.split(">")[0]] == []


# --- audience ---------------------------------------------------------------------------------------------------------


def enrolled(program: Program, *names: str) -> list[Any]:
    return [services.enrol_card(program=program, external_id=name, at=START - DAY) for name in names]


def test_the_audience_counts_what_can_be_asked_now_and_names_the_rest(program: Program) -> None:
    anna, boris, _clara = enrolled(program, "anna", "boris", "clara")
    for card in (anna, boris):
        services.record_purchase(card=card, external_id=f"p-{card.pk}", total="10.00", occurred_at=START)
    services.block_card(card=boris, reason="lost", at=START + DAY)
    services.process_inbox()
    conditions = [[asks("lifetime_purchases", minimum=1), asks("purchase_total", minimum="5")]]
    campaign = draft(program, percent("5", conditions=conditions))

    answer = boss().get(page("audience", campaign))

    reach = answer.context["reach"]
    assert (reach.count, reach.sample, reach.everybody) == (1, [anna], False)
    (later,) = reach.asked_later
    assert "5" in later
    text = answer.content.decode()
    assert "This campaign would reach <strong>1</strong> card now." in text
    assert "Asked when it happens" in text
    assert page_of_card(anna) in text


def page_of_card(card: Any) -> str:
    return f"/admin/loyalty/card/{card.pk}/change/"


def test_a_group_that_only_asks_later_makes_it_everybody(program: Program) -> None:
    enrolled(program, "anna", "boris")
    groups = [[asks("lifetime_purchases", minimum=5)], [asks("purchase_total", minimum="5")]]
    campaign = draft(program, percent("5", conditions=groups))

    reach = boss().get(page("audience", campaign)).context["reach"]

    assert (reach.count, reach.everybody) == (2, True)


def test_who_may_not_see_cards_is_told_the_number_only(program: Program) -> None:
    (anna,) = enrolled(program, "anna")
    campaign = draft(program, percent("5"))

    text = shown(staff("view_campaign"), "audience", campaign)

    assert "This campaign would reach <strong>1</strong> card now." in text
    assert anna.number not in text
    assert "You may not see cards" in text


def test_the_audience_costs_the_same_at_any_size(program: Program) -> None:
    conditions = [[asks("lifetime_purchases", minimum=0)]]
    campaign = draft(program, percent("5", conditions=conditions))
    client = boss()
    enrolled(program, "anna")
    few = count_queries(client, page("audience", campaign))

    services.enrol_cards(program=program, items=[services.NewCard(external_id=f"c{n}") for n in range(50)])

    assert count_queries(client, page("audience", campaign)) == few


# --- changes and publications -----------------------------------------------------------------------------------------


def test_changes_are_told_in_sentences(program: Program, campaign: Campaign) -> None:
    client = boss()
    assert "never published" in shown(client, "changes", campaign)

    services.publish_campaign(campaign=campaign)
    assert "The draft says the same as revision 1" in shown(client, "changes", campaign)

    draft(program, percent("7", name="More"))
    answer = client.get(page("changes", campaign))
    sentences = [change.sentence for change in answer.context["draft"].changes]
    assert len(sentences) == 2
    assert any("More" in one for one in sentences)
    assert any("5" in one and "7" in one for one in sentences)
    assert "2 changes since revision 1" in answer.content.decode()


def test_publications_tell_who_decided_what_and_when(campaign: Campaign) -> None:
    client = boss()
    client.post(page("publish", campaign), {"seen": seen(client, "publish", campaign)})
    client.post(page("pause", campaign), {"seen": seen(client, "pause", campaign)})

    answer = client.get(page("publications", campaign))

    rows = [(row.action, str(row.actor)) for row in answer.context["publications"]]
    assert rows == [("pause", "boss"), ("publish", "boss")]


def seen(client: Client, name: str, campaign: Campaign) -> str:
    return str(client.get(page(name, campaign)).context["form"]["seen"].value())


def test_a_shadow_tells_what_it_would_have_given(program: Program, campaign: Campaign) -> None:
    (anna,) = enrolled(program, "anna")
    services.publish_campaign(campaign=campaign, shadow=True, effective_from=START - DAY, allow_past=True)
    services.record_purchase(card=anna, external_id="1", total="1234567.00", occurred_at=START)
    services.process_inbox()

    answer = boss().get(page("shadow", campaign))

    (row,) = answer.context["totals"]
    assert (row.times, row.members, row.granted) == (1, 1, "61,728")
    assert "61,728" in answer.content.decode()
