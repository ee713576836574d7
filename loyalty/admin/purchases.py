"""What the shop told us."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admin.base import PageAdmin, ReadOnlyAdmin, amount
from loyalty.admin.grants import reward_rows
from loyalty.models import Purchase, PurchaseLine, Refund, Reward
from loyalty.money import show_amount
from loyalty.selectors import explain_event

_OF_LINE = "purchase.program.decimals"
_LINES = 200
_REFUNDS = 50


@admin.register(Purchase)
class PurchaseAdmin(PageAdmin):
    """Purchases and what remains of them."""

    list_display = (
        "external_id",
        "source",
        "card",
        "occurred_at",
        amount("total", "program.decimals", gettext_lazy("total")),
        amount("remaining", "program.decimals", gettext_lazy("remaining after refunds")),
        "channel",
    )
    list_select_related = ("card", "program")
    list_filter = ("program",)
    cards = ("card",)
    exact = ("external_id",)
    page_template = "admin/loyalty/purchase/page.html"

    def get_page_row(self, request: HttpRequest, key: int) -> Purchase | None:
        purchases = self.get_queryset(request).filter(pk=key)
        return purchases.select_related("program", "card", "event__evaluation").first()

    def read_page(self, request: HttpRequest, row: Purchase) -> dict[str, Any]:
        decimals = row.program.decimals
        lines = row.lines.order_by("position")[:_LINES]
        refunds = row.refunds.select_related("event", "undone").order_by("-pk")[:_REFUNDS]
        return {
            "title": _("Purchase %(purchase)s") % {"purchase": row.external_id},
            "number": row.external_id,
            "card_name": row.card.number or str(row.card),
            "texts": {
                name: show_amount(getattr(row, name), decimals)
                for name in ("total", "tax", "discount", "remaining")
            },
            "lines": [
                {
                    "row": line,
                    "amount": show_amount(line.amount, decimals),
                    "remaining": show_amount(line.remaining, decimals),
                }
                for line in lines
            ],
            "refunds": [{"row": one, "amount": show_amount(one.amount, decimals)} for one in refunds],
            "rewards": reward_rows(Reward.objects.filter(purchase=row).order_by("level", "pk")),
            "explained": explain_event(row.event),
        }


@admin.register(PurchaseLine)
class PurchaseLineAdmin(ReadOnlyAdmin):
    """What was sold."""

    list_display = (
        "purchase",
        "position",
        "sku",
        "category",
        "quantity",
        amount("amount", _OF_LINE, gettext_lazy("amount")),
        amount("remaining", _OF_LINE, gettext_lazy("remaining after refunds")),
    )
    list_select_related = ("purchase__program",)
    ordering = ("-pk",)
    exact = ("purchase",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """What went back."""

    list_display = ("purchase", "event", amount("amount", _OF_LINE, gettext_lazy("amount")), "occurred_at")
    list_select_related = ("purchase__program", "event")
    exact = ("purchase",)
