"""A fixed amount, whatever was bought."""

from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.book import CurrencyRules
from loyalty.rules.base import Amount, Quote, Settings
from loyalty.rules.events import EventState
from loyalty.rules.state import ProgramRules


class Fixed(Amount):
    """`value` of the currency."""

    kind = "loyalty.fixed"
    label = _("Fixed amount")

    class Params(forms.Form):
        value = forms.DecimalField(label=_("amount"), min_value=0, max_digits=15, decimal_places=6)

    def quote(
        self,
        *,
        event: EventState,
        level: int,
        currency: CurrencyRules,
        program: ProgramRules,
        params: Settings,
    ) -> Quote:
        return Quote(Fraction(params["value"]) * 10**currency.decimals)
