"""The command loyalty_campaigns."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.loyalty.campaigns.bakery import FILE

pytestmark = pytest.mark.django_db


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
