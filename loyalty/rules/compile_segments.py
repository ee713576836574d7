"""From the definition of a segment to what the engine runs, and to its canonical form."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import SegmentInvalid
from loyalty.rules.compile import read_conditions
from loyalty.rules.compiled import CompiledCondition
from loyalty.rules.kinds.scheduled import has_audience
from loyalty.rules.reading import Node, Problems
from loyalty.rules.segments import CONDITION, SegmentRevision
from loyalty.rules.state import ProgramRules

logger = logging.getLogger("loyalty.rules")

Groups = list[list[CompiledCondition]]


def canonical_segment(
    definition: Mapping[str, Any], *, program: ProgramRules, path: str = ""
) -> dict[str, Any]:
    """The definition with every default filled in, as revisions keep it: `conditions`, or `listed`.

    Raises SegmentInvalid; its `details` name every mistake with its path.
    """
    return _read(definition, program=program, path=path)[0]


def compile_revision(
    definition: Mapping[str, Any], *, effective_from: datetime, program: ProgramRules
) -> SegmentRevision:
    """The revision, ready to run; what does not compile any more comes back with `error` set."""
    try:
        with translation.override("en"):
            _canonical, groups, listed = _read(definition, program=program, path="")
            return SegmentRevision(effective_from, tuple(tuple(group) for group in groups), listed)
    except SegmentInvalid as refusal:
        with translation.override("en"):
            error = " ".join(
                f"{one['path']}: {one['message']}" for one in refusal.details if isinstance(one, dict)
            )
        logger.error("A segment does not compile: %s", error)
    except Exception as unexpected:
        # A host's form that raises must stop the campaigns that ask for the segment, never the host's sale.
        error = f"{type(unexpected).__name__}: {unexpected}"
        logger.exception("A segment does not compile")
    return SegmentRevision(effective_from, error=error)


def _read(
    definition: Mapping[str, Any], *, program: ProgramRules, path: str
) -> tuple[dict[str, Any], Groups, bool]:
    problems = Problems()
    node = Node(definition, path=path, problems=problems)
    listed, has_conditions = node.boolean("listed"), node.take("conditions") is not None
    if listed == has_conditions:
        node.refuse("", "conditions_or_list", _("Give conditions, or say that the segment is a list."))
    groups, texts = read_conditions(node, kind=None, program=program, problems=problems)
    node.finish()
    if not problems.found:
        for number, group in enumerate(groups):
            for place, item in enumerate(group):
                _check(item, node.at(f"conditions[{number}][{place}].kind"), program, problems)
    if problems.found:
        raise SegmentInvalid(details=[mistake.as_problem() for mistake in problems.found])
    return ({"listed": True} if listed else {"conditions": texts}), groups, listed


def _check(item: CompiledCondition, path: str, program: ProgramRules, problems: Problems) -> None:
    """Who is in a segment can be said at any moment, without anything happening."""
    if item.condition.kind == CONDITION:
        problems.add(
            path, "segment_in_segment", _("A segment cannot name another one. Repeat its conditions.")
        )
    elif not has_audience(item.condition, item.params, program, in_campaign=False):
        text = _("This can only be asked when something happens to the card, so no segment can ask it.")
        problems.add(path, "needs_event", text)
