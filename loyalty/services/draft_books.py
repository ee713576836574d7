"""What decides when drafts are tried: the published campaigns, and the drafts as if they always had been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from loyalty.models import Campaign, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compiled import CampaignBook, Publication
from loyalty.services.drafts import definition_of

Draft = Campaign | Mapping[str, Any]

_ALWAYS = datetime.min.replace(tzinfo=UTC)


def draft_book(drafts: Sequence[Draft], *, program: Program, traced_whole: bool = False) -> CampaignBook:
    """The drafts alone: rows, or definitions as in a campaign file. Raises CampaignInvalid."""
    rules = load_program_rules(program)
    found = []
    for draft in drafts:
        definition = definition_of(draft, rules=rules) if isinstance(draft, Campaign) else draft
        # The key of the campaign finds what its limits have counted already.
        known = Campaign.objects.filter(program=program, key=str(definition.get("key", "")))
        pk = known.values_list("pk", flat=True).first()
        compiled = compile_campaign(definition, program=rules, pk=pk)
        found.append(Publication(compiled.key, _ALWAYS, replace(compiled, traced_whole=traced_whole)))
    return CampaignBook(found)


def with_drafts(
    book: CampaignBook, drafts: Sequence[Draft], *, program: Program, traced_whole: bool = False
) -> CampaignBook:
    """The published campaigns with drafts instead of those of the same keys. Raises CampaignInvalid."""
    own = draft_book(drafts, program=program, traced_whole=traced_whole).publications
    keys = {item.campaign_key for item in own}
    return CampaignBook([*(item for item in book.publications if item.campaign_key not in keys), *own])
