"""What questions of the form "between … and …" share. Both ends count; either may be left open."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Outcome, Settings
from loyalty.rules.fields import Money, MoneyField
from loyalty.rules.phrases import Clause, money, number


class Range(forms.Form):
    """Base of forms with a `minimum` and a `maximum`."""

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        low, high = values.get("minimum"), values.get("maximum")
        if low is None and high is None and not self.errors:
            raise ValidationError(_("Give a minimum, a maximum, or both."), code="range_missing")
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The minimum is above the maximum."), code="minimum_above_maximum")
        return values


class MoneyRange(Range):
    """Amounts of the purchase currency."""

    minimum = MoneyField(label=_("at least"), required=False)
    maximum = MoneyField(label=_("at most"), required=False)


class NumberRange(Range):
    """Whole numbers."""

    minimum = forms.IntegerField(label=_("at least"), required=False, min_value=0)
    maximum = forms.IntegerField(label=_("at most"), required=False, min_value=0)


def within(number: int, params: Settings, *, too_small: str, too_large: str) -> Outcome:
    """Whether a number, or an amount in minor units, lies in the range; the codes tell the sides apart."""
    low, high = params["minimum"], params["maximum"]
    expected, money = _expected(low, high)
    actual = money.like(number) if money else number
    if low is not None and number < plain(low):
        return Outcome.when(False, code=too_small, expected=expected, actual=actual)
    holds = high is None or number <= plain(high)
    return Outcome.when(holds, code=too_large, expected=expected, actual=actual)


@lru_cache(maxsize=4096)
def _expected(low: Money | int | None, high: Money | int | None) -> tuple[dict[str, Any], Money | None]:
    """What the trace says was expected, and a bound in money if there is one; the same for every event."""
    bounds = {name: bound for name, bound in (("minimum", low), ("maximum", high)) if bound is not None}
    told = {name: str(bound) if isinstance(bound, Money) else bound for name, bound in bounds.items()}
    return told, next((bound for bound in bounds.values() if isinstance(bound, Money)), None)


def range_phrase(params: Settings) -> str:
    """The range in plain words; it follows a verb or a dash."""
    low, high = (
        "" if bound is None else money(bound) if isinstance(bound, Money) else number(bound)
        for bound in (params["minimum"], params["maximum"])
    )
    if not high:
        return gettext("at least %(low)s") % {"low": low}
    if not low:
        return gettext("at most %(high)s") % {"high": high}
    return gettext("from %(low)s to %(high)s") % {"low": low, "high": high}


def opposite_phrase(params: Settings) -> str:
    """What is outside of a range with one end, in plain words; empty where it has two."""
    low, high = params["minimum"], params["maximum"]
    if low is not None and high is not None:
        return ""
    bound = high if low is None else low
    named = {"bound": money(bound) if isinstance(bound, Money) else number(bound)}
    return (gettext("more than %(bound)s") if low is None else gettext("less than %(bound)s")) % named


def range_clause(text: str, params: Settings, **named: object) -> Clause:
    """A clause about a range, whose place in the text is %(range)s, and its opposite."""
    opposite = opposite_phrase(params)
    return Clause(
        text % {**named, "range": range_phrase(params)},
        text % {**named, "range": opposite} if opposite else "",
    )


def range_query(column: str, params: Settings) -> Q:
    """The same range as a query over cards."""
    query = Q()
    if params["minimum"] is not None:
        query &= Q(**{f"{column}__gte": plain(params["minimum"])})
    if params["maximum"] is not None:
        query &= Q(**{f"{column}__lte": plain(params["maximum"])})
    return query


def plain(bound: Money | int | None) -> Any:
    """A bound as it is stored: an amount in minor units."""
    return bound.minor if isinstance(bound, Money) else bound
