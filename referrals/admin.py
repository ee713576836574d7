"""The stock admin: lists to look at. Referrals change by events, so nothing is edited here."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.admin.card_page import CardPanel, register_card_panel, register_child_notes
from loyalty.models import Card
from referrals.models import Referral, ReferralLink, ReferrerStats, Visit
from referrals.selectors import get_referral


@admin.register(ReferralLink)
class ReferralLinkAdmin(ReadOnlyAdmin):
    """Whose code is it."""

    cards = ("card",)
    exact = ("code",)
    list_display = ("code", "card", "program", "created_at")
    list_select_related = ("card", "program")
    list_filter = ("program",)


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Who brought whom."""

    cards = ("referee", "referrer")
    exact = ("code",)
    list_display = ("referee", "referrer", "method", "status", "registered_at", "qualified_at", "program")
    list_select_related = ("referee", "referrer", "program")
    list_filter = ("status", "method", "program")


@admin.register(ReferrerStats)
class ReferrerStatsAdmin(ReadOnlyAdmin):
    """Who brings most."""

    cards = ("card",)
    list_display = ("card", "registered", "qualified")
    list_select_related = ("card",)


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    """Clicks on links."""

    cards = ("link__card",)
    exact = ("code", "link__code")
    list_display = ("code", "link", "channel", "repaired", "visited_at", "program")
    list_select_related = ("link__card", "program")
    list_filter = ("program", "repaired")


@register_card_panel
def show_referral(card: Card, request: HttpRequest) -> CardPanel | None:
    """How the card came, its code, and how many friends it brought."""
    user = request.user
    if not user.has_perm("loyalty_referrals.view_referral"):
        return None
    referral = get_referral(card=card)
    link = ReferralLink.objects.filter(card=card).first()
    stats = ReferrerStats.objects.filter(card=card).first()
    if referral is None and link is None and stats is None:
        return None
    context = {"referral": referral, "link": link, "stats": stats}
    return CardPanel(_("Referrals"), "admin/loyalty_referrals/card_panel.html", context)


@register_child_notes
def count_friends(cards: Collection[int]) -> Mapping[int, str]:
    """How many friends each card brought, and how many of them have bought."""
    rows = ReferrerStats.objects.filter(card__in=cards, registered__gt=0)
    return {row.card_id: _friends(row) for row in rows}


def _friends(row: ReferrerStats) -> str:
    text = ngettext(
        "%(registered)d friend, %(qualified)d of them bought",
        "%(registered)d friends, %(qualified)d of them bought",
        row.registered,
    )
    return text % {"registered": row.registered, "qualified": row.qualified}
