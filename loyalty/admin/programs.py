"""Programs and their currencies."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin, ReadOnlyInline
from loyalty.models import Currency, Program


class CurrencyInline(ReadOnlyInline):
    model = Currency
    fields = ("code", "name", "decimals", "hold", "validity", "clawback", "spendable", "worth")


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    """What each brand runs."""

    list_display = ("slug", "name", "purchase_currency", "timezone")
    exact = ("slug", "name")
    inlines = (CurrencyInline,)


@admin.register(Currency)
class CurrencyAdmin(ReadOnlyAdmin):
    """What programs count in."""

    list_display = (
        "code",
        "name",
        "program",
        "decimals",
        "hold",
        "validity",
        "clawback",
        "spendable",
        "worth",
    )
    list_select_related = ("program",)
    list_filter = ("program",)
    exact = ("code", "name")
