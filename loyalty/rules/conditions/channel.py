"""Through which channel it was bought."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.fields import TextListField
from loyalty.rules.phrases import Clause, Telling, quoted
from loyalty.rules.views import CardView


class Channel(Condition):
    """The purchase's channel is one of `channels`."""

    kind = "loyalty.channel"
    label = _("Channel")

    class Params(forms.Form):
        channels = TextListField(label=_("channels"))

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        if event.purchase is None:
            return Outcome.not_applicable("no_purchase")
        channels, actual = params["channels"], event.purchase.channel
        return Outcome.when(actual in channels, code="other_channel", expected=list(channels), actual=actual)

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome | None:
        # A refund does not change it: what was said of the purchase stays said.
        return None

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"channels": quoted(params["channels"])}
        return Clause(
            gettext("the channel of the purchase is %(channels)s") % named,
            gettext("the channel of the purchase is not %(channels)s") % named,
            when=gettext("through the channel %(channels)s") % named,
        )
