"""All that an app shows when it is opened, by one call."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors
from loyalty.api.member.answers import HomeWalletAnswer, tell_home_wallet
from loyalty.api.member.base import MemberCardView
from loyalty.api.member.campaigns import OpenCampaignAnswer, tell_campaign
from loyalty.api.member.history import RewardAnswer, tell_reward
from loyalty.api.operations import Operation
from loyalty.api.serializers import StrictSerializer
from loyalty.models import Card


class HomeAnswer(StrictSerializer):
    """A card at a glance."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Card.Status.choices)
    wallets = HomeWalletAnswer(many=True)
    rewards = RewardAnswer(many=True, help_text=_("The latest ones."))
    campaigns = OpenCampaignAnswer(many=True, help_text=_("Campaigns open to the member."))


class MyHome(MemberCardView):
    """The home screen of an app."""

    operations = {
        "get": Operation(
            name="get_my_home", summary=_("All that a home screen shows"), answers={200: HomeAnswer}
        )
    }

    def get(self, request: Request, card: int) -> Response:
        home = selectors.home_screen(self.card)
        return self.answer(
            {
                "number": home.number,
                "status": home.status,
                "wallets": [tell_home_wallet(wallet) for wallet in home.wallets],
                "rewards": [tell_reward(reward) for reward in home.rewards],
                "campaigns": [tell_campaign(campaign) for campaign in home.campaigns],
            }
        )
