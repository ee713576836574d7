"""How a sentence about a campaign ends: limits; and what is said after it: pots, dates, refunds, how it combines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from loyalty.rules.compiled import ALL, BEST, EXCLUSIVE, FIRST
from loyalty.rules.phrases import POINTS, Telling, number, percent, plural, units
from loyalty.selectors.sentence_parts import GivenPart, LimitPart, Parts

_PERIODS: Mapping[str, str | Promise] = {
    "day": pgettext_lazy("how often", "a day"),
    "week": pgettext_lazy("how often", "a week"),
    "month": pgettext_lazy("how often", "a month"),
    "quarter": pgettext_lazy("how often", "a quarter"),
    "half_year": pgettext_lazy("how often", "a half-year"),
    "year": pgettext_lazy("how often", "a year"),
}
_POTS: Mapping[str, str | Promise] = {
    "total": gettext_lazy("All together get at most %(percent)s of the purchase."),
    "net_of_tax": gettext_lazy("All together get at most %(percent)s of the purchase without tax."),
    "net_of_discounts": gettext_lazy(
        "All together get at most %(percent)s of the purchase without discounts."
    ),
}
_BLOCKED: Mapping[str, str | Promise] = {
    "compress": gettext_lazy("A blocked parent card is skipped, and the next one moves up."),
    "stop": gettext_lazy("Above a blocked parent card nobody gets anything."),
}
_REFUNDS: Mapping[str, str | Promise] = {
    "never": gettext_lazy("A refund takes nothing back."),
    "full_only": gettext_lazy("It is taken back only when the whole purchase is returned."),
}
_STACKING: Mapping[str, str | Promise] = {
    ALL: gettext_lazy("It belongs to the group “%(group)s”, of which all campaigns apply."),
    FIRST: gettext_lazy("Of the group “%(group)s” only the first campaign that fits applies."),
    BEST: gettext_lazy("Of the group “%(group)s” only the campaign applies that is best for the member."),
    EXCLUSIVE: gettext_lazy(
        "It belongs to the group “%(group)s”: where it applies first, no other campaign gives anything."
    ),
}


def limit_phrases(parts: Parts, telling: Telling) -> list[str]:
    """Such as "at most 10 times a month"; a member is not told of limits for all together."""
    codes = {action.currency for action in parts.actions if action.currency}
    telling = replace(telling, currency=codes.pop() if len(codes) == 1 else None)
    shown = [limit for limit in parts.limits if not telling.you or limit.per != "campaign"]
    return [_limit(limit, telling) for limit in shown]


def _limit(limit: LimitPart, telling: Telling) -> str:
    most = _most(limit, telling)
    if limit.period in _PERIODS:
        most = _("%(most)s %(period)s") % {"most": most, "period": _PERIODS[limit.period]}
    if limit.per == "recipient":
        return most
    if limit.per == "campaign":
        return _("%(most)s for all together") % {"most": most}
    if limit.per == "pair":
        return _("%(most)s for each friend") % {"most": most}
    return _("%(most)s for each “%(name)s”") % {"most": most, "name": limit.per}


def _most(limit: LimitPart, telling: Telling) -> str:
    value = limit.maximum
    if limit.measure == "cost":
        decimals = telling.program.decimals
        told = number_format(value, decimals, use_l10n=True, force_grouping=True)
        return _("at a cost of at most %(amount)s") % {"amount": told}
    if limit.measure == "amount":
        return _amount(value, telling)
    if value == 1:
        return _("only once") if limit.period not in _PERIODS else _("at most once")
    text = ngettext("at most %(count)s time", "at most %(count)s times", plural(value))
    return text % {"count": number(value)}


def _amount(value: Decimal, telling: Telling) -> str:
    if telling.currency == POINTS:
        text = ngettext("at most %(amount)s point", "at most %(amount)s points", plural(value))
        return text % {"amount": number(value)}
    return _("at most %(amount)s") % {"amount": units(value, telling)}


def more_sentences(parts: Parts, telling: Telling) -> Iterator[str]:
    """What is worth saying beside the sentence itself."""
    for sentence in _dates(parts, telling):
        # A date may end with a full stop of its own, as "a.m." does.
        yield sentence.removesuffix(".") if sentence.endswith("..") else sentence
    if telling.you:
        return
    for action in parts.actions:
        yield from _about_action(action)
    if any(limit.at_edge == "skip" and limit.measure != "times" for limit in parts.limits):
        yield _("A reward that would go beyond the limit is not given at all.")
    if parts.group and parts.stacking in _STACKING:
        yield str(_STACKING[parts.stacking]) % {"group": parts.group}


def _about_action(action: GivenPart) -> Iterator[str]:
    if action.pot is not None:
        share, of = action.pot
        yield str(_POTS.get(of, _POTS["total"])) % {"percent": percent(share)}
    if action.role == "ancestors" and action.blocked in _BLOCKED:
        yield str(_BLOCKED[action.blocked])
    if action.on_refund in _REFUNDS:
        yield str(_REFUNDS[action.on_refund])


def _dates(parts: Parts, telling: Telling) -> Iterator[str]:
    zone = telling.program.zone
    first = None if parts.starts_at is None else _day(parts.starts_at.astimezone(zone), ends=False)
    last = None if parts.ends_at is None else _day(parts.ends_at.astimezone(zone), ends=True)
    named = {"first": first, "last": last}
    if first and last:
        yield _("It runs from %(first)s to %(last)s.") % named
    elif first:
        yield _("It runs from %(first)s on.") % named
    elif last:
        yield _("It runs until %(last)s.") % named


def _day(local: datetime, *, ends: bool) -> str:
    """A date; with the time of day where that is not midnight. What ends at midnight runs until the day before."""
    if local.time() != time():
        return date_format(local, "DATETIME_FORMAT")
    return date_format((local - timedelta(1) if ends else local).date())
