"""A shared pot: a percentage of the purchase, less what the buyer earned with it."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, base_phrase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.fields import PercentField
from loyalty.rules.phrases import CARD, Telling, in_currency, percent


class PercentLessEarnedParams(OfPurchase):
    """Both are in the reward's currency: what the buyer got in another one is not taken off."""

    percent = PercentField(label=_("percent"))
    field_order = ("percent", "of", "skus", "categories")


class PercentLessEarned(ComputedAmount):
    """`percent` of the base, less what the event's own card was granted for the same event; never below zero."""

    kind = "loyalty.percent_less_earned"
    label = _("Percent of the purchase, less what the card earned itself")
    last = True
    Params = PercentLessEarnedParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None:
            return None
        whole = base.units * Fraction(params["percent"]) / 100 * 10**occasion.currency.decimals
        return Quote(max(Fraction(0), whole - occasion.earned.get(occasion.currency.code, 0)), base.minor)

    def phrase(self, params: Settings, telling: Telling) -> str:
        text = gettext("%(percent)s of %(base)s, less what %(card)s earned with it")
        named = {"base": base_phrase(params, telling), "card": telling.named(CARD)}
        return in_currency(text % {**named, "percent": percent(params["percent"])}, telling)
