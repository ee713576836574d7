"""Inviting friends, and how far each of them has come."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe


@never_cache
@login_required
@require_safe
def show_invitation(request: HttpRequest) -> HttpResponse:
    """My link, its QR, and ways to send it."""
    return render(request, "referrals/invite.html", {})


@never_cache
@login_required
@require_safe
def show_friends(request: HttpRequest) -> HttpResponse:
    """Each friend and how far they have come."""
    return render(request, "referrals/friends.html", {})


@login_required
@require_POST
def enter_code(request: HttpRequest) -> HttpResponse:
    """A code typed after signing up."""
    return redirect("referrals_pages:invite")
