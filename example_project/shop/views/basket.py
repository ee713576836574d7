"""The basket and the checkout."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from example_project.shop import basket, club, orders
from example_project.shop.forms import CheckoutForm, PiecesForm
from example_project.shop.models import Product
from example_project.shop.visitors import order_of_checkout, remember_order
from loyalty.exceptions import LoyaltyError


@require_safe
def show_basket(request: HttpRequest) -> HttpResponse:
    """What lies in it, and the points that it would earn."""
    lines, card = basket.read(request), club.find_member(request.user)
    earned = club.preview(card, lines, [line.amount for line in lines]) if lines else None
    context = {
        "lines": lines,
        "total": basket.total(lines),
        "card": card,
        "earned": earned,
        "most": basket.MOST,
        "greeting": club.find_greeting(request),
    }
    return render(request, "shop/basket.html", context)


@require_POST
def add_product(request: HttpRequest, slug: str) -> HttpResponse:
    """Put one piece into the basket."""
    product = get_object_or_404(Product, slug=slug)
    basket.add(request, product)
    messages.success(request, _("%(product)s lies in your basket.") % {"product": product.title})
    return redirect(f"/#{slug}" if request.POST.get("stay") else "shop:basket")


@require_POST
def change_pieces(request: HttpRequest, slug: str) -> HttpResponse:
    """Take more or fewer pieces of a product; none takes it out."""
    form = PiecesForm(request.POST)
    if form.is_valid():
        basket.put(request, get_object_or_404(Product, slug=slug), form.cleaned_data["quantity"])
    else:
        messages.error(request, _("Give a number of pieces from 0 to %(most)d.") % {"most": basket.MOST})
    return redirect("shop:basket")


def check_out(request: HttpRequest) -> HttpResponse:
    """Say who orders, and order. Guests may, and sending the form twice orders once."""
    key = request.POST.get("key", "")[:64]
    done = order_of_checkout(request, key)
    if request.method == "POST" and done:
        return redirect("shop:order", done)
    lines, card = basket.read(request), club.find_member(request.user)
    if not lines:
        return redirect("shop:basket")
    total = basket.total(lines)
    points = club.points_to_spend(card, total)
    form = CheckoutForm(request.POST or None, initial=_who(request))
    if request.method == "POST" and form.is_valid():
        placed = _place(request, form, lines, points if form.cleaned_data["use_points"] else 0)
        if placed is not None:
            return placed
    context = {
        "form": form,
        "lines": lines,
        "total": total,
        "card": card,
        "points": points,
        "points_worth": club.worth(points),
        "earned": club.preview(card, lines, [line.amount for line in lines]),
        "key": basket.checkout_key(request),
    }
    return render(request, "shop/checkout.html", context)


def _who(request: HttpRequest) -> dict[str, str]:
    user = request.user
    return {"name": user.get_full_name(), "email": user.email} if user.is_authenticated else {}


def _place(
    request: HttpRequest, form: CheckoutForm, lines: list[basket.Line], points: int
) -> HttpResponse | None:
    """Order, and go to the order; None where the points are gone, which is said."""
    user = request.user if request.user.is_authenticated else None
    customer = orders.Customer(
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        user=user,
        card=club.find_member(request.user),
    )
    key = basket.checkout_key(request)
    try:
        order = orders.place_order(key=key, customer=customer, lines=lines, points=points)
    except LoyaltyError as error:
        messages.error(request, str(error))
        return None
    remember_order(request, order, key)
    basket.empty(request)
    messages.success(request, _("Thank you! Your order %(number)s is placed.") % {"number": order.number})
    return redirect(order)
