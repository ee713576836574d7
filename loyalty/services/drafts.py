"""The rows of a draft and its definition: the same thing, for the admin and for campaign files."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch

from loyalty.models import (
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignRevision,
    Currency,
    Program,
)
from loyalty.periods import format_instant, parse_instant
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import canonical_campaign
from loyalty.rules.compile_actions import slot_uuid
from loyalty.rules.state import ProgramRules

# What to prefetch where the definitions of many drafts are wanted.
DRAFT_ROWS = ("conditions", Prefetch("actions", CampaignAction.objects.select_related("currency")), "limits")


def definition_of(campaign: Campaign, *, rules: ProgramRules | None = None) -> dict[str, Any]:
    """The draft in canonical form, as a campaign file has it. Raises CampaignInvalid when unfinished."""
    rules = rules or load_program_rules(campaign.program)
    return canonical_campaign(written_definition(campaign), program=rules)


def written_definition(campaign: Campaign) -> dict[str, Any]:
    """The draft as its rows stand, finished or not."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in _in_order(campaign, "conditions", "group", "position", "pk"):
        text = {"kind": row.kind, "about": row.about, "negate": row.negate, "params": row.params}
        groups.setdefault(row.group, []).append(text)
    trigger = {"kind": campaign.trigger_kind}
    return {
        "key": campaign.key,
        "name": campaign.name,
        "trigger": {**trigger, "params": campaign.trigger_params} if campaign.trigger_params else trigger,
        "starts_at": format_instant(campaign.starts_at) if campaign.starts_at else None,
        "ends_at": format_instant(campaign.ends_at) if campaign.ends_at else None,
        "priority": campaign.priority,
        "phase": campaign.phase,
        "stacking": {"group": campaign.stacking_group, "mode": campaign.stacking_mode}
        if campaign.stacking_group
        else None,
        "conditions": list(groups.values()),
        "actions": [_action_text(row) for row in _in_order(campaign, "actions", "position", "pk")],
        "limits": [_limit_text(row) for row in _in_order(campaign, "limits", "position", "pk")],
    }


def _in_order(campaign: Campaign, name: str, *columns: str) -> list[Any]:
    """The rows of a part of the draft: those read along (see `DRAFT_ROWS`), else as they stand in the database."""
    rows = getattr(campaign, name)
    if name in getattr(campaign, "_prefetched_objects_cache", {}):
        return sorted(rows.all(), key=attrgetter(*columns))
    found = rows.order_by(*columns)
    return list(found.select_related("currency") if name == "actions" else found)


def draft_differs(campaign: Campaign, revision: CampaignRevision) -> bool:
    """Whether the rows say something else than a revision; quick, with no look at what rules say today."""
    frozen = {"actions": [], **revision.definition}
    return written_definition(campaign) != _as_written(frozen)


def write_rows(
    *, program: Program, campaign: Campaign | None, canonical: Mapping[str, Any], using: str
) -> Campaign:
    """Make the rows say what the canonical definition says; rows that do already are left alone."""
    if campaign is not None and _rows_say(campaign, canonical):
        return campaign
    found = campaign or Campaign(program=program, key=canonical["key"])
    found.name = canonical["name"]
    found.trigger_kind = canonical["trigger"]["kind"]
    found.trigger_params = canonical["trigger"].get("params", {})
    found.starts_at = parse_instant(canonical["starts_at"]) if canonical["starts_at"] else None
    found.ends_at = parse_instant(canonical["ends_at"]) if canonical["ends_at"] else None
    found.priority, found.phase = canonical["priority"], canonical["phase"]
    stacking = canonical["stacking"] or {"group": "", "mode": Campaign.Stacking.ALL}
    found.stacking_group, found.stacking_mode = stacking["group"], stacking["mode"]
    found.save(using=using)
    for rows in (found.conditions, found.actions, found.limits):
        rows.all().delete()
    _write_conditions(found, canonical, using)
    _write_actions(program, found, canonical, using)
    _write_limits(found, canonical, using)
    return found


def _rows_say(campaign: Campaign, canonical: Mapping[str, Any]) -> bool:
    slots = {row.slot_name: row.slot for row in campaign.actions.all()}
    wanted = {action["slot"]: _slot(campaign.program, campaign, action) for action in canonical["actions"]}
    return written_definition(campaign) == _as_written(canonical) and slots == wanted


def _as_written(canonical: Mapping[str, Any]) -> dict[str, Any]:
    actions = [
        {**action, "recipient": _recipient_row(action["recipient"])} for action in canonical["actions"]
    ]
    return {**canonical, "actions": actions}


def _recipient_row(recipient: Any) -> Any:
    """One shape for the admin to read; the file's short form stands for a role alone."""
    return recipient if isinstance(recipient, Mapping) else {"role": recipient}


def _slot(program: Program, campaign: Campaign, action: Mapping[str, Any]) -> Any:
    return slot_uuid(program=program.slug, campaign=campaign.key, slot=action["slot"])


def _action_text(row: CampaignAction) -> dict[str, Any]:
    return {
        "slot": row.slot_name,
        "kind": row.kind,
        "recipient": row.recipient or {"role": "card"},
        "currency": row.currency.code if row.currency else None,
        "on_refund": row.on_refund or None,
        "amount": {"kind": row.amount_kind, **row.amount_params} if row.amount_kind else None,
        "pot": row.pot,
        "params": row.params,
    }


def _limit_text(row: CampaignLimit) -> dict[str, Any]:
    fields = {"per": row.per, "measure": row.measure, "max": row.maximum}
    return {**fields, "period": row.period, "at_edge": row.at_edge}


def _write_conditions(campaign: Campaign, canonical: Mapping[str, Any], using: str) -> None:
    CampaignCondition.objects.using(using).bulk_create(
        CampaignCondition(campaign=campaign, group=group, position=position, **text)
        for group, texts in enumerate(canonical["conditions"])
        for position, text in enumerate(texts)
    )


def _write_actions(program: Program, campaign: Campaign, canonical: Mapping[str, Any], using: str) -> None:
    currencies = {row.code: row for row in Currency.objects.using(using).filter(program=program)}
    rows = []
    for position, text in enumerate(canonical["actions"]):
        amount = dict(text["amount"] or {})
        rows.append(
            CampaignAction(
                campaign=campaign,
                slot=_slot(program, campaign, text),
                slot_name=text["slot"],
                position=position,
                kind=text["kind"],
                recipient=_recipient_row(text["recipient"]),
                currency=currencies[text["currency"]] if text["currency"] else None,
                on_refund=text["on_refund"],
                amount_kind=amount.pop("kind", ""),
                amount_params=amount,
                pot=text["pot"],
                params=text["params"],
            )
        )
    CampaignAction.objects.using(using).bulk_create(rows)


def _write_limits(campaign: Campaign, canonical: Mapping[str, Any], using: str) -> None:
    CampaignLimit.objects.using(using).bulk_create(
        CampaignLimit(
            campaign=campaign,
            position=position,
            maximum=text["max"],
            **{name: text[name] for name in ("per", "measure", "period", "at_edge")},
        )
        for position, text in enumerate(canonical["limits"])
    )
