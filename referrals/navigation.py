"""Whether a request is a person who opens a page: only then is a visit a visit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

# What fetches a page to show a preview of it, or to search it. CUBOT makes telephones.
_PREVIEWERS = re.compile(
    r"""^(?:WhatsApp|Viber|SkypeUriPreview)/
    | (?<!cu)bot\b | crawler | spider | facebookexternalhit | facebookcatalog | \bFacebot | vkShare
    | Slack-ImgProxy | SkypeUriPreview | Embedly | Iframely | Google-PageRenderer | Google-InspectionTool
    | MicrosoftPreview | kakaotalk-scrap | Mastodon/ | Snap\ URL\ Preview | Pinterest/0 | Bluesky\ Cardyb
    | OdklBot | Mail\.RU_Bot | YandexBot | HeadlessChrome/.*preview""",
    re.IGNORECASE | re.VERBOSE,
)


def is_previewer(request: HttpRequest) -> bool:
    """Whether a program asks that shows a preview of the link, as messengers do."""
    return _PREVIEWERS.search(request.headers.get("User-Agent", "")[:1_000]) is not None


def is_navigation(request: HttpRequest) -> bool:
    """Whether somebody opens the page itself: no image, frame, script or prefetch, and neither HEAD nor POST.

    Browsers say so by Sec-Fetch headers; a request without them counts, since older browsers send none.
    """
    headers = request.headers
    return (
        request.method == "GET"
        and headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and headers.get("Sec-Fetch-Dest", "document") == "document"
        and not is_ahead_of_time(request)
        and _wants_page(headers.get("Accept", ""))
        and not is_previewer(request)
    )


def is_ahead_of_time(request: HttpRequest) -> bool:
    """Whether a browser fetches the page before anybody opens it, and perhaps nobody will."""
    headers = request.headers
    purposes = [headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")]
    return any(word in purpose for purpose in purposes for word in ("prefetch", "prerender", "preview"))


def _wants_page(accept: str) -> bool:
    """An older browser that loads an image says so here; a client that wants JSON too."""
    return accept.strip() in ("", "*/*") or "text/html" in accept
