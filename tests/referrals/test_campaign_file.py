"""A campaign file with conditions of this app: the same public door as any host's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program
from loyalty.processing.campaigns import campaign_book
from loyalty.services.campaign_files import export_text, import_campaigns

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).parent.parent / "data" / "campaigns.yaml"
KEYS = ["points-on-purchases", "first-purchase-to-parent", "every-third-friend", "eight-levels"]


def test_the_example_is_imported_and_published() -> None:
    done = import_campaigns(text=EXAMPLE.read_text(), publish=True, allow_past=True)

    assert done.created == KEYS
    assert done.published == KEYS
    program = Program.objects.get()
    assert program.slug == "cdnow"
    assert [currency.name for currency in program.currencies.all()] == ["Points"]
    book = campaign_book(program)
    assert [campaign.error for campaign in book.campaigns] == ["", "", "", ""]
    at = datetime(1997, 1, 1, tzinfo=UTC)
    assert [campaign.key for campaign in book.in_effect(trigger="loyalty.purchase", at=at)] == [
        "eight-levels",
        "first-purchase-to-parent",
        "points-on-purchases",
    ]
    assert book.has_milestones
    assert book.levels == 8


def test_export_then_import_changes_nothing() -> None:
    import_campaigns(text=EXAMPLE.read_text(), publish=True, allow_past=True)
    before = Program.objects.get().campaigns_version
    text = export_text(program=Program.objects.get())

    done = import_campaigns(text=text, publish=True)  # nothing is dated in the past, for nothing is published

    assert (done.created, done.updated, done.published) == ([], [], [])
    assert sorted(done.unchanged) == sorted(KEYS)
    assert Program.objects.get().campaigns_version == before
    assert CampaignPublication.objects.count() == CampaignRevision.objects.count() == 4
    assert export_text(program=Program.objects.get()) == text


def test_an_export_makes_the_same_program_elsewhere() -> None:
    import_campaigns(text=EXAMPLE.read_text(), publish=True, allow_past=True)
    text = export_text(program=Program.objects.get())
    elsewhere = text.replace("program: cdnow", "program: elsewhere")
    assert elsewhere != text

    done = import_campaigns(text=elsewhere, publish=True, allow_past=True)

    assert export_text(program=done.program) == elsewhere
    assert Campaign.objects.count() == 8
