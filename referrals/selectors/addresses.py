"""The address that a member shares, and who sent the visitor that came by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from loyalty.models import Card
from loyalty.selectors.programs import ProgramLike, get_program
from referrals.conf import referrals_settings
from referrals.cookies import read_cookie
from referrals.models import Visit
from referrals.services.links import get_link
from referrals.services.visits import counting_visit

if TYPE_CHECKING:
    from django.http import HttpRequest


def link_address(card: Card, *, request: HttpRequest | None = None) -> str:
    """The address that a card shares with friends: the site's, and the card's code in the path.

    The site is REFERRALS["SITE_URL"], else that of the `request`, else the current one of `django.contrib.sites`.
    Where the host includes no `referrals.landing_urls` the code is in the query, which the middleware reads. The
    card's link is made when it is first asked for. A site that nobody names is a mistake of the settings, which
    `ImproperlyConfigured` tells.
    """
    code = get_link(card=card).code
    try:
        # Of several includes that whose namespace is the program's slug.
        path = reverse("referrals_landing:landing", args=[code], current_app=card.program.slug)
    except NoReverseMatch:
        path = "/?" + urlencode({referrals_settings.PARAMETER: code})
    return _site(request) + path


def current_visit(request: HttpRequest, *, program: ProgramLike = None) -> Visit | None:
    """The visit by link that brought this visitor, while it counts; `visit.link.card` is who sent them.

    Raises ProgramNotFound, ProgramAmbiguous where it is not said which program is meant.
    """
    kept = read_cookie(request)
    return None if kept is None else counting_visit(program=get_program(program), kept=kept)


def _site(request: HttpRequest | None) -> str:
    if referrals_settings.SITE_URL is not None:
        return referrals_settings.SITE_URL
    if request is not None:
        return f"{request.scheme}://{request.get_host()}"
    if apps.is_installed("django.contrib.sites"):
        return f"https://{get_current_site(None).domain}"
    raise ImproperlyConfigured('Say in REFERRALS["SITE_URL"] under which address the site is reached.')
