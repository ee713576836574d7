"""The member's card: number, QR, balance, what is to come and what expires; and its statement."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card
from loyalty.pages.navigation import list_entries
from loyalty.selectors import find_card
from loyalty.services import enrol_card


def find_own_card(request: HttpRequest) -> Card | None:
    """The card of the signed-in member, or None."""
    try:
        return find_card(user=request.user)
    except LoyaltyError:
        return None


@never_cache
@login_required
@require_safe
def show_card(request: HttpRequest) -> HttpResponse:
    """Everything on one page; who has no card yet is offered one."""
    card = find_own_card(request)
    return render(request, "loyalty/card.html", {"card": card, "entries": list_entries()})


@never_cache
@login_required
@require_safe
def show_statement(request: HttpRequest) -> HttpResponse:
    """What moved the balance, the latest first."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    return render(request, "loyalty/statement.html", {"card": card, "entries": list_entries()})


@never_cache
@login_required
@require_safe
def show_token(request: HttpRequest) -> HttpResponse:
    """The code that changes every minute, to be shown at a till."""
    card = find_own_card(request)
    if card is None:
        raise Http404
    return render(request, "loyalty/token.html", {"card": card, "entries": list_entries()})


@login_required
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """A card for a member who has none yet."""
    enrol_card(user=request.user)
    return redirect("loyalty_pages:card")
