"""Campaign files: campaigns as text that a team keeps in git.

Import is an upsert by key; export then import changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import router, transaction

from loyalty.exceptions import CampaignFileInvalid, CampaignInvalid, LoyaltyError
from loyalty.models import Campaign, CampaignPublication, Currency, Program, Segment
from loyalty.periods import format_instant
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import canonical_campaign
from loyalty.rules.compile import effective_from as asked_moment
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules
from loyalty.services.campaign_document import FORMAT, CampaignFile, SegmentEntry, read_file, refuse_all
from loyalty.services.campaign_text import Kind, dump_text
from loyalty.services.campaigns import publish_campaign, save_draft
from loyalty.services.drafts import definition_of, written_definition
from loyalty.services.segments import save_segment

__all__ = ["Imported", "export_campaigns", "export_text", "import_campaigns", "validate_campaigns"]

_PROGRAM_DEFAULTS = {"purchase_currency": "EUR", "timezone": "UTC", "card_number_pattern": ""}


@dataclass(slots=True)
class Imported:
    """What an import did, by the keys of the campaigns; `segments` are those that it wrote anew or changed."""

    program: Program
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)


def validate_campaigns(*, text: str, kind: Kind | None = None) -> CampaignFile:
    """Read a file and compile its campaigns; nothing is written. Raises CampaignFileInvalid with every mistake."""
    return read_file(text, kind=kind)


def import_campaigns(
    *,
    text: str,
    kind: Kind | None = None,
    publish: bool = False,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
) -> Imported:
    """Write a file's campaigns as drafts; the program and currencies that are missing are created.

    With `publish`, what differs from what was published last is published from its `effective_from` on, or from
    `effective_from`, or from now. All or nothing. Raises CampaignFileInvalid; its `details` name every mistake with
    path and line.
    """
    using = router.db_for_write(Campaign)
    with transaction.atomic(using=using):
        file = read_file(text, kind=kind)
        program = file.save_program(using=using)
        done = Imported(program)
        for segment in file.segments:
            _import_segment(program, segment, file, done, actor=actor, allow_past=allow_past)
        if done.segments:
            program.refresh_from_db(using=using)  # its rules have changed
        known = dict(Campaign.objects.using(using).filter(program=program).values_list("key", "pk"))
        for number, entry in enumerate(file.campaigns):
            try:
                campaign = _import_one(program, entry, known, done)
                moment = asked_moment(entry) or effective_from
                if publish and _differs_from_published(campaign, moment, using):
                    publish_campaign(
                        campaign=campaign, effective_from=moment, actor=actor, allow_past=allow_past
                    )
                    done.published.append(campaign.key)
            except CampaignFileInvalid:
                raise
            except LoyaltyError as error:
                path = f"campaigns[{number}]"
                problem = {"path": path, "code": error.code, "message": str(error)}
                raise refuse_all([problem], file.document) from error
    return done


def export_campaigns(*, program: Program) -> dict[str, Any]:
    """The drafts and segments of a program as a campaign file's content, without the archived ones.

    What is published as it stands carries its `effective_from`; a draft that says something else does not. Whether
    a campaign is paused is not part of a file.
    """
    rules = load_program_rules(program)
    campaigns = Campaign.objects.filter(program=program, archived_at=None).order_by("priority", "key")
    segments = Segment.objects.filter(program=program, archived_at=None).order_by("key")
    written = [_segment_text(segment) for segment in segments]
    return {
        "format": FORMAT,
        "program": _program_text(program),
        "currencies": [_currency_text(row) for row in program.currencies.order_by("code")],
        **({"segments": written} if written else {}),
        "campaigns": [_entry(campaign, rules) for campaign in campaigns.select_related("program")],
    }


def export_text(*, program: Program, kind: Kind = "yaml") -> str:
    """The same as text."""
    return dump_text(export_campaigns(program=program), kind)


def _import_segment(
    program: Program,
    entry: SegmentEntry,
    file: CampaignFile,
    done: Imported,
    *,
    actor: Any,
    allow_past: bool,
) -> None:
    """A segment has no draft: what the file says of it holds at once, or from its `effective_from` on."""
    before = _written_segment(program, entry.key)
    try:
        save_segment(
            program=program,
            key=entry.key,
            name=entry.name,
            **entry.definition,
            effective_from=entry.effective_from,
            actor=actor,
            allow_past=allow_past,
        )
    except LoyaltyError as error:
        problem = {"path": entry.path, "code": error.code, "message": str(error)}
        raise refuse_all([problem], file.document) from error
    if _written_segment(program, entry.key) != before:
        done.segments.append(entry.key)


def _written_segment(program: Program, key: str) -> dict[str, Any] | None:
    found = Segment.objects.filter(program=program, key=key).first()
    return _segment_text(found) if found else None


def _segment_text(segment: Segment) -> dict[str, Any]:
    """A segment as it was written last."""
    last = segment.revisions.order_by("-pk").first()
    assert last is not None  # a segment is never made without
    head = {"key": segment.key, "name": segment.name, "effective_from": format_instant(last.effective_from)}
    return {**head, **last.definition}


def _import_one(
    program: Program, entry: Mapping[str, Any], known: Mapping[str, int], done: Imported
) -> Campaign:
    key = str(entry["key"])
    before = None
    if key in known:
        before = written_definition(Campaign.objects.get(pk=known[key]))
    campaign = save_draft(program=program, definition=entry)
    after = written_definition(Campaign.objects.get(pk=campaign.pk))
    changes = done.created if before is None else done.unchanged if before == after else done.updated
    changes.append(key)
    return campaign


def _differs_from_published(campaign: Campaign, moment: datetime | None, using: str) -> bool:
    """Whether the draft, or the date that the file gives, is another than what was published last."""
    last = _last_published(campaign, using)
    if last is None or last.revision is None or (moment is not None and moment != last.effective_from):
        return True
    return not _says_the_same(campaign, last.revision.definition, load_program_rules(campaign.program))


def _last_published(campaign: Campaign, using: str) -> CampaignPublication | None:
    rows = CampaignPublication.objects.using(using).select_related("revision")
    return rows.filter(campaign=campaign, action=CampaignPublication.Action.PUBLISH).order_by("-pk").first()


def _says_the_same(campaign: Campaign, published: Mapping[str, Any], rules: ProgramRules) -> bool:
    try:
        return definition_of(campaign, rules=rules) == canonical_campaign(published, program=rules)
    except CampaignInvalid:
        return False


def _entry(campaign: Campaign, rules: ProgramRules) -> dict[str, Any]:
    try:
        definition = definition_of(campaign, rules=rules)
    except CampaignInvalid:
        return written_definition(campaign)  # an unfinished draft goes out as it stands
    last = _last_published(campaign, router.db_for_read(Campaign, instance=campaign))
    if last is None or last.revision is None or not _says_the_same(campaign, last.revision.definition, rules):
        return definition
    head = {name: definition.pop(name) for name in ("key", "name", "trigger")}
    return {**head, "effective_from": format_instant(last.effective_from), **definition}


def _program_text(program: Program) -> Any:
    fields = {name: getattr(program, name) for name in _PROGRAM_DEFAULTS}
    if fields == _PROGRAM_DEFAULTS:
        return program.slug
    return {"slug": program.slug, "name": program.name, **fields}


def _currency_text(row: Currency) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "decimals": row.decimals,
        "hold": row.hold,
        "validity": row.validity or None,
        "expires_end_of_day": row.expires_end_of_day,
        "clawback": row.clawback,
        "spendable": row.spendable,
        "worth": None if row.worth is None else decimal_text(row.worth),
    }
