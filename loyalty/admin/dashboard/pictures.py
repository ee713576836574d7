"""The figures of the dashboard as charts and as texts in the reader's language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty.admin.charts import Chart, Series
from loyalty.admin.figures import decimal_text, percent_text
from loyalty.money import show_amount
from loyalty.selectors.dashboard import CurrencyFigures, DashboardFigures, Span


def cost_text(cost: Decimal | None, decimals: int) -> str:
    """A cost in the currency of purchases; empty where there is none."""
    return "" if cost is None else decimal_text(str(round(cost, decimals)))


def share_text(share: Decimal | None) -> str:
    """A part as a percentage with one decimal; a dash where there is nothing to share."""
    return percent_text(None if share is None else str(round(share * 100, 1)))


def labels_of(spans: list[Span]) -> list[str]:
    """What the parts of the period are called."""
    return [_label(span) for span in spans]


def activity_charts(figures: DashboardFigures) -> list[Chart]:
    """New members, and what was bought by child cards and by others."""
    labels, decimals = labels_of(figures.spans), figures.program.decimals
    children = figures.series["purchased_by_children"]
    others = [total - theirs for total, theirs in zip(figures.series["purchased"], children, strict=True)]
    return [
        Chart(
            title=_("Purchases by child cards and by others"),
            labels=labels,
            series=[
                Series(_("child cards"), [_amount(one, decimals) for one in children]),
                Series(_("others"), [_amount(one, decimals) for one in others]),
            ],
            unit=figures.program.purchase_currency,
            decimals=decimals,
        ),
        Chart(
            title=_("New members"),
            labels=labels,
            series=[Series(_("new members"), figures.series["enrolled"])],
        ),
    ]


def currency_charts(figures: DashboardFigures, one: CurrencyFigures) -> list[Chart]:
    """What moved in a currency, and what was owed."""
    labels, decimals = labels_of(figures.spans), one.currency.decimals

    def series(name: str, text: str) -> Series:
        return Series(text, [_amount(value, decimals) for value in one.series[name]])

    return [
        Chart(
            title=_("%(currency)s granted, spent and expired") % {"currency": one.currency.name},
            labels=labels,
            series=[
                series("granted", _("granted")),
                series("spent", _("spent")),
                series("expired", _("expired")),
            ],
            decimals=decimals,
        ),
        Chart(
            title=_("%(currency)s owed") % {"currency": one.currency.name},
            labels=labels,
            series=[Series(_("owed"), [_amount(value, decimals) for value in one.owed_by_span], kind="line")],
            decimals=decimals,
        ),
    ]


def currency_row(figures: DashboardFigures, one: CurrencyFigures) -> dict[str, Any]:
    """One currency as texts."""
    decimals = one.currency.decimals
    return {
        "currency": one.currency,
        **{name: show_amount(value, decimals) for name, value in one.moved.items()},
        "owed": show_amount(one.owed, decimals),
        "cost": cost_text(one.cost, figures.program.decimals),
    }


def _amount(minor: int, decimals: int) -> Decimal:
    return Decimal(minor).scaleb(-decimals)


def _label(span: Span) -> str:
    if span.first.year != span.last.year or (span.last - span.first).days > 40:
        return str(span.last.year)
    if (span.last - span.first).days > 6:
        return str(date_format(span.first, "YEAR_MONTH_FORMAT"))
    return str(date_format(span.first, "SHORT_DATE_FORMAT"))
