"""How long ago the card last bought something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.days import MOST_DAYS, start_of
from loyalty.rules.conditions.ranges import Range, range_phrase, within
from loyalty.rules.conditions.windows import FACT, Bought, RecentPurchases
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling, number
from loyalty.rules.views import CardView


class DaysSincePurchaseParams(Range):
    """Calendar days; `or_never` also takes cards that never bought anything."""

    minimum = forms.IntegerField(label=_("at least"), required=False, min_value=0, max_value=MOST_DAYS)
    maximum = forms.IntegerField(label=_("at most"), required=False, min_value=0, max_value=MOST_DAYS)
    or_never = forms.BooleanField(label=_("or never"), required=False, initial=False)


class DaysSincePurchase(Condition):
    """Calendar days since the last kept purchase before this event's own are between `minimum` and `maximum`.

    More days than either bound are not told apart, so that a card's whole past need not be read.
    """

    kind = "loyalty.days_since_purchase"
    label = _("Days since the last purchase")
    Params = DaysSincePurchaseParams

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(FACT, _furthest(params) + 1),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        known: RecentPurchases = about.fact(FACT)
        own, furthest, zone = event.purchase, _furthest(params), about.program.zone
        last = known.latest(about.at, without=own.key if own else "")
        days = furthest + 1 if last is None else (local_date(about.at, zone) - local_date(last, zone)).days
        if last is None and not _older(about, known, event):
            expected = {name: params[name] for name in ("minimum", "maximum") if params[name] is not None}
            return Outcome.when(params["or_never"], code="never_bought", expected=expected)
        outcome = within(
            min(days, furthest + 1), params, too_small="bought_too_recently", too_large="bought_too_long_ago"
        )
        actual: Any = {"more_than": furthest} if days > furthest else days
        return Outcome(outcome.result, outcome.code, outcome.expected, actual)

    def audience(self, params: Settings, asking: Asking) -> Q:
        fact, today = registry.facts.get(FACT), local_date(asking.at, asking.program.zone)

        def bought(within_days: int | None) -> Q:
            since = None
            if within_days is not None:
                # One instant before the day begins: a window begins right after its start.
                first = start_of(today - timedelta(within_days), asking.program.zone)
                since = first - timedelta(microseconds=1)
            return fact.query(Bought(since, asking.at, "purchases", minimum=1), asking)

        query = bought(params["maximum"])
        if params["minimum"]:
            query &= ~bought(params["minimum"] - 1)
        return query | ~bought(None) if params["or_never"] else query

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"of_card": telling.of_card, "range": range_phrase(params)}
        if params["maximum"] is None:
            count = params["minimum"]
            text = ngettext(
                "the last purchase of %(of_card)s was %(count)s day ago or earlier",
                "the last purchase of %(of_card)s was %(count)s days ago or earlier",
                count,
            )
            holds = text % {**named, "count": number(count)}
        else:
            holds = gettext("the number of days since the last purchase of %(of_card)s is %(range)s") % named
        return Clause(
            gettext("%(last)s, or there was none") % {"last": holds} if params["or_never"] else holds
        )

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        # Nobody is told what staying away would bring.
        return Progress(open=False)


def _furthest(params: Settings) -> int:
    """Beyond so many days the answer is the same."""
    return max(params["minimum"] or 0, params["maximum"] or 0)


def _older(about: CardView, known: RecentPurchases, event: EventState) -> bool:
    """Whether there are kept purchases from before those that were loaded, this event's own left out."""
    own = event.purchase
    is_old = (
        own is not None and own.card_id == about.pk and own.remaining > 0 and own.key not in known.remaining
    )
    return about.purchases_count - is_old > len(known.remaining)
