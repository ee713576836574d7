"""Presets: a whole programme filled into drafts at once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.db import router, transaction

from loyalty.exceptions import CampaignInvalid, CurrencyNotFound, PresetNotFound
from loyalty.models import Campaign, Program
from loyalty.presets import Preset, presets
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.params import ParamsInvalid, clean_settings
from loyalty.rules.registry import UnknownKind
from loyalty.selectors.programs import ProgramLike, get_program, get_spending_currency
from loyalty.services.campaigns import lock_program, publish_campaign, save_draft

__all__ = ["fill_preset", "list_presets"]


def list_presets() -> list[Preset]:
    """The registered presets, in the order of their registration."""
    return list(presets)


def fill_preset(
    *,
    preset: str,
    program: ProgramLike = None,
    params: Mapping[str, Any] | None = None,
    publish: bool = False,
) -> list[Campaign]:
    """Write the drafts of a preset, with the figures that differ from its defaults; with `publish` they decide from now on.

    Without a `currency` the only one that can be spent. Where a draft's key is taken all of the preset's get a number,
    so that filling it again changes nothing that is there. All or nothing. Raises PresetNotFound, CampaignInvalid for
    figures that do not fit, CurrencyNotSpendable, CurrencyNotFound.
    """
    where = Program.objects.get(pk=get_program(program).pk)
    try:
        chosen = presets.get(preset)
    except UnknownKind:
        raise PresetNotFound(preset=preset) from None
    given = dict(params or {})
    if "currency" not in given:
        given["currency"] = get_spending_currency(where).code
    try:
        values = clean_settings(chosen.Params, given).values
    except ParamsInvalid as error:
        raise CampaignInvalid(details=error.problems) from error
    rules = load_program_rules(where)
    if values["currency"] not in rules.currencies:
        raise CurrencyNotFound(currency=values["currency"])
    definitions = chosen.campaigns(values, rules)
    using = router.db_for_write(Campaign, instance=where)
    with transaction.atomic(using=using):
        lock_program(where, using)  # which keys are free is asked and used by one at a time
        campaigns = [_save(where, one) for one in _numbered(where, definitions)]
        if publish:
            for campaign in campaigns:
                publish_campaign(campaign=campaign)
    return campaigns


def _save(program: Program, definition: dict[str, Any]) -> Campaign:
    """The draft; what does not fit in it is told with the campaign's key before its path."""
    try:
        return save_draft(program=program, definition=definition)
    except CampaignInvalid as error:
        key = definition["key"]
        details = [{**one, "path": f"{key}.{one['path']}"} for one in error.details if isinstance(one, dict)]
        raise CampaignInvalid(details=details) from error


def _numbered(program: Program, definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The definitions under keys that are free, also where one names another's key."""
    keys = {definition["key"] for definition in definitions}
    taken = set(Campaign.objects.filter(program=program).values_list("key", flat=True))
    if not keys & taken:
        return definitions
    number = next(n for n in count(2) if not {f"{key}-{n}" for key in keys} & taken)
    names = {key: f"{key}-{number}" for key in keys}
    return [{**_renamed(one, names), "key": names[one["key"]]} for one in definitions]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The trigger's settings may name the preset's own campaigns."""
    trigger = value["trigger"]
    told = trigger.get("params", {}).get("campaigns")
    if not told:
        return value
    params = {**trigger["params"], "campaigns": [names.get(key, key) for key in told]}
    return {**value, "trigger": {**trigger, "params": params}}
