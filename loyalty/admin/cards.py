"""Cards: the page that support opens, and the lists behind it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin, ReadOnlyInline, amount, find_cards
from loyalty.models import (
    Card,
    CardAttribute,
    CardHolder,
    CardMerge,
    CardNumber,
    CardQueue,
    CardStatusChange,
    LedgerEntry,
    ParentChange,
    Wallet,
)
from loyalty.money import to_decimal_string

_LATEST = 10
_BUCKETS = (
    amount("available", "currency.decimals", _("available")),
    amount("pending", "currency.decimals", _("pending")),
    amount("held", "currency.decimals", _("held")),
    amount("debt", "currency.decimals", _("debt")),
)


class NumberInline(ReadOnlyInline):
    model = CardNumber
    fields = ("number", "issued_at", "retired_at")


class WalletInline(ReadOnlyInline):
    model = Wallet
    fields: ClassVar[Any] = ("currency", *_BUCKETS, "clock")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        return super().get_queryset(request).select_related("currency")


class HolderInline(ReadOnlyInline):
    model = CardHolder
    fields = ("user", "since")


@admin.register(Card)
class CardAdmin(ReadOnlyAdmin):
    """Whoever is a member."""

    list_display = (
        "__str__",
        "external_id",
        "user",
        "program",
        "status",
        "parent",
        "merged_into",
        "enrolled_at",
    )
    list_select_related = ("program", "user", "parent", "merged_into")
    list_filter = ("status", "program")
    cards = ("parent", "merged_into")
    exact = ("external_id",)
    inlines = (NumberInline, WalletInline, HolderInline)
    fields = (
        "program",
        "external_id",
        "user",
        "additional",
        "status",
        "status_since",
        "enrolled_at",
        "parent",
        "parent_since",
        "linked_at",
        "merged_into",
        "kept_purchases",
        "spent_in_all",
        "latest_entries",
    )
    readonly_fields = ("kept_purchases", "spent_in_all", "latest_entries")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Card]:
        return super().get_queryset(request).prefetch_related("numbers")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Card], search_term: str
    ) -> tuple[QuerySet[Card], bool]:
        """The card that was typed, and its children."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = find_cards(term)
        return queryset.filter(pk__in=found) | queryset.filter(parent_id__in=found), False

    @admin.display(description=_("kept purchases"))
    def kept_purchases(self, card: Card) -> int:
        return card.purchases_count

    @admin.display(description=_("spent in all"))
    def spent_in_all(self, card: Card) -> str:
        return (
            f"{to_decimal_string(card.spent_total, card.program.decimals)} {card.program.purchase_currency}"
        )

    @admin.display(description=_("latest entries"))
    def latest_entries(self, card: Card) -> SafeString:
        """The last movements in all wallets."""
        entries = LedgerEntry.objects.filter(wallet__in=list(card.wallets.values_list("pk", flat=True)))
        latest = entries.select_related("wallet__currency").order_by("-pk")[:_LATEST]
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (entry.effective_at.isoformat(" ", "seconds"), entry.get_kind_display(), *_movement(entry))
                for entry in latest
            ),
        )
        return format_html("<table>{}</table>", rows) if rows else SafeString("–")


@admin.register(CardNumber)
class CardNumberAdmin(ReadOnlyAdmin):
    """Numbers, current and replaced."""

    list_display = ("number", "card", "program", "issued_at", "retired_at")
    list_select_related = ("card", "program")
    list_filter = ("program", ("retired_at", admin.EmptyFieldListFilter))
    cards = ("card",)


@admin.register(CardStatusChange)
class CardStatusChangeAdmin(ReadOnlyAdmin):
    """Who was blocked when, and why."""

    list_display = ("card", "status", "since", "reason", "actor")
    list_select_related = ("card", "actor")
    list_filter = ("status",)
    cards = ("card",)


@admin.register(ParentChange)
class ParentChangeAdmin(ReadOnlyAdmin):
    """Who was moved in the tree, when, and why."""

    list_display = ("card", "old_parent", "new_parent", "since", "reason", "actor")
    list_select_related = ("card", "old_parent", "new_parent", "actor")
    cards = ("card", "old_parent", "new_parent")


@admin.register(CardHolder)
class CardHolderAdmin(ReadOnlyAdmin):
    """Who uses a card along with its owner."""

    list_display = ("card", "user", "since")
    list_select_related = ("card", "user")
    cards = ("card",)


@admin.register(CardMerge)
class CardMergeAdmin(ReadOnlyAdmin):
    """Which cards became one, when, and why; and which were parted again."""

    list_display = (
        "merged",
        "survivor",
        "since",
        "reason",
        "actor",
        "undone",
        "undone_reason",
        "undone_actor",
    )
    list_select_related = ("merged", "survivor", "actor", "undone", "undone_actor")
    list_filter = (("undone", admin.EmptyFieldListFilter),)
    cards = ("merged", "survivor")


@admin.register(CardAttribute)
class CardAttributeAdmin(ReadOnlyAdmin):
    """What is known of a card, since when."""

    list_display = ("card", "name", "value", "since")
    list_select_related = ("card",)
    cards = ("card",)
    exact = ("name",)


@admin.register(CardQueue)
class CardQueueAdmin(ReadOnlyAdmin):
    """Cards whose events are put off after an error."""

    list_display = ("card", "claimed_at", "retry_at")
    list_select_related = ("card",)
    list_filter = (("retry_at", admin.EmptyFieldListFilter),)
    ordering = ("-pk",)
    cards = ("card",)


def _movement(entry: LedgerEntry) -> tuple[str, str]:
    moved = entry.available + entry.pending + entry.held - entry.debt
    return to_decimal_string(moved, entry.wallet.currency.decimals), entry.wallet.currency.code
