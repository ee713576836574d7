"""Publish, pause, resume, archive: each asks for its own permission, and for one more to decide about the past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.operations import Answer, Operation
from loyalty.api.permissions import permitted
from loyalty.api.serializers import Flag, Instant, StrictSerializer
from loyalty.api.staff.base import CampaignAnswer, CampaignView, ProgramQuery, drafts_of, tell_campaign

_BACKDATE = "loyalty.backdate_campaign"


class WhenBody(StrictSerializer):
    """From when on it holds."""

    effective_from = Instant(required=False, help_text=_("Now if left out."))


class PublishBody(WhenBody):
    """From when on, and whether anybody gets anything."""

    shadow = Flag(required=False, help_text=_("Decide and count, but give nothing."))


class ActView(CampaignView):
    """Base of the four, for who may see campaigns. A repeat is refused by the campaign's state, so no key is needed."""

    service: ClassVar[Callable[..., Any]]

    def post(self, request: Request, key: str) -> Response:
        campaign = self.find_campaign(key)
        asked = self.read_body()
        user: Any = request.user
        allow_past = user.has_perm(_BACKDATE)

        def effect() -> Answer:
            type(self).service(campaign=campaign, actor=user, allow_past=allow_past, **asked)
            return Answer(200, tell_campaign(drafts_of(campaign.program).get(pk=campaign.pk)))

        return self.act(effect)


def _operation(name: str, summary: Any, body: type[StrictSerializer]) -> dict[str, Operation]:
    return {
        "post": Operation(
            name=name,
            summary=summary,
            query=ProgramQuery,
            body=body,
            answers={200: CampaignAnswer},
            problems=(409, 422),
        )
    }


class PublishCampaign(ActView):
    """Let the draft decide."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.publish_campaign")]
    service = staticmethod(services.publish_campaign)
    operations = _operation("publish_campaign", _("Let the draft decide from now on, or later"), PublishBody)


class PauseCampaign(ActView):
    """Stop a campaign for a while."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.pause_campaign")]
    service = staticmethod(services.pause_campaign)
    operations = _operation("pause_campaign", _("Stop a campaign for a while"), WhenBody)


class ResumeCampaign(ActView):
    """Let a paused campaign go on."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.pause_campaign")]
    service = staticmethod(services.resume_campaign)
    operations = _operation("resume_campaign", _("Let a paused campaign go on as it was"), WhenBody)


class ArchiveCampaign(ActView):
    """End a campaign for good."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.archive_campaign")]
    service = staticmethod(services.archive_campaign)
    operations = _operation("archive_campaign", _("End a campaign for good"), WhenBody)
