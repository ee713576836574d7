"""Answers that are pictures: QR codes."""

from __future__ import annotations

from django.http import HttpResponse

SVG = "image/svg+xml"
PNG = "image/png"


def picture(content: str | bytes, media: str) -> HttpResponse:
    """A picture that no cache keeps, and that can run nothing where it is opened by itself."""
    headers = {
        "Cache-Control": "no-store, private",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=media, headers=headers)
