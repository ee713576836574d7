"""The member's card: number, QR, balance, what is to come and what expires; its statement; the code for the till."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, Currency
from loyalty.pages.navigation import list_entries
from loyalty.qr import qr_svg
from loyalty.selectors import find_card, get_statement, home_screen
from loyalty.services import enrol_card, issue_token

_LINES = 50
_LARGEST_KEY = 2**63 - 1


def find_own_card(request: HttpRequest) -> Card | None:
    """The card of the signed-in member in the program that is meant by default; None for who has none."""
    try:
        return find_card(user=request.user)  # type: ignore[arg-type] # the view asks for a signed-in user
    except LoyaltyError:
        return None


def draw_qr(text: str) -> SafeString:
    """The QR code of a text as SVG; empty where the extra `qr` is not installed: the text stands beside it anyway."""
    try:
        return mark_safe(qr_svg(text))
    except ImproperlyConfigured:
        return SafeString("")


def read_before(request: HttpRequest) -> int | None:
    """Where the asked page begins; what is no such number means the first page."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return before if 0 < before <= _LARGEST_KEY else None


def render_page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page with the navigation of all pages."""
    return render(request, template, {"entries": list_entries(), **context})


@never_cache
@login_required
@require_safe
def show_card(request: HttpRequest) -> HttpResponse:
    """Everything at a glance; who has no card yet is offered one."""
    card = find_own_card(request)
    if card is None:
        return render_page(request, "loyalty/card.html", card=None)
    home = home_screen(card)
    return render_page(
        request,
        "loyalty/card.html",
        card=card,
        holder=request.user.get_full_name() if hasattr(request.user, "get_full_name") else "",
        home=home,
        qr=draw_qr(home.number) if home.number else "",
    )


@never_cache
@login_required
@require_safe
def show_statement(request: HttpRequest) -> HttpResponse:
    """What moved the balance, the latest first, fifty movements at a time."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    currencies = list(Currency.objects.filter(program=card.program).order_by("-spendable", "pk"))
    asked = request.GET.get("currency")
    found = [one.code for one in currencies if not asked or one.code == asked]
    if not found:
        return redirect("loyalty_pages:card")
    statement = get_statement(card, currency=found[0], before=read_before(request), limit=_LINES)
    return render_page(
        request, "loyalty/statement.html", card=card, currencies=currencies, statement=statement
    )


@never_cache
@login_required
@require_safe
def show_token(request: HttpRequest) -> HttpResponse:
    """A code that is valid for a minute, to be shown at a till."""
    card = find_own_card(request)
    if card is None:
        return redirect("loyalty_pages:card")
    token = issue_token(card)
    seconds = max(0, int((token.expires_at - timezone.now()).total_seconds()))
    return render_page(
        request, "loyalty/token.html", card=card, token=token, seconds=seconds, qr=draw_qr(token.text)
    )


@login_required
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """A card for a member who has none yet."""
    try:
        enrol_card(user=request.user)  # type: ignore[arg-type] # signed in
    except LoyaltyError as refusal:
        messages.error(request, str(refusal), fail_silently=True)
    return redirect("loyalty_pages:card")
