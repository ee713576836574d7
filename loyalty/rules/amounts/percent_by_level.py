"""A percentage of a purchase for each level of ancestors."""

from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, base_phrase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.fields import DecimalListField, PercentField
from loyalty.rules.phrases import Telling, in_currency, number


class PercentByLevelParams(OfPurchase):
    """The first percentage is the parent card's, the second its parent's, and so on."""

    percents = DecimalListField(label=_("percent by level"), most=8, item=PercentField())
    field_order = ("percents", "of", "skus", "categories")


class PercentByLevel(ComputedAmount):
    """The recipient's level chooses the percentage; a level beyond the list gets nothing."""

    kind = "loyalty.percent_by_level"
    label = _("Percent by level")
    Params = PercentByLevelParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None or not 1 <= occasion.level <= len(params["percents"]):
            return None
        exact = base.units * Fraction(params["percents"][occasion.level - 1]) / 100
        return Quote(exact * 10**occasion.currency.decimals, base.minor)

    def levels(self, params: Settings) -> int:
        return len(params["percents"])

    def phrase(self, params: Settings, telling: Telling) -> str:
        percents = " / ".join(number(one) for one in params["percents"])
        named = {"percents": percents, "base": base_phrase(params, telling)}
        return in_currency(gettext("%(percents)s %% of %(base)s by level") % named, telling)
