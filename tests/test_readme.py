"""The README is true: every snippet is run in a project of its own, every table is checked against the code."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery import Task
from django.core.management import get_commands
from django.test import override_settings

from loyalty.conf import SettingsDict, loyalty_settings
from loyalty.rules import registry
from loyalty.signals import SIGNALS
from referrals.conf import referrals_settings
from referrals.signals import SIGNALS as REFERRAL_SIGNALS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.once

# What is run by tests of its own: the wheel's, the demo's, this very run, and the one of the tasks below.
ELSEWHERE = {
    'pip install "django-loyalty-referrals[yaml,progress]"',
    "make demo",
    "make test",
    "celery -A yoursite worker --beat",
}

SITE = """
from pathlib import Path

SECRET_KEY = "readme"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MANAGE = """
import os, sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""

# Runs the steps in the order of the README; Python snippets share their names, as they do for whoever reads on.
DRIVER = """
import json, os, subprocess, sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django

django.setup()
names = {}
for language, line, text in json.load(open("steps.json")):
    print(f"README.md:{line}", file=sys.stderr)
    if language == "shell":
        subprocess.run([sys.executable, "-W", "error", *json.loads(text)], check=True)
    else:
        exec(compile("\\n" * line + text, "README.md", "exec"), names)
    sys.stdout.flush()
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: what stands behind the fence, the number of that line, and the text."""

    info: str
    line: int
    text: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def file(self) -> str:
        """The file that the block is to be written to, as its first comment or the fence names it."""
        if self.language == "jsonl":
            return self.info.partition(" ")[2]
        found = re.match(r"# ([\w/]+\.(?:py|yaml))(, for \w+)?\n", self.text)
        return f"{found[1]}{found[2] or ''}" if found else ""


def read_blocks() -> list[Block]:
    blocks, fence, start, lines = [], "", 0, []
    for number, line in enumerate(README.splitlines(), start=1):
        if line.startswith("```") and not fence:
            fence, start, lines = line.removeprefix("```"), number, []
        elif line == "```":
            blocks.append(Block(fence, start, "\n".join(lines) + "\n"))
            fence = ""
        else:
            lines.append(line)
    return blocks


BLOCKS = read_blocks()


def find_file(name: str) -> str:
    """The text of the one block that belongs into a file."""
    (block,) = [block for block in BLOCKS if block.file == name]
    return block.text


def shell_lines() -> list[tuple[int, str]]:
    return [
        (block.line, line)
        for block in BLOCKS
        if block.language == "shell"
        for line in block.text.splitlines()
    ]


def steps() -> list[tuple[str, int, str]]:
    """What is run, in order: snippets of Python that belong into no file, and our own commands."""
    found = []
    for block in BLOCKS:
        if block.language == "python" and not block.file:
            found.append(("python", block.line, block.text))
        elif block.language == "shell":
            found += [
                ("shell", block.line, json.dumps(shlex.split(line)[1:]))
                for line in block.text.splitlines()
                if line.startswith("python manage.py ")
            ]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A project with one app, and the README's files where they belong."""
    site = tmp_path_factory.mktemp("site")
    (site / "shop").mkdir()
    (site / "shop" / "__init__.py").touch()
    (site / "manage.py").write_text(MANAGE)
    (site / "settings.py").write_text(SITE + find_file("settings.py"))
    (site / "driver.py").write_text(DRIVER)
    (site / "steps.json").write_text(json.dumps(steps()))
    for block in BLOCKS:
        if block.file and block.file not in ("settings.py", "settings.py, for Celery"):
            (site / block.file).write_text(block.text, encoding="utf-8")
    return site


@pytest.fixture(scope="module")
def run(site) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-W", "error", "driver.py"],
        cwd=site,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_block_is_of_a_kind_that_is_run():
    assert {block.language for block in BLOCKS} == {"python", "yaml", "shell", "jsonl"}
    assert [block.line for block in BLOCKS if block.language in ("yaml", "jsonl") and not block.file] == []


def test_every_shell_line_is_run_here_or_elsewhere():
    others = {line for _number, line in shell_lines() if not line.startswith("python manage.py ")}

    assert others == ELSEWHERE


def test_all_snippets_run_in_order(run):
    assert run.returncode == 0, run.stdout + run.stderr


def test_snippets_print_what_their_comments_say(run):
    expected = [
        text for block in BLOCKS if block.language == "python" for text in re.findall(r"# → (.*)", block.text)
    ]
    printed = iter(run.stdout.splitlines())

    assert expected
    assert [text for text in expected if text not in printed] == []


def test_the_condition_takes_less_than_twenty_lines():
    assert len(find_file("shop/loyalty_rules.py").splitlines()) < 20


def test_the_beat_schedule_names_our_tasks_and_the_settings_are_valid():
    names: dict[str, object] = {}
    exec(find_file("settings.py, for Celery"), names)

    with override_settings(LOYALTY=names["LOYALTY"]):
        assert loyalty_settings.find_problems() == []
    tasks = [entry["task"].rpartition(".") for entry in names["CELERY_BEAT_SCHEDULE"].values()]
    modules = {module: importlib.import_module(module) for module, _dot, _name in tasks}
    assert all(isinstance(getattr(modules[module], name), Task) for module, _dot, name in tasks)
    ours = {name for name, task in vars(modules["loyalty.tasks"]).items() if isinstance(task, Task)}
    assert {name for _module, _dot, name in tasks} == ours


def rows_of(heading: str) -> list[str]:
    """The rows of the first table behind a text."""
    table = re.search(r"\|[-|]+\|\n((?:\|.*\n)+)", README.partition(heading)[2])
    assert table
    return table[1].splitlines()


@pytest.mark.parametrize("declared", [loyalty_settings, referrals_settings], ids=lambda one: one.dict_name)
def test_settings_are_as_declared(declared: SettingsDict):
    rows = [
        f"| `{one.name}` | `{one.default!r}` | {one.help} {one.kind.wants[0].upper()}{one.kind.wants[1:]}. |"
        for one in declared.declared
    ]

    assert rows_of(f"\n`{declared.dict_name}`:\n") == rows


def test_signals_are_as_declared():
    assert rows_of("\n## Signals\n") == [
        f"| `{one.name}` | {one.kind} | {one.summary} |" for one in (*SIGNALS, *REFERRAL_SIGNALS)
    ]


def test_every_command_is_in_the_table():
    ours = sorted(name for name, app in get_commands().items() if app in ("loyalty", "referrals"))

    assert [row.split("`")[1] for row in rows_of("\n## Commands\n")] == ours


def test_every_kind_that_a_campaign_can_name_is_in_the_table():
    def own(rules) -> list[str]:
        return sorted(rule.kind for rule in rules if rule.kind.startswith(("loyalty.", "referrals.")))

    told = {
        row.split("|")[1].strip(): re.findall(r"`([^`]+)`", row)
        for row in rows_of("\n## What a campaign can name\n")
    }

    assert told == {
        "triggers": own(kind for kind in registry.event_kinds if kind.triggers),
        "conditions": own(registry.conditions),
        "amounts": own(registry.amounts),
        "actions": own(registry.actions),
    }


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
