"""Addresses of the API: `path("api/", include("referrals.urls"))`, before those of `loyalty`."""

from django.urls import path

from referrals.api.codes import JoinWithCode, MyCode
from referrals.api.friends import MyFriends
from referrals.api.links import MyLink, MyLinkPng, MyLinkSvg

app_name = "referrals"

urlpatterns = [
    path("v1/me/join/", JoinWithCode.as_view(), name="join"),
    path("v1/me/cards/<int:card>/link/", MyLink.as_view(), name="my-link"),
    path("v1/me/cards/<int:card>/link/qr.svg", MyLinkSvg.as_view(), name="my-link-svg"),
    path("v1/me/cards/<int:card>/link/qr.png", MyLinkPng.as_view(), name="my-link-png"),
    path("v1/me/cards/<int:card>/friends/", MyFriends.as_view(), name="my-friends"),
    path("v1/me/cards/<int:card>/code/", MyCode.as_view(), name="my-code"),
]
