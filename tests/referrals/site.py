"""A small site of a host: pages, links of members, and a sign-up by each door."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from loyalty.services import enrol_card
from loyalty.signals import member_registered
from referrals.services import attribute


def page(request: HttpRequest, **_words: str) -> HttpResponse:
    """Says what messages there are."""
    return HttpResponse(", ".join(str(message) for message in messages.get_messages(request)) or "a page")


def sign_up(request: HttpRequest) -> HttpResponse:
    """By the service."""
    user = get_user_model().objects.create(username=request.POST["name"])
    attribute(card=enrol_card(user=user), request=request, code=request.POST.get("code", ""))
    return HttpResponse("welcome")


def sign_up_by_signal(request: HttpRequest) -> HttpResponse:
    """By the signal, with the request."""
    user = get_user_model().objects.create(username=request.POST["name"])
    fields = {"request": request} if request.POST.get("told") else {}
    member_registered.send(sender=None, user=user, code=request.POST.get("code", ""), **fields)
    return HttpResponse("welcome")


def create_user(request: HttpRequest) -> HttpResponse:
    """By nothing at all: a user is made."""
    get_user_model().objects.create(username=request.POST["name"])
    return HttpResponse("welcome")


urlpatterns = [
    path("r/", include("referrals.landing_urls")),
    path("books/", include("referrals.landing_urls", namespace="books"), {"program": "books"}),
    path("sign-up/", sign_up),
    path("sign-up/signal/", sign_up_by_signal),
    path("sign-up/user/", create_user),
    path("welcome/", page, name="welcome"),
    path("sale/", page),
    path("", page),
    path("<path:anything>", page),
]
