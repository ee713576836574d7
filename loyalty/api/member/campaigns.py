"""Campaigns that a member can still gain by."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors
from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Operation
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer


class ProgressAnswer(StrictSerializer):
    """How far the member is: “1 of 3 friends”."""

    current = DecimalText()
    target = DecimalText()
    text = serializers.CharField()


class OpenCampaignAnswer(StrictSerializer):
    """A campaign told to a member: what to do, what for, and how far it is done."""

    key = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(
        choices=[("card", _("for what the member does")), ("parent_card", _("for what friends do"))]
    )
    sentence = serializers.CharField(help_text=_("What the campaign gives for what, in plain words."))
    progress = ProgressAnswer(allow_null=True, help_text=_("Null where nothing is counted."))
    ends_at = Instant(allow_null=True)


class OpenCampaignList(StrictSerializer):
    """The open campaigns, in the order in which they apply."""

    results = OpenCampaignAnswer(many=True)


class MyCampaigns(MemberCardView):
    """Open campaigns."""

    operations = {
        "get": Operation(
            name="list_my_campaigns",
            summary=_("Campaigns open to me, and how far I am"),
            answers={200: OpenCampaignList},
        )
    }

    def get(self, request: Request, card: int) -> Response:
        found = selectors.open_campaigns(self.card)
        return self.answer({"results": [tell_campaign(one) for one in found]})


def tell_campaign(campaign: selectors.CampaignProgress) -> dict[str, object]:
    """The content of an OpenCampaignAnswer."""
    counted = campaign.current is not None and campaign.target is not None
    progress = {"current": campaign.current, "target": campaign.target, "text": campaign.text}
    return {
        "key": campaign.key,
        "name": campaign.name,
        "role": campaign.role,
        "sentence": campaign.sentence,
        "progress": progress if counted else None,
        "ends_at": campaign.ends_at,
    }
