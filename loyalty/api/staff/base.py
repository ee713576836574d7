"""What the staff's views have in common: which campaign is meant, and how campaigns are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from loyalty.api.serializers import Instant, StrictSerializer, Text
from loyalty.api.views import LoyaltyAPIView
from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.selectors import CampaignState, campaign_states, describe_campaign, get_program
from loyalty.services.drafts import DRAFT_ROWS, definition_of, written_definition

_STATUSES = [
    ("draft", _("draft")),
    ("published", _("published")),
    ("shadow", _("in shadow mode")),
    ("paused", _("paused")),
    ("archived", _("archived")),
]


class ProgramQuery(StrictSerializer):
    """Which program is meant."""

    program = Text(
        required=False, max_length=50, help_text=_("Slug; needed where there are several programs.")
    )


class UpcomingAnswer(StrictSerializer):
    """What was decided for later."""

    status = serializers.ChoiceField(choices=_STATUSES)
    effective_from = Instant()


class CampaignSummary(StrictSerializer):
    """A campaign and where it stands."""

    key = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=_STATUSES, help_text=_("As of now."))
    since = Instant(allow_null=True, help_text=_("Since when; null for a draft."))
    upcoming = UpcomingAnswer(many=True, help_text=_("What will change by itself."))
    sentence = serializers.CharField(help_text=_("What the draft does, in plain words."))


class ProblemOfDraft(StrictSerializer):
    """What is wrong with a draft, and where."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class CampaignAnswer(CampaignSummary):
    """The same with its draft."""

    definition = serializers.DictField(help_text=_("The draft as a campaign file has it."))
    problems = ProblemOfDraft(many=True, help_text=_("Empty when it could be published."))


class CampaignView(LoyaltyAPIView):
    """About one campaign, named by its key in the address."""

    def find_campaign(self, key: str) -> Campaign:
        """The campaign, in the program of the query. Raises Http404, ProgramNotFound, ProgramAmbiguous."""
        program = get_program(self.read_query().get("program"))
        found: Campaign | None = drafts_of(program).filter(key=key).first() if key.isprintable() else None
        if found is None:
            raise NotFound
        return found


def drafts_of(program: Program) -> Any:
    """The campaigns of a program with all that their drafts say."""
    return Campaign.objects.filter(program=program).select_related("program").prefetch_related(*DRAFT_ROWS)


def tell_campaigns(campaigns: Iterable[Campaign]) -> list[dict[str, Any]]:
    """The contents of CampaignSummaries; as many queries for any number of campaigns of a program."""
    found = list(campaigns)
    states = campaign_states(found)
    rules = {one.program_id: one.program for one in found}
    loaded = {pk: load_program_rules(program) for pk, program in rules.items()}
    return [_tell(one, states[one.pk], loaded[one.program_id]) for one in found]


def tell_campaign(campaign: Campaign) -> dict[str, Any]:
    """The content of a CampaignAnswer."""
    rules = load_program_rules(campaign.program)
    try:
        definition, problems = definition_of(campaign, rules=rules), []
    except CampaignInvalid as error:
        definition, problems = written_definition(campaign), list(error.details)
    return tell_campaigns([campaign])[0] | {"definition": definition, "problems": problems}


def _tell(campaign: Campaign, state: CampaignState, rules: Any) -> dict[str, Any]:
    return {
        "key": campaign.key,
        "name": campaign.name,
        "status": state.status,
        "since": state.since,
        "upcoming": state.upcoming,
        "sentence": describe_campaign(written_definition(campaign), program=rules),
    }
