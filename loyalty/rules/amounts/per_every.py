"""So much for every so much spent: 1 point for every 10.00."""

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import TOTAL, ComputedAmount, OfPurchase, base_of, base_phrase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.events import PurchaseState
from loyalty.rules.fields import MoneyField, RewardAmountField
from loyalty.rules.phrases import Telling, money, units


class PerEveryParams(OfPurchase):
    """`amount` is in the reward's currency, `step` in that of the purchase."""

    amount = RewardAmountField(label=_("amount"))
    step = MoneyField(label=_("for every"), min_value=Decimal("0.0001"))
    field_order = ("amount", "step", "of", "skus", "categories")


class PerEvery(ComputedAmount):
    """`amount` for every full `step` of the base; what is left of the last step gives nothing."""

    kind = "loyalty.per_every"
    label = _("So much for every so much spent")
    Params = PerEveryParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None:
            return None
        step = Fraction(params["step"].minor, 10**occasion.program.decimals)
        steps = base.units // step
        return Quote(steps * Fraction(params["amount"]) * 10**occasion.currency.decimals, base.minor)

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        """Of the full steps, which are its base (S17): else a purchase padded and sent back in part would pay."""
        whole = base_of(purchase, of=params["of"], skus=params["skus"], categories=params["categories"])
        return _share_of_steps(Fraction(whole, params["step"].minor), super().share(purchase, params))

    def share_of_reward(self, granted: Fraction, left: Fraction, params: Settings) -> Fraction:
        step = Fraction(params["step"].minor, 10 ** params["step"].decimals)
        return _share_of_steps(granted / step, left)

    def phrase(self, params: Settings, telling: Telling) -> str:
        named = {"amount": units(params["amount"], telling), "step": money(params["step"])}
        if params["of"] == TOTAL:
            return gettext("%(amount)s for every %(step)s spent") % named
        text = gettext("%(amount)s for every %(step)s of %(base)s")
        return text % {**named, "base": base_phrase(params, telling)}


def _share_of_steps(steps: Fraction, left: Fraction) -> Fraction:
    return Fraction(steps * left // 1, steps // 1) if steps >= 1 else left
