"""Campaign files: what goes in comes out, and nothing is written that did not change."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from loyalty.exceptions import CampaignFileInvalid
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Currency, Program
from loyalty.services.campaign_files import (
    export_campaigns,
    export_text,
    import_campaigns,
    validate_campaigns,
)
from loyalty.services.campaigns import archive_campaign, publish_campaign, save_draft
from tests.loyalty.campaigns.bakery import FILE, refused

pytestmark = pytest.mark.django_db


def test_import_creates_what_is_missing_and_leaves_drafts() -> None:
    done = import_campaigns(text=FILE)

    assert (done.created, done.updated, done.unchanged, done.published) == (
        ["five-percent", "double"],
        [],
        [],
        [],
    )
    program = Program.objects.get()
    assert (program.slug, program.name, program.purchase_currency, program.timezone) == (
        "bakery",
        "Bakery",
        "EUR",
        "UTC",
    )
    points = Currency.objects.get(code="points")
    assert (points.name, points.hold, points.validity, points.clawback) == (
        "Crumbs",
        "P14D",
        "P1Y",
        "within_balance",
    )
    assert Currency.objects.get(code="eur").name == "Eur"
    assert not CampaignPublication.objects.exists()


def test_export_then_import_changes_nothing() -> None:
    import_campaigns(text=FILE, publish=True, allow_past=True)
    program = Program.objects.get()

    for kind in ("yaml", "json"):
        text = export_text(program=program, kind=kind)
        done = import_campaigns(text=text, kind=kind, publish=True)
        assert (done.created, done.updated, done.published) == ([], [], [])
        assert done.unchanged == ["double", "five-percent"]
        assert export_text(program=program, kind=kind) == text
    assert CampaignPublication.objects.count() == 2
    exported = export_campaigns(program=program)
    assert [entry["key"] for entry in exported["campaigns"]] == ["double", "five-percent"]
    assert exported["campaigns"][1]["effective_from"] == "2019-12-31T22:00:00Z"


def test_a_program_of_its_own_kind_is_made_again_from_its_export() -> None:
    text = FILE.replace(
        "program: bakery",
        "program: {slug: bakery, name: Булочная, purchase_currency: JPY, timezone: Asia/Tokyo,"
        " card_number_pattern: ''}",
    )
    import_campaigns(text=text)
    exported = export_text(program=Program.objects.get())
    Campaign.objects.all().delete()
    Currency.objects.all().delete()
    Program.objects.all().delete()

    import_campaigns(text=exported)

    program = Program.objects.get()
    assert (program.name, program.purchase_currency, program.timezone) == ("Булочная", "JPY", "Asia/Tokyo")
    assert export_text(program=program) == exported


def test_what_a_currency_is_worth_goes_in_and_out() -> None:
    import_campaigns(text=FILE.replace("decimals: 2\n", 'decimals: 2\n  worth: "0.0250"\n'))
    worths = {
        row["code"]: row["worth"] for row in export_campaigns(program=Program.objects.get())["currencies"]
    }

    assert worths == {"eur": "0.025", "points": None}
    assert Currency.objects.get(code="eur").worth == Decimal("0.025")
    again = import_campaigns(text=export_text(program=Program.objects.get()))
    assert again.unchanged == ["double", "five-percent"]


def test_nothing_is_worth_nothing() -> None:
    spoilt = FILE.replace("decimals: 2\n", 'decimals: 2\n  worth: "0"\n')

    assert refused(spoilt) == [(7, "currencies[1].worth", "min_value")]


def test_what_changed_is_published_and_nothing_else() -> None:
    import_campaigns(text=FILE, publish=True, allow_past=True)

    done = import_campaigns(text=FILE.replace('factor: "2"', 'factor: "3"'), publish=True)

    assert (done.updated, done.unchanged, done.published) == (["double"], ["five-percent"], ["double"])
    assert CampaignRevision.objects.filter(campaign__key="double").count() == 2


def test_another_date_is_a_change_too() -> None:
    import_campaigns(text=FILE, publish=True, allow_past=True)

    done = import_campaigns(text=FILE.replace("2020-01-01", "2021-01-01"), publish=True, allow_past=True)

    assert done.published == ["five-percent"]
    last = CampaignPublication.objects.order_by("pk").last()
    assert last is not None
    assert last.effective_from == datetime(2020, 12, 31, 22, tzinfo=UTC)
    assert CampaignRevision.objects.filter(campaign__key="five-percent").count() == 1


def test_the_past_needs_leave_and_nothing_is_written_without() -> None:
    assert refused(FILE, publish=True) == [(8, "campaigns[0]", "past_not_allowed")]
    assert not Program.objects.exists()


def test_a_draft_beside_its_publication_carries_no_date() -> None:
    import_campaigns(text=FILE, publish=True, allow_past=True)
    import_campaigns(text=FILE.replace("Пять", "Семь"))

    entry = export_campaigns(program=Program.objects.get())["campaigns"][1]

    assert entry["name"] == "Семь процентов"
    assert "effective_from" not in entry


def test_archived_campaigns_are_not_exported_and_not_imported() -> None:
    import_campaigns(text=FILE)
    archive_campaign(campaign=Campaign.objects.get(key="double"))

    assert [entry["key"] for entry in export_campaigns(program=Program.objects.get())["campaigns"]] == [
        "five-percent"
    ]
    assert refused(FILE) == [(24, "campaigns[1]", "campaign_state_invalid")]


def test_an_unfinished_draft_is_exported_as_it_stands(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)
    campaign.actions.update(amount_params={})

    (entry,) = export_campaigns(program=program)["campaigns"]

    assert entry["actions"][0]["amount"] == {"kind": "loyalty.percent"}


def test_without_pyyaml_json_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    import_campaigns(text=FILE)
    text = export_text(program=Program.objects.get(), kind="json")
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert import_campaigns(text=text).unchanged == ["double", "five-percent"]
    with pytest.raises(CampaignFileInvalid) as error:
        validate_campaigns(text=FILE)
    assert "django-loyalty-referrals[yaml]" in str(error.value)


def test_validate_writes_nothing() -> None:
    assert len(validate_campaigns(text=FILE).campaigns) == 2

    assert not Program.objects.exists()


def test_publishing_by_hand_and_by_file_go_together() -> None:
    import_campaigns(text=FILE)
    publish_campaign(campaign=Campaign.objects.get(key="double"))

    done = import_campaigns(text=FILE, publish=True, allow_past=True)

    assert done.published == ["five-percent"]
