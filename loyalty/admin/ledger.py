"""The ledger: wallets, entries, lots, spends and corrections."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin, ReadOnlyInline, amount
from loyalty.models import Adjustment, LedgerEntry, Lot, LotAllocation, Spend, Wallet

_DECIMALS = "wallet.currency.decimals"
_WALLET = ("wallet__card", "wallet__currency")
_BUCKETS = ("available", "pending", "held", "debt")


class AllocationInline(ReadOnlyInline):
    model = LotAllocation
    fields = ("lot", "amount")


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    """Balances as they are posted, up to each wallet's clock."""

    list_display = (
        "card",
        "currency",
        amount("available", "currency.decimals", _("available")),
        amount("pending", "currency.decimals", _("pending")),
        amount("held", "currency.decimals", _("held")),
        amount("debt", "currency.decimals", _("debt")),
        "clock",
    )
    list_select_related = ("card", "currency")
    list_filter = ("currency",)
    ordering = ("-pk",)
    cards = ("card",)


class WalletRowsAdmin(ReadOnlyAdmin):
    """Rows of wallets: found by the wallet's card."""

    list_select_related: ClassVar[tuple[str, ...]] = _WALLET
    cards = ("wallet__card",)

    @admin.display(description=_("card"))
    def card(self, row: LedgerEntry | Lot | Spend | Adjustment) -> str:
        return str(row.wallet.card)

    @admin.display(description=_("currency"))
    def currency(self, row: LedgerEntry | Lot | Spend | Adjustment) -> str:
        return row.wallet.currency.code


@admin.register(LedgerEntry)
class LedgerEntryAdmin(WalletRowsAdmin):
    """Every movement, newest first."""

    list_display = (
        "id",
        "card",
        "currency",
        "kind",
        amount("available", _DECIMALS, _("available")),
        amount("pending", _DECIMALS, _("pending")),
        amount("held", _DECIMALS, _("held")),
        amount("debt", _DECIMALS, _("debt")),
        "effective_at",
    )
    list_filter = ("kind", "wallet__currency")
    exact = ("event",)
    inlines = (AllocationInline,)


@admin.register(Lot)
class LotAdmin(WalletRowsAdmin):
    """What was earned, and what is left of it until when."""

    list_display = (
        "id",
        "card",
        "currency",
        amount("amount", _DECIMALS, _("amount")),
        amount("remaining", _DECIMALS, _("remaining")),
        amount("held", _DECIMALS, _("held")),
        amount("expired", _DECIMALS, _("expired")),
        "available_at",
        "expires_at",
    )
    list_filter = ("matured", "wallet__currency")
    exact = ("reward",)


@admin.register(Spend)
class SpendAdmin(WalletRowsAdmin):
    """What was spent and held."""

    list_display = (
        "key",
        "card",
        "currency",
        "status",
        amount("amount", _DECIMALS, _("amount")),
        amount("captured", _DECIMALS, _("captured")),
        amount("returned", _DECIMALS, _("returned")),
        "occurred_at",
        "expires_at",
    )
    list_filter = ("status", "wallet__currency")
    exact = ("key",)


@admin.register(LotAllocation)
class LotAllocationAdmin(ReadOnlyAdmin):
    """What each entry took from which lot."""

    list_display = ("id", "entry", "lot", amount("amount", "lot.wallet.currency.decimals", _("amount")))
    list_select_related = ("entry", "lot__wallet__currency")
    exact = ("entry", "lot")


@admin.register(Adjustment)
class AdjustmentAdmin(WalletRowsAdmin):
    """Corrections by hand: who and why."""

    list_display = ("card", "currency", amount("amount", _DECIMALS, _("amount")), "reason", "actor")
    list_select_related = (*_WALLET, "actor")
    exact = ("event",)
