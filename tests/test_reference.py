"""docs/reference/ says what the code says."""

from __future__ import annotations

import re

import pytest

from loyalty.rules.registry import actions, amounts, conditions, event_kinds
from tests.write_reference import FOLDER, OURS, find_problems, pages

pytestmark = pytest.mark.once


def test_it_is_as_the_code_declares():
    assert find_problems() == [], "Run `python -m tests.write_reference --write`."


def test_its_links_lead_somewhere():
    index = (FOLDER / "index.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"\]\(([^)]+)\)", index)) == sorted(set(pages()) - {"index.md"})


@pytest.mark.parametrize(
    ("page", "registry"),
    [
        ("triggers.md", event_kinds),
        ("conditions.md", conditions),
        ("amounts.md", amounts),
        ("actions.md", actions),
    ],
)
def test_every_kind_has_its_section_with_a_sentence(page, registry):
    text = (FOLDER / page).read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `([^`]+)`.*?\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    ours = [one.kind for one in registry if one.kind.startswith(OURS) and getattr(one, "triggers", True)]

    assert sorted(sections) == sorted(ours)
    told = {kind for kind, section in sections.items() if re.search(r"^> .+\.$", section, re.M)}
    # Bringing about an event needs a host's own kind of event.
    assert set(ours) - told <= {"loyalty.emit_event"}
