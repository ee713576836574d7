"""The draft of a campaign as its pages show it: its definition or its mistakes, its sentence, and what has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, CampaignRevision
from loyalty.selectors import (
    CampaignState,
    Change,
    describe_campaign,
    diff_definitions,
    get_campaign_state,
)
from loyalty.selectors.revision_texts import label_of
from loyalty.selectors.revisions import today_of
from loyalty.services.drafts import definition_of, written_definition

_PART = re.compile(r"(conditions|actions|limits)\[(\d+)\](?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where in the campaign, in words, and what is wrong."""

    place: str
    message: str


@dataclass
class Draft:
    """A campaign with everything that its pages say about it. `definition` is None while there are `problems`."""

    campaign: Campaign
    definition: Mapping[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, campaign: Campaign) -> Draft:
        """The draft as it stands, finished or not."""
        try:
            return cls(campaign, definition_of(campaign))
        except CampaignInvalid as error:
            return cls(campaign, None, problems_of(error))

    @cached_property
    def state(self) -> CampaignState:
        """Where the campaign stands now."""
        return get_campaign_state(self.campaign)

    @cached_property
    def sentence(self) -> str:
        """What the campaign does, in plain words, also while it is unfinished."""
        definition = self.definition or written_definition(self.campaign)
        return describe_campaign(definition, program=self.campaign.program)

    @cached_property
    def published(self) -> CampaignRevision | None:
        """The revision that was published last."""
        found = self.state.revision_id
        if found is None:
            return None
        return CampaignRevision.objects.select_related("campaign__program").get(pk=found)

    @cached_property
    def changes(self) -> list[Change]:
        """What the draft says otherwise than the revision that was published last; nothing where one is missing."""
        if self.published is None or self.definition is None:
            return []
        return diff_definitions(today_of(self.published), self.definition)

    @property
    def digest(self) -> str:
        """Tells one content of the draft from another: what somebody confirms is what they have seen."""
        return sha256(json.dumps(self.definition, sort_keys=True).encode()).hexdigest()[:16]


def problems_of(error: CampaignInvalid) -> list[Problem]:
    """The mistakes that a refusal names."""
    details = [one for one in error.details if isinstance(one, dict)]
    return [Problem(describe_place(one["path"]), one["message"]) for one in details]


def describe_place(path: str) -> str:
    """Where a path of a definition points, in words."""
    found = _PART.match(path)
    if found is None:
        return label_of(path.partition(".")[0]) if path else _("Campaign")
    part, first, second = found[1], int(found[2]) + 1, found[3]
    if part == "actions":
        return _("Action %(number)d") % {"number": first}
    if part == "limits":
        return _("Limit %(number)d") % {"number": first}
    if second is None:
        return _("Group of conditions %(number)d") % {"number": first}
    return _("Condition %(number)d of group %(group)d") % {"number": int(second) + 1, "group": first}
