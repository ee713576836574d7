"""What stands above every page of a campaign: its state, the ways to the other pages, and the buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth import get_permission_codename
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.models import Campaign
from loyalty.selectors import CampaignState

# What can be done next, by what was decided last.
BUTTONS: Mapping[str, tuple[str, ...]] = {
    "draft": ("publish", "archive"),
    "published": ("publish", "pause", "archive"),
    "shadow": ("publish", "pause", "archive"),
    "paused": ("resume", "publish", "archive"),
    "archived": (),
}
PERMISSIONS: Mapping[str, str] = {
    "publish": "publish",
    "pause": "pause",
    "resume": "pause",
    "archive": "archive",
}
_LABELS: Mapping[str, str | Promise] = {
    "publish": _("Publish…"),
    "pause": _("Pause…"),
    "resume": _("Resume…"),
    "archive": _("Archive…"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A link of the bar; `current` is the page on which one is."""

    slug: str
    label: str
    address: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one campaign for one person."""

    campaign: Campaign
    state: CampaignState
    tabs: list[Way]
    buttons: list[Way]


def may(request: HttpRequest, act: str) -> bool:
    """Whether somebody may publish, pause, resume or archive campaigns."""
    codename = get_permission_codename(PERMISSIONS[act], Campaign._meta)
    return bool(request.user.has_perm(f"{Campaign._meta.app_label}.{codename}"))


def make_bar(
    request: HttpRequest,
    campaign: Campaign,
    state: CampaignState,
    *,
    pages: Iterable[tuple[str, str | Promise]],
    current: str,
    site: str,
) -> Bar:
    """The bar above a page. `pages` are the tabs as slug and label, `current` is the slug of the page shown."""

    def way(slug: str, label: str | Promise) -> Way:
        address = reverse(f"{site}:loyalty_campaign_{slug}", args=[campaign.pk])
        return Way(slug, str(label), address, slug == current)

    acts = (
        () if current in PERMISSIONS else BUTTONS[state.decided]
    )  # on the page of an act there is one button
    shown = [(slug, label) for slug, label in pages if slug != "shadow" or state.status == "shadow"]
    return Bar(
        campaign=campaign,
        state=state,
        tabs=[way(slug, label) for slug, label in [("change", _("Set up")), *shown]],
        buttons=[way(act, _LABELS[act]) for act in acts if may(request, act)],
    )
