"""Campaigns from draft to archive. Each publication is a dated row (S5); what was published is never changed.

Everything here locks the program first, so that two people cannot publish over each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction
from django.db.models import F
from django.utils import timezone

from loyalty.exceptions import CampaignInvalid, CampaignStateInvalid, PastNotAllowed
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import canonical_campaign
from loyalty.services.drafts import definition_of, write_rows

if TYPE_CHECKING:
    from loyalty.rules.state import ProgramRules

Action = CampaignPublication.Action

_RUNNING = (Action.PUBLISH, Action.SHADOW, Action.RESUME)

# Clocks of two machines differ; nobody means the past by that.
_SKEW = timedelta(seconds=1)


def save_draft(*, program: Program, definition: Mapping[str, Any]) -> Campaign:
    """Write the rows of a campaign, found by its key, as the definition says. Publishes nothing.

    Raises CampaignInvalid, and CampaignStateInvalid for an archived campaign.
    """
    using = router.db_for_write(Campaign, instance=program)
    with transaction.atomic(using=using):
        locked = lock_program(program, using)
        canonical = canonical_campaign(definition, program=load_program_rules(locked))
        campaign = Campaign.objects.using(using).filter(program=locked, key=canonical["key"]).first()
        if campaign is not None and campaign.archived_at:
            raise CampaignStateInvalid(key=campaign.key, status="archived")
        return write_rows(program=locked, campaign=campaign, canonical=canonical, using=using)


def publish_campaign(
    *,
    campaign: Campaign,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
    shadow: bool = False,
) -> CampaignPublication:
    """Let the draft as it stands decide about events from `effective_from` on (default: now).

    In `shadow` mode its decisions are traced and nothing is granted. Makes a revision only when the draft says something
    else than the last one. Raises CampaignInvalid, CampaignStateInvalid for an archived campaign, and PastNotAllowed
    for the past without `allow_past`.
    """
    using = router.db_for_write(Campaign, instance=campaign)
    with transaction.atomic(using=using):
        program = lock_program(campaign.program, using)
        if _status(campaign, using) == Action.ARCHIVE:
            raise CampaignStateInvalid(key=campaign.key, status="archived")
        rules = load_program_rules(program)
        draft = Campaign.objects.using(using).select_related("program").get(pk=campaign.pk)
        canonical = definition_of(draft, rules=rules)
        write_rows(program=program, campaign=draft, canonical=canonical, using=using)
        revision = _revision(draft, canonical, rules, using)
        action = Action.SHADOW if shadow else Action.PUBLISH
        return _write(campaign, action, revision, effective_from, actor, allow_past, using)


def pause_campaign(
    *,
    campaign: Campaign,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
) -> CampaignPublication:
    """Stop a published campaign from deciding. Raises CampaignStateInvalid and PastNotAllowed."""
    using = router.db_for_write(Campaign, instance=campaign)
    with transaction.atomic(using=using):
        lock_program(campaign.program, using)
        _require(campaign, using, *_RUNNING)
        return _write(campaign, Action.PAUSE, None, effective_from, actor, allow_past, using)


def resume_campaign(
    *,
    campaign: Campaign,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
) -> CampaignPublication:
    """Let a paused campaign decide again, as it did. Raises CampaignStateInvalid and PastNotAllowed."""
    using = router.db_for_write(Campaign, instance=campaign)
    with transaction.atomic(using=using):
        lock_program(campaign.program, using)
        _require(campaign, using, Action.PAUSE)
        paused = _publications(campaign, using).filter(action__in=_RUNNING).first()
        assert paused is not None  # nothing else can be paused
        # What ran in the shadow goes on there.
        action = Action.SHADOW if paused.action == Action.SHADOW else Action.RESUME
        return _write(campaign, action, paused.revision, effective_from, actor, allow_past, using)


def archive_campaign(
    *,
    campaign: Campaign,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
) -> CampaignPublication | None:
    """End a campaign for good; a draft that was never published just disappears from sight (and gives None).

    Raises CampaignStateInvalid when it is archived already, and PastNotAllowed.
    """
    using = router.db_for_write(Campaign, instance=campaign)
    with transaction.atomic(using=using):
        lock_program(campaign.program, using)
        status = _require(campaign, using, *_RUNNING, Action.PAUSE, None)
        archived_at = timezone.now()
        written = None
        if status is not None:
            written = _write(campaign, Action.ARCHIVE, None, effective_from, actor, allow_past, using)
        Campaign.objects.using(using).filter(pk=campaign.pk).update(archived_at=archived_at)
        campaign.archived_at = archived_at
        return written


@contextmanager
def campaigns_locked(program: Program) -> Iterator[None]:
    """A transaction in which nobody else saves or publishes a campaign of the program: what is read within stays true."""
    using = router.db_for_write(Campaign, instance=program)
    with transaction.atomic(using=using):
        lock_program(program, using)
        yield


def lock_program(program: Program, using: str) -> Program:
    """Without blocking key shares: the commit of every checkout takes one on its program."""
    no_key = connections[using].features.has_select_for_no_key_update
    return Program.objects.using(using).select_for_update(no_key=no_key).get(pk=program.pk)


def _publications(campaign: Campaign, using: str) -> Any:
    return CampaignPublication.objects.using(using).filter(campaign=campaign).order_by("-pk")


def _status(campaign: Campaign, using: str) -> str | None:
    """What was decided last; None for a campaign that was never published."""
    if Campaign.objects.using(using).filter(pk=campaign.pk, archived_at__isnull=False).exists():
        return Action.ARCHIVE
    status: str | None = _publications(campaign, using).values_list("action", flat=True).first()
    return status


def _require(campaign: Campaign, using: str, *allowed: str | None) -> str | None:
    status = _status(campaign, using)
    if status not in allowed:
        raise CampaignStateInvalid(key=campaign.key, status=status or "draft")
    return status


def _revision(
    campaign: Campaign, canonical: dict[str, Any], rules: ProgramRules, using: str
) -> CampaignRevision:
    revisions = CampaignRevision.objects.using(using).filter(campaign=campaign)
    last = revisions.order_by("-number").first()
    if last is not None and _says(last, rules) == canonical:
        return last
    number = last.number + 1 if last else 1
    return revisions.create(campaign=campaign, number=number, definition=canonical)


def _says(revision: CampaignRevision, rules: ProgramRules) -> Any:
    """A revision with today's defaults: a setting that a rule has got since is no change of the campaign."""
    try:
        return canonical_campaign(revision.definition, program=rules)
    except CampaignInvalid:
        return revision.definition


def _write(
    campaign: Campaign,
    action: str,
    revision: CampaignRevision | None,
    effective_from: datetime | None,
    actor: Any,
    allow_past: bool,
    using: str,
) -> CampaignPublication:
    now = timezone.now()
    moment = now if effective_from is None else effective_from
    if timezone.is_naive(moment):
        raise ValueError("effective_from needs a time zone.")
    if moment < now - _SKEW and not allow_past:
        raise PastNotAllowed(effective_from=moment.isoformat())
    # A step of random length: no version is ever used for two contents. A process that read campaigns in a
    # transaction that was rolled back must not take the next publication for the same version.
    step = 1 + secrets.randbelow(2**30)
    programs = Program.objects.using(using).filter(pk=campaign.program_id)
    programs.update(campaigns_version=F("campaigns_version") + step)
    return CampaignPublication.objects.using(using).create(
        campaign=campaign, action=action, revision=revision, effective_from=moment, actor=actor
    )
