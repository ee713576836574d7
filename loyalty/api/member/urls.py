"""Addresses of the member's part, below `v1/me/`."""

from django.urls import path

from loyalty.api.member.campaigns import MyCampaigns
from loyalty.api.member.cards import MyCard, MyCards
from loyalty.api.member.history import MyExpiring, MyRewards, MyStatement
from loyalty.api.member.home import MyHome
from loyalty.api.member.spends import CancelMySpend, MySpends
from loyalty.api.member.tokens import MyToken, MyTokenPicture

urlpatterns = [
    path("cards/", MyCards.as_view(), name="my-cards"),
    path("cards/<int:card>/", MyCard.as_view(), name="my-card"),
    path("cards/<int:card>/home/", MyHome.as_view(), name="my-home"),
    path("cards/<int:card>/expiring/", MyExpiring.as_view(), name="my-expiring"),
    path("cards/<int:card>/statement/", MyStatement.as_view(), name="my-statement"),
    path("cards/<int:card>/rewards/", MyRewards.as_view(), name="my-rewards"),
    path("cards/<int:card>/campaigns/", MyCampaigns.as_view(), name="my-campaigns"),
    path("cards/<int:card>/spends/", MySpends.as_view(), name="my-spends"),
    path("cards/<int:card>/spends/<int:spend>/cancel/", CancelMySpend.as_view(), name="my-spend-cancel"),
    path("cards/<int:card>/token/", MyToken.as_view(), name="my-token"),
    path("cards/<int:card>/token.svg", MyTokenPicture.as_view(), name="my-token-svg"),
]
