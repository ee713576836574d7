"""Give an amount of a currency."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import Duration
from loyalty.rules.base import Action, Settings
from loyalty.rules.effects import Credit
from loyalty.rules.events import EventState
from loyalty.rules.fields import DurationField
from loyalty.rules.phrases import Telling, duration
from loyalty.rules.state import CardState


class CreditParams(forms.Form):
    """Durations of this reward alone; what is empty is as the currency says."""

    hold = DurationField(
        label=_("hold"), help_text=_("How long it stays pending. Empty: as the currency says.")
    )
    validity = DurationField(
        label=_("validity"), help_text=_("How long it can be spent then. Empty: as the currency says.")
    )


class CreditAmount(Action):
    """Credit what the amount comes to, in the action's currency."""

    kind = "loyalty.credit"
    label = _("Give points")
    gives_amount = True
    Params = CreditParams

    def effect(self, *, event: EventState, card: CardState, level: int, params: Settings) -> Credit:
        hold, validity = (
            Duration.parse(params[name]) if params[name] is not None else None
            for name in ("hold", "validity")
        )
        return Credit(hold=hold, validity=validity)

    def phrase(self, params: Settings, telling: Telling, amount: str) -> str:
        hold, validity = (
            params[name] and duration(Duration.parse(params[name])) for name in ("hold", "validity")
        )
        named = {"amount": amount, "hold": hold, "validity": validity}
        if hold and validity:
            return gettext("%(amount)s (to be spent after %(hold)s, valid for %(validity)s then)") % named
        if hold:
            return gettext("%(amount)s (to be spent after %(hold)s)") % named
        return gettext("%(amount)s (valid for %(validity)s)") % named if validity else amount
