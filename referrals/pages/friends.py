"""Inviting friends, and how far each of them has come."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card
from loyalty.pages.cards import draw_qr, find_own_card, read_before, render_page
from loyalty.selectors import open_campaigns
from referrals.conf import referrals_settings
from referrals.guessing import LinkThrottle
from referrals.pages.sharing import list_ways
from referrals.selectors import friends_progress, get_referral, link_address, mask_name
from referrals.services import enter_code as enter_code_of_friend
from referrals.services import get_link

_FRIENDS = 50


@never_cache
@login_required
@require_safe
def show_invitation(request: HttpRequest) -> HttpResponse:
    """My link, its QR, and ways to send it."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    address = link_address(card, request=request)
    text = _("Join me at %(program)s") % {"program": card.program}
    return render_page(
        request,
        "referrals/invite.html",
        card=card,
        address=address,
        code=get_link(card=card).code,
        qr=draw_qr(address),
        campaigns=[one for one in open_campaigns(card) if one.role == "parent_card"],
        share_text=text,
        ways=list_ways(address=address, text=text),
        **_how_it_came(card),
    )


@never_cache
@login_required
@require_safe
def show_friends(request: HttpRequest) -> HttpResponse:
    """Each friend and how far they have come, the latest first."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    progress = friends_progress(card, before=read_before(request), limit=_FRIENDS)
    return render_page(
        request, "referrals/friends.html", card=card, friends=progress.friends, older=progress.older
    )


@login_required
@require_POST
def enter_code(request: HttpRequest) -> HttpResponse:
    """A friend's code that is typed in after joining."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    guesses = LinkThrottle()
    if not guesses.may_try(request):
        said = _("There were too many wrong codes. Wait a while, then enter the code again.")
        messages.error(request, said, fail_silently=True)
        return redirect("referrals_pages:invite")
    try:
        enter_code_of_friend(card=card, code=request.POST.get("code", "").strip())
    except LoyaltyError as refusal:
        messages.error(request, str(refusal), fail_silently=True)
    else:
        guesses.forgive()
        messages.success(request, _("Thank you! Now we know who sent you."), fail_silently=True)
    return redirect("referrals_pages:invite")


def _how_it_came(card: Card) -> dict[str, object]:
    """Who sent the holder of the card, by a masked name; whether a code may still be entered."""
    referral = get_referral(card=card)
    referrer = None if referral is None else referral.referrer
    return {
        "sent_by": "" if referrer is None else mask_name(referrer),
        "may_enter_code": referral is None and card.parent_id is None and _is_new(card),
    }


def _is_new(card: Card) -> bool:
    """Whether a code would still be taken: not from who has bought already, nor long after joining."""
    last = card.enrolled_at + timedelta(days=referrals_settings.LATE_CODE_DAYS)
    return not card.purchases_count and referrals_settings.LATE_CODE_DAYS > 0 and timezone.now() <= last
