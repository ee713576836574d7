"""A draft tried out: on one card and an example, and on what really happened."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, time
from time import monotonic
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.operations import Operation
from loyalty.api.permissions import permitted
from loyalty.api.serializers import Day, DecimalText, Instant, StrictSerializer, Text
from loyalty.api.staff.base import CampaignView, ProgramQuery
from loyalty.api.staff.traces import LookedAtAnswer
from loyalty.api.till.purchases import PurchaseLineBody
from loyalty.services.backtests import is_beyond_a_request
from loyalty.services.drafts import definition_of

_SECONDS = 20.0
_MOST_LINES = 1_000
_PURCHASE = "loyalty.purchase"


class TooMuchHistory(APIException):
    """More than a request can run through."""

    status_code = 409
    default_code = "backtest_too_large"
    default_detail = _("The program has too many cards for this. Run loyalty_backtest in a terminal.")


class TryBody(StrictSerializer):
    """A card, and what it does: a basket where purchases trigger the campaign, else what its kind of event tells."""

    card = Text(max_length=128, help_text=_("Number of a card, or your own key of the customer."))
    total = DecimalText(required=False)
    tax = DecimalText(required=False)
    discount = DecimalText(required=False)
    channel = Text(required=False, max_length=64)
    lines = serializers.ListField(child=PurchaseLineBody(), required=False, max_length=_MOST_LINES)
    payload = serializers.DictField(required=False)
    occurred_at = Instant(required=False)


class TriedRewardAnswer(StrictSerializer):
    """What one card would get from one campaign; level 0 is the card itself, 1 its parent card."""

    campaign = serializers.CharField()
    role = serializers.CharField()
    level = serializers.IntegerField()
    currency = serializers.CharField()
    requested = DecimalText()
    granted = DecimalText()
    cut_reason = serializers.CharField()
    available_at = Instant()


class TriedAnswer(StrictSerializer):
    """What would happen, with every published campaign beside the draft."""

    rewards = TriedRewardAnswer(many=True)
    campaigns = LookedAtAnswer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())


class PeriodBody(StrictSerializer):
    """From the first to the last day in the program's time zone, both included."""

    since = Day()
    until = Day()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["since"] > attrs["until"]:
            raise ValidationError({"until": [_("The end must not be before the beginning.")]})
        return attrs


class BacktestCampaignAnswer(StrictSerializer):
    """What one campaign would have given in one currency."""

    campaign = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    times = serializers.IntegerField()
    members = serializers.IntegerField()
    requested = DecimalText()
    granted = DecimalText()
    cut = DecimalText()
    reversed = DecimalText()
    cost = DecimalText(allow_null=True)
    percent = DecimalText(allow_null=True, help_text=_("Cost as a percentage of the revenue."))


class BacktestWeekAnswer(StrictSerializer):
    """The same of one week."""

    week = serializers.CharField()
    starts_on = serializers.CharField()
    campaign = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    times = serializers.IntegerField()
    members = serializers.IntegerField()
    granted = DecimalText()
    reversed = DecimalText()
    cost = DecimalText(allow_null=True)
    revenue = DecimalText()


class BacktestAnswer(StrictSerializer):
    """What the draft would have cost beside what is published."""

    stopped = serializers.BooleanField(
        help_text=_("The time was up: only the first events were run, and all figures are of them.")
    )
    events = serializers.IntegerField()
    total = serializers.IntegerField(help_text=_("How many events there are in all."))
    members = serializers.IntegerField()
    revenue = DecimalText()
    cost = DecimalText(allow_null=True)
    percent = DecimalText(allow_null=True)
    campaigns = BacktestCampaignAnswer(many=True)
    weeks = BacktestWeekAnswer(many=True)
    as_of_today = serializers.ListField(
        child=serializers.CharField(), help_text=_("What has no history, and was taken as it is today.")
    )


class TryCampaign(CampaignView):
    """One card and an example: the whole trace. Nothing is written; other cards are told of, so it needs to see cards."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.view_card")]
    operations = {
        "post": Operation(
            name="try_campaign",
            summary=_("Try a draft on one card"),
            query=ProgramQuery,
            body=TryBody,
            answers={200: TriedAnswer},
            problems=(409, 422),
        )
    }

    def post(self, request: Request, key: str) -> Response:
        campaign, asked = self.find_campaign(key), self.read_body()
        common: dict[str, Any] = {"program": campaign.program, "draft": campaign, "include_others": True}
        if campaign.trigger_kind == _PURCHASE:
            if "total" not in asked or "payload" in asked:
                raise ValidationError({"total": [_("Say what is bought: purchases trigger this campaign.")]})
            found = services.preview_purchase(**common, **asked)
        else:
            named = {name: asked.pop(name) for name in ("card", "payload", "occurred_at") if name in asked}
            if asked:
                message = _("Purchases do not trigger this campaign. Leave it out.")
                raise ValidationError({name: [message] for name in asked})
            found = services.preview_event(kind=campaign.trigger_kind, **common, **named)
        return self.answer(found)


class BacktestCampaign(CampaignView):
    """What really happened, decided with the draft, for as long as somebody waits for an answer."""

    permission_classes = [permitted("loyalty.view_campaign", "loyalty.view_dashboard")]
    operations = {
        "post": Operation(
            name="backtest_campaign",
            summary=_("What a draft would have cost"),
            query=ProgramQuery,
            body=PeriodBody,
            answers={200: BacktestAnswer},
            problems=(409, 422),
        )
    }

    def post(self, request: Request, key: str) -> Response:
        campaign, period = self.find_campaign(key), self.read_body()
        program = campaign.program
        if is_beyond_a_request(program):
            raise TooMuchHistory
        definition_of(campaign)
        begun = monotonic()
        found = services.run_backtest(
            program=program,
            drafts=[campaign],
            since=datetime.combine(period["since"], time.min, tzinfo=program.zone),
            until=datetime.combine(period["until"], time.max, tzinfo=program.zone),
            progress=lambda _done, _total: monotonic() - begun < _SECONDS,
        )
        told = {field.name: getattr(found, field.name) for field in fields(found)}
        return self.answer(told)
