"""Give an amount of a currency."""

from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Action, Settings
from loyalty.rules.effects import Credit
from loyalty.rules.events import EventState
from loyalty.rules.state import CardState


class CreditAmount(Action):
    """Credit what the amount comes to, in the action's currency."""

    kind = "loyalty.credit"
    label = _("Give points")
    gives_amount = True

    def effect(self, *, event: EventState, card: CardState, level: int, params: Settings) -> Credit:
        return Credit()
