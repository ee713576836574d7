"""Orders of the customer, or of this guest's browser."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from example_project.shop import club, orders
from example_project.shop.models import Order
from example_project.shop.templatetags.shop import money
from example_project.shop.visitors import orders_of_guest

_PAGE = 20


@login_required
@require_safe
def list_orders(request: HttpRequest) -> HttpResponse:
    """The customer's orders, the latest first, twenty at a time."""
    mine = Order.objects.filter(user=request.user).prefetch_related("lines__product")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        mine = mine.filter(pk__lt=int(before))
    page = list(mine[: _PAGE + 1])
    older = page[_PAGE - 1].pk if len(page) > _PAGE else None
    return render(request, "shop/orders.html", {"orders": page[:_PAGE], "older": older})


@require_safe
def show_order(request: HttpRequest, number: str) -> HttpResponse:
    """What was ordered, what it earned and when that can be spent, and what can still go back."""
    order = _find(request, number)
    card = club.find_member(request.user) if order.in_club else None
    earnings = club.earnings_of(order, card) if card else []
    context = {
        "order": order,
        "card": card,
        "earnings": earnings,
        "kept": sum(earning.kept for earning in earnings),
        "is_counted": not order.in_club or club.is_counted(order),
        "seen": sum(line.returned for line in order.lines.all()),
    }
    return render(request, "shop/order.html", context)


@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Take the whole order back."""
    order = _find(request, number)
    if orders.cancel_order(order):
        messages.success(request, _("The order is cancelled. What you paid goes back to you."))
    else:
        messages.error(request, _("This order cannot be cancelled any more. Return what you do not want."))
    return redirect(order)


@require_POST
def return_some(request: HttpRequest, number: str) -> HttpResponse:
    """Return pieces of it."""
    order = _find(request, number)
    pieces = {
        line.position: _whole(request.POST.get(f"line-{line.position}", "")) for line in order.lines.all()
    }
    amount = orders.return_pieces(order, pieces, seen=_whole(request.POST.get("seen", "")))
    if amount > Decimal(0):
        messages.success(request, _("You get %(amount)s back.") % {"amount": money(amount)})
    else:
        messages.info(request, _("Nothing was returned. Choose how many pieces go back."))
    return redirect(order)


def _find(request: HttpRequest, number: str) -> Order:
    """The customer's own order, or one that a guest made in this browser; any other does not exist."""
    order = Order.objects.prefetch_related("lines__product").filter(number=number).first()
    is_mine = order is not None and (
        order.user_id == request.user.pk if order.user_id else order.number in orders_of_guest(request)
    )
    if order is None or not is_mine:
        raise Http404
    return order


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
