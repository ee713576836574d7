"""Campaigns: listed, shown, written as drafts, validated."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.operations import Answer, Operation
from loyalty.api.pagination import Page, PageQuery, keyset_page, page_of
from loyalty.api.permissions import permitted
from loyalty.api.serializers import StrictSerializer
from loyalty.api.staff.base import (
    CampaignAnswer,
    CampaignSummary,
    CampaignView,
    ProgramQuery,
    drafts_of,
    tell_campaign,
    tell_campaigns,
)
from loyalty.api.views import LoyaltyAPIView
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import canonical_campaign
from loyalty.selectors import describe_campaign, get_program


class CampaignsQuery(PageQuery, ProgramQuery):
    """Which campaigns."""


class DraftBody(StrictSerializer):
    """A draft."""

    definition = serializers.DictField(
        help_text=_("As an entry of a campaign file; what it leaves out has its default.")
    )


class SoundAnswer(StrictSerializer):
    """A definition that could be published."""

    definition = serializers.DictField(help_text=_("With every default filled in."))
    sentence = serializers.CharField(help_text=_("What it does, in plain words."))


class Campaigns(LoyaltyAPIView):
    """The campaigns of a program, the newest first."""

    permission_classes = [permitted("loyalty.view_campaign")]
    operations = {
        "get": Operation(
            name="list_campaigns",
            summary=_("The campaigns of a program"),
            query=CampaignsQuery,
            answers={200: page_of(CampaignSummary)},
            problems=(404,),
        )
    }

    def get(self, request: Request) -> Response:
        query = self.read_query()
        page = keyset_page(drafts_of(get_program(query.get("program"))), query)
        return self.answer(Page(tell_campaigns(page.results), page.older))


class OneCampaign(CampaignView):
    """One campaign with its draft."""

    permission_classes = [permitted("loyalty.view_campaign")]
    operations = {
        "get": Operation(
            name="get_campaign",
            summary=_("One campaign with its draft"),
            query=ProgramQuery,
            answers={200: CampaignAnswer},
        )
    }

    def get(self, request: Request, key: str) -> Response:
        return self.answer(tell_campaign(self.find_campaign(key)))


class CampaignDraft(CampaignView):
    """The draft of a campaign: written as a whole, published by nothing here."""

    permission_classes = [permitted("loyalty.add_campaign", "loyalty.change_campaign")]
    operations = {
        "put": Operation(
            name="put_draft",
            summary=_("Write the draft of a campaign, new or not"),
            query=ProgramQuery,
            body=DraftBody,
            answers={200: CampaignAnswer},
            problems=(404, 409, 422),
        )
    }

    def put(self, request: Request, key: str) -> Response:
        program = get_program(self.read_query().get("program"))
        definition = self.read_body()["definition"]
        if definition.setdefault("key", key) != key:
            message = _("The key of the definition and that of the address differ.")
            raise ValidationError({"definition": {"key": [message]}}, code="key_differs")

        def effect() -> Answer:
            made = services.save_draft(program=program, definition=definition)
            return Answer(200, tell_campaign(drafts_of(program).get(pk=made.pk)))

        return self.act(effect)


class ValidateDraft(LoyaltyAPIView):
    """Whether a definition could be published. Writes nothing."""

    permission_classes = [permitted("loyalty.view_campaign")]
    operations = {
        "post": Operation(
            name="validate_definition",
            summary=_("Check a definition without writing it"),
            query=ProgramQuery,
            body=DraftBody,
            answers={200: SoundAnswer},
            problems=(404, 422),
        )
    }

    def post(self, request: Request) -> Response:
        rules = load_program_rules(get_program(self.read_query().get("program")))
        definition: dict[str, Any] = canonical_campaign(self.read_body()["definition"], program=rules)
        sentence = describe_campaign(definition, program=rules)
        return self.answer({"definition": definition, "sentence": sentence})
