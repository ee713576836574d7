"""A backtest as text for a terminal: aligned tables and the notes below them, in the active language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.management.console import draw_table
from loyalty.periods import format_instant
from loyalty.services.backtests import Backtest, BacktestCampaign, BacktestWeek

_BALANCES = (gettext_lazy("card"), gettext_lazy("currency"), gettext_lazy("balance"))
_REWARDS = (
    gettext_lazy("event"),
    gettext_lazy("occurred at"),
    gettext_lazy("campaign"),
    gettext_lazy("slot"),
    gettext_lazy("card"),
    gettext_lazy("level"),
    gettext_lazy("currency"),
    gettext_lazy("base"),
    gettext_lazy("requested"),
    gettext_lazy("granted"),
    gettext_lazy("reversed"),
    gettext_lazy("cut because of"),
)
_CAMPAIGNS = (
    gettext_lazy("campaign"),
    gettext_lazy("currency"),
    gettext_lazy("times"),
    gettext_lazy("members"),
    gettext_lazy("requested"),
    gettext_lazy("granted"),
    gettext_lazy("cut"),
    gettext_lazy("reversed"),
    gettext_lazy("cost"),
    # xgettext:no-python-format
    gettext_lazy("% of revenue"),
)
_WEEKS = (
    gettext_lazy("week"),
    gettext_lazy("from"),
    gettext_lazy("campaign"),
    gettext_lazy("currency"),
    gettext_lazy("members"),
    gettext_lazy("times"),
    gettext_lazy("granted"),
    gettext_lazy("reversed"),
    gettext_lazy("cut"),
    gettext_lazy("cost"),
    gettext_lazy("revenue"),
    # xgettext:no-python-format
    gettext_lazy("% of revenue"),
)
_DEAREST = (
    gettext_lazy("purchase"),
    gettext_lazy("card"),
    gettext_lazy("occurred at"),
    gettext_lazy("total"),
    gettext_lazy("remaining"),
    gettext_lazy("granted"),
    gettext_lazy("cost"),
    # xgettext:no-python-format
    gettext_lazy("% of it"),
)


def draw_backtest(result: Backtest, *, rewards: bool) -> Iterator[str]:
    """Each table with its heading: balances or rewards, weeks, campaigns, the dearest purchases."""
    if rewards:
        yield _draw(_("Rewards"), _REWARDS, (astuple(row) for row in result.rewards), left=5)
    else:
        yield _draw(_("Balances"), _BALANCES, (astuple(row) for row in result.balances), left=2)
    yield _draw(_("Weeks"), _WEEKS, map(_week, result.weeks), left=4)
    yield _draw(_("Campaigns"), _CAMPAIGNS, map(_campaign, result.campaigns), left=2)
    if result.dearest:
        dearest = (
            (
                row.purchase,
                row.card,
                row.occurred_at,
                row.total,
                row.remaining,
                ", ".join(f"{amount} {code}" for code, amount in row.granted.items()),
                row.cost,
                row.percent,
            )
            for row in result.dearest
        )
        yield _draw(_("The dearest purchases"), _DEAREST, dearest, left=3)


def list_notes(result: Backtest) -> list[str]:
    """What stands below the tables, a sentence a line."""
    notes = [
        _("%(events)d events of %(program)s, balances as of %(at)s. Nothing was written.")
        % {"events": result.events, "program": result.program.slug, "at": format_instant(result.at)},
        _("members reached: %(members)d; revenue: %(revenue)s %(currency)s")
        % {
            "members": result.members,
            "revenue": result.revenue,
            "currency": result.program.purchase_currency,
        },
    ]
    if result.cost is not None:
        notes.append(_("cost of all campaigns: %(cost)s %(currency)s") % _cost(result))
    if result.percent is not None:
        notes.append(_("cost as a percentage of the revenue: %(percent)s") % {"percent": result.percent})
    if result.without_worth:
        notes.append(
            _("no cost is known of: %(currencies)s") % {"currencies": ", ".join(result.without_worth)}
        )
    notes += [
        _("cut from “%(campaign)s”: %(amount)s %(currency)s by %(reason)s")
        % {"campaign": row.campaign, "amount": amount, "currency": row.currency or "", "reason": reason}
        for row in result.campaigns
        for reason, amount in row.cuts.items()
    ]
    notes += [
        _("refused: %(code)s, %(times)d times") % {"code": code, "times": times}
        for code, times in result.refused.items()
    ]
    if result.missing:
        notes.append(_("refunds that found no purchase: %(count)d") % {"count": result.missing})
    if result.waiting:
        notes.append(_("left out, since they are not processed yet: %(count)d") % {"count": result.waiting})
    return notes + [_("taken as of today: %(what)s") % {"what": what} for what in result.as_of_today]


def describe_partial(result: Backtest) -> str:
    """How far a backtest came that was stopped."""
    return _("PARTIAL: stopped after %(events)d of %(total)d events.") % {
        "events": result.events,
        "total": result.total,
    }


def cell(value: object) -> str:
    """A value as the text of one cell; the parts of an event's name stand together."""
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, tuple):
        return "/".join(value)
    return "" if value is None else str(value)


def _draw(heading: str, head: Iterable[Promise], rows: Iterable[Iterable[object]], *, left: int) -> str:
    texts = [[cell(value) for value in row] for row in rows]
    return f"{heading}\n{draw_table(head=[str(name) for name in head], rows=texts, left=left)}\n"


def _week(row: BacktestWeek) -> tuple[object, ...]:
    named = (row.week, row.starts_on, row.campaign, row.currency)
    counted = (row.members, row.times, row.granted, row.reversed, _sum(row.cut))
    return (*named, *counted, row.cost, row.revenue, row.percent)


def _campaign(row: BacktestCampaign) -> tuple[object, ...]:
    counted = (row.times, row.members, row.requested, row.granted, row.cut, row.reversed)
    return (row.campaign, row.currency, *counted, row.cost, row.percent)


def _sum(amounts: Mapping[str, str]) -> str:
    return str(sum(map(Decimal, amounts.values()), Decimal(0)))


def _cost(result: Backtest) -> dict[str, object]:
    return {"cost": result.cost, "currency": result.program.purchase_currency}
