"""Multiply what base campaigns give for the same event."""

from decimal import Decimal
from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from loyalty.rules.base import Action, Settings
from loyalty.rules.effects import Multiply
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Telling, in_currency, number, plural
from loyalty.rules.state import CardState


class MultiplyReward(Action):
    """Multiply by `factor` what base campaigns give the recipient in the action's currency (S34)."""

    kind = "loyalty.multiply"
    label = _("Multiply the reward")
    phase = "multiplier"
    in_currency = True

    class Params(forms.Form):
        factor = forms.DecimalField(
            label=_("factor"), min_value=Decimal("0.0001"), max_digits=9, decimal_places=4
        )

    def effect(self, *, event: EventState, card: CardState, level: int, params: Settings) -> Multiply:
        return Multiply(Fraction(params["factor"]))

    def phrase(self, params: Settings, telling: Telling, amount: str) -> str:
        factor = params["factor"]
        text = ngettext("%(factor)s times as much", "%(factor)s times as much", plural(factor))
        return in_currency(text % {"factor": number(factor)}, telling)
