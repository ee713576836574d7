"""Campaign files: what goes in comes out, and every mistake is named by path and line."""

import json
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loyalty.exceptions import CampaignFileInvalid
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Currency, Program
from loyalty.services.campaign_files import (
    export_campaigns,
    export_text,
    import_campaigns,
    validate_campaigns,
)
from loyalty.services.campaigns import archive_campaign, publish_campaign, save_draft

pytestmark = pytest.mark.django_db

FILE = """\
format: loyalty-campaigns/1
program: bakery
currencies:
- {code: points, name: Crumbs, decimals: 0, hold: P14D, validity: P1Y, clawback: within_balance}
- code: eur
  decimals: 2
campaigns:
- key: five-percent
  name: Пять процентов
  trigger: {kind: loyalty.purchase}
  effective_from: "2020-01-01T00:00:00+02:00"
  conditions:
  - - {kind: loyalty.items, params: {skus: ["007", "1e5", "a,b"]}}
    - {kind: loyalty.hours, negate: true, params: {start_time: "22:00", end_time: "06:00"}}
  - - {kind: loyalty.weekday, params: {days: [sun, sat]}}
  actions:
  - slot: buyer
    kind: loyalty.credit
    recipient: card
    currency: points
    amount: {kind: loyalty.percent, percent: "5.00", of: lines, categories: [bread]}
  limits:
  - {per: campaign, measure: amount, max: 1000, period: month, at_edge: skip}
- key: double
  trigger: {kind: loyalty.purchase}
  phase: multiplier
  priority: 50
  actions:
  - {slot: double, kind: loyalty.multiply, currency: points, params: {factor: "2"}}
"""


def refused(text: str, **options: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(CampaignFileInvalid) as error:
        import_campaigns(text=text, **options)
    return [(one["line"], one["path"], one["code"]) for one in error.value.details]


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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("/1", "/2", (1, "format", "unknown_format"), id="format"),
        pytest.param("program: bakery", "progam: bakery", (1, "program", "required"), id="program"),
        pytest.param("bakery", "ba kery", (2, "program", "invalid"), id="slug"),
        pytest.param("P14D", "14 days", (4, "currencies[0].hold", "invalid"), id="hold"),
        pytest.param("decimals: 2", "decimals: 7", (6, "currencies[1].decimals", "max_value"), id="decimals"),
        pytest.param(
            "code: eur", "code: points", (5, "currencies[1].code", "currency_twice"), id="currency-twice"
        ),
        pytest.param(
            "key: double", "key: five-percent", (24, "campaigns[1].key", "key_twice"), id="key-twice"
        ),
        pytest.param(
            "priority: 50", "prority: 50", (27, "campaigns[1].prority", "unknown_key"), id="unknown-key"
        ),
        pytest.param(
            '"5.00"', "5.00", (21, "campaigns[0].actions[0].amount.percent", "wrong_type"), id="a-float"
        ),
        pytest.param(
            "of: lines",
            "off: lines",
            (21, "campaigns[0].actions[0].amount.off", "unknown_key"),
            id="unknown-setting",
        ),
        pytest.param(
            "max: 1000", "min: 1000", (23, "campaigns[0].limits[0].max", "required"), id="missing-key"
        ),
        pytest.param(
            "[sun, sat]",
            "[sun, noday]",
            (15, "campaigns[0].conditions[1][0].params.days", "invalid_choice"),
            id="choice",
        ),
        pytest.param(
            "slot: buyer",
            "slot: buyer\n    slot: b",
            (18, "campaigns[0].actions[0].slot", "duplicate_key"),
            id="twice",
        ),
        pytest.param("limits:", "limits: [", (23, "", "syntax"), id="syntax"),
    ],
)
def test_a_mistake_is_named_by_path_and_line(old: str, new: str, expected: tuple[int, str, str]) -> None:
    assert old in FILE

    assert expected in refused(FILE.replace(old, new))
    assert not Program.objects.exists()


def test_json_has_lines_too() -> None:
    import_campaigns(text=FILE)
    text = export_text(program=Program.objects.get(), kind="json").replace('"factor": "2"', '"factor": 2.5')
    line = text[: text.index('"factor"')].count("\n") + 1

    assert refused(text) == [(line, "campaigns[0].actions[0].params.factor", "wrong_type")]


def test_a_currency_that_is_another_one_is_refused() -> None:
    import_campaigns(text=FILE)

    assert refused(FILE.replace("P14D", "P7D").replace("decimals: 2", "decimals: 3")) == [
        (4, "currencies[0].hold", "differs"),
        (6, "currencies[1].decimals", "differs"),
    ]
    assert import_campaigns(text=FILE.replace("Crumbs", "Crumbles")).unchanged == ["five-percent", "double"]


def test_a_program_that_is_another_one_is_refused() -> None:
    import_campaigns(text=FILE)

    assert refused(FILE.replace("program: bakery", "program: {slug: bakery, timezone: Asia/Tokyo}")) == [
        (2, "program.timezone", "differs")
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "5", '"x"', "- a"])
def test_what_is_no_campaign_file_at_all(text: str) -> None:
    assert refused(text)


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


def run(*args: str) -> str:
    out = StringIO()
    call_command("loyalty_campaigns", *args, stdout=out)
    return out.getvalue()


def test_the_command_imports_exports_and_validates(tmp_path: Path) -> None:
    source, copy = tmp_path / "campaigns.yaml", tmp_path / "campaigns.json"
    source.write_text(FILE, encoding="utf-8")

    assert run("validate", str(source)) == f"{source}: valid, 2 campaigns\n"
    assert run("import", str(source), "--publish", "--effective-from", "2022-01-01T00:00:00Z") == (
        "created: five-percent, double\nupdated: -\nunchanged: -\npublished: five-percent, double\n"
    )
    assert run("export", "--output", str(copy)) == ""
    assert (
        json.loads(copy.read_text(encoding="utf-8"))["campaigns"][0]["effective_from"]
        == "2022-01-01T00:00:00Z"
    )
    assert "unchanged: double, five-percent" in run("import", str(copy), "--publish")
    assert run("export", "--program", "bakery").startswith("format: loyalty-campaigns/1\nprogram: bakery\n")


def test_the_command_names_path_and_line_and_fails(tmp_path: Path) -> None:
    source = tmp_path / "campaigns.yaml"
    source.write_text(FILE.replace("of: lines", "off: lines"), encoding="utf-8")

    for step in ("validate", "import"):
        with pytest.raises(CommandError) as error:
            run(step, str(source))
        assert error.value.returncode == 1
        assert f"{source}:21: campaigns[0].actions[0].amount.off: “off” is not known here." in str(
            error.value
        )


@pytest.mark.parametrize(
    "args",
    [("export", "--program", "nobody"), ("import", "/no/such/file.yaml"), ("export",)],
    ids=["unknown-program", "no-file", "no-program"],
)
def test_the_command_says_what_is_missing(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*args)


def test_publishing_by_hand_and_by_file_go_together() -> None:
    import_campaigns(text=FILE)
    publish_campaign(campaign=Campaign.objects.get(key="double"))

    done = import_campaigns(text=FILE, publish=True, allow_past=True)

    assert done.published == ["five-percent"]
