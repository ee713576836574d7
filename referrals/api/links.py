"""The link that a member shares, as text and as QR codes."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Operation
from loyalty.api.pictures import PNG, SVG, picture
from loyalty.api.serializers import StrictSerializer
from loyalty.qr import qr_png, qr_svg
from referrals.models import ReferrerStats
from referrals.selectors import link_address
from referrals.services import get_link


class ShareAnswer(StrictSerializer):
    """Ready addresses that open an app with the text and the link filled in."""

    email = serializers.CharField()
    telegram = serializers.CharField()
    whatsapp = serializers.CharField()


class LinkAnswer(StrictSerializer):
    """The link of a card. The code is public: knowing it authorises nothing."""

    address = serializers.URLField(help_text=_("To be shared, and in the QR code."))
    short = serializers.CharField(help_text=_("The same to be read out or printed."))
    code = serializers.CharField(help_text=_("What a friend may type in instead."))
    text = serializers.CharField(help_text=_("A text to share, without the address."))
    share = ShareAnswer()
    friends_registered = serializers.IntegerField(help_text=_("How many friends registered."))
    friends_qualified = serializers.IntegerField(help_text=_("How many of them made a purchase that counts."))


class MyLink(MemberCardView):
    """The link that friends open."""

    operations = {
        "get": Operation(
            name="get_my_link", summary=_("The link that I share with friends"), answers={200: LinkAnswer}
        )
    }

    def get(self, request: Request, card: int) -> Response:
        address = link_address(self.card, request=request._request)
        counts = ReferrerStats.objects.filter(card=self.card).first()
        text = _now("Join %(program)s with my link.") % {"program": self.card.program}
        return self.answer(
            {
                "address": address,
                "short": address.partition("://")[2],
                "code": get_link(card=self.card).code,
                "text": text,
                "share": _share(text, address),
                "friends_registered": counts.registered if counts else 0,
                "friends_qualified": counts.qualified if counts else 0,
            }
        )


class MyLinkSvg(MemberCardView):
    """The link as a QR code that stays sharp at any size."""

    operations = {
        "get": Operation(
            name="get_my_link_svg", summary=_("The link as a QR code (SVG)"), answers={200: None}, media=SVG
        )
    }

    def get(self, request: Request, card: int) -> HttpResponse:
        return picture(qr_svg, link_address(self.card, request=request._request), SVG)


class MyLinkPng(MemberCardView):
    """The link as a QR code to send or print."""

    operations = {
        "get": Operation(
            name="get_my_link_png", summary=_("The link as a QR code (PNG)"), answers={200: None}, media=PNG
        )
    }

    def get(self, request: Request, card: int) -> HttpResponse:
        return picture(qr_png, link_address(self.card, request=request._request), PNG)


def _share(text: str, address: str) -> dict[str, str]:
    both = f"{text} {address}"
    return {
        "email": "mailto:?" + urlencode({"subject": text, "body": both}).replace("+", "%20"),
        "telegram": "https://t.me/share/url?" + urlencode({"url": address, "text": text}),
        "whatsapp": "https://wa.me/?" + urlencode({"text": both}),
    }
