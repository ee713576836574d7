"""What the shop told us."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin, ReadOnlyInline, amount
from loyalty.models import Purchase, PurchaseLine, Refund

_OF_LINE = "purchase.program.decimals"


class LineInline(ReadOnlyInline):
    model = PurchaseLine
    fields = ("position", "sku", "category", "quantity", "amount", "remaining", "attributes")
    ordering = ("position",)


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ("event", "amount", "by_line", "occurred_at")


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """Purchases and what remains of them."""

    list_display = (
        "external_id",
        "source",
        "card",
        "occurred_at",
        amount("total", "program.decimals", _("total")),
        amount("remaining", "program.decimals", _("remaining after refunds")),
        "channel",
    )
    list_select_related = ("card", "program")
    list_filter = ("program",)
    cards = ("card",)
    exact = ("external_id",)
    inlines = (LineInline, RefundInline)


@admin.register(PurchaseLine)
class PurchaseLineAdmin(ReadOnlyAdmin):
    """What was sold."""

    list_display = (
        "purchase",
        "position",
        "sku",
        "category",
        "quantity",
        amount("amount", _OF_LINE, _("amount")),
        amount("remaining", _OF_LINE, _("remaining after refunds")),
    )
    list_select_related = ("purchase__program",)
    ordering = ("-pk",)
    exact = ("purchase",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """What went back."""

    list_display = ("purchase", "event", amount("amount", _OF_LINE, _("amount")), "occurred_at")
    list_select_related = ("purchase__program", "event")
    exact = ("purchase",)
