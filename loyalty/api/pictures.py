"""Answers that are pictures: QR codes."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException

SVG = "image/svg+xml"
PNG = "image/png"


class PicturesMissing(APIException):
    """The extra `qr` is not installed, so the site draws nothing; the text is there all the same."""

    status_code = status.HTTP_501_NOT_IMPLEMENTED
    default_code = "qr_not_available"
    default_detail = _("This site draws no QR codes. Show the text instead.")


def picture(draw: Callable[[str], str | bytes], text: str, media: str) -> HttpResponse:
    """A text drawn as a picture that no cache keeps, and that can run nothing where it is opened by itself.

    `draw` is `qr_svg` or `qr_png`. Raises PicturesMissing without the extra `qr`.
    """
    try:
        drawn = draw(text)
    except ImproperlyConfigured as error:
        raise PicturesMissing from error
    headers = {
        "Cache-Control": "no-store, private",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(drawn, content_type=media, headers=headers)
