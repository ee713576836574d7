"""Every mistake in a campaign file is named by path and line, and nothing of the file is written."""

import pytest

from loyalty.models import Program
from loyalty.services.campaign_files import (
    export_text,
    import_campaigns,
)
from tests.loyalty.campaigns.bakery import FILE, refused

pytestmark = pytest.mark.django_db


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
