"""Signing up."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from example_project.shop import club, orders
from example_project.shop.forms import SignUpForm
from example_project.shop.visitors import orders_of_guest


def sign_up(request: HttpRequest) -> HttpResponse:
    """A new customer with a card; who sent them is known by the code or by the link that they came by."""
    if request.user.is_authenticated:
        return redirect("shop:products")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        # Read before the session becomes the user's.
        guest_orders = orders_of_guest(request)
        card = club.join(request, user, code=form.cleaned_data["code"])
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("Welcome, %(name)s! Your card is ready.") % {"name": user.first_name})
        claimed = orders.claim_orders(guest_orders, user=user, card=card)
        if claimed:
            text = ngettext(
                "The order that you made before counts too.",
                "The %(count)d orders that you made before count too.",
                claimed,
            )
            messages.success(request, text % {"count": claimed})
        return redirect("loyalty_pages:card" if card else "shop:products")
    return render(request, "shop/signup.html", {"form": form, "greeting": club.find_greeting(request)})
