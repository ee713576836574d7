"""What a member shows at a till: a token that changes all the time, as text and as a QR code."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import services
from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Operation
from loyalty.api.pictures import SVG, picture
from loyalty.api.serializers import Instant, StrictSerializer
from loyalty.qr import qr_svg


class TokenAnswer(StrictSerializer):
    """A token that a till takes for the card."""

    token = serializers.CharField()
    expires_at = Instant(help_text=_("Ask for a new one before this moment."))


class MyToken(MemberCardView):
    """A new token."""

    operations = {
        "get": Operation(
            name="get_my_token", summary=_("A token to show at a till"), answers={200: TokenAnswer}
        )
    }

    def get(self, request: Request, card: int) -> Response:
        token = services.issue_token(self.card)
        answer = self.answer({"token": token.text, "expires_at": token.expires_at})
        answer["Cache-Control"] = "no-store, private"
        return answer


class MyTokenPicture(MemberCardView):
    """A new token as a QR code."""

    operations = {
        "get": Operation(
            name="get_my_token_svg",
            summary=_("The same as a QR code"),
            answers={200: None},
            media=SVG,
        )
    }

    def get(self, request: Request, card: int) -> HttpResponse:
        return picture(qr_svg, services.issue_token(self.card).text, SVG)
