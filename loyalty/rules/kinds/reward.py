"""A reward was granted: what campaigns give on top of what others gave (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import RewardNotGranted
from loyalty.rules.compiled import REWARD_GRANTED
from loyalty.rules.events import EventState
from loyalty.rules.fields import CampaignListField, CurrencyListField
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.phrases import Telling, quoted
from loyalty.rules.state import State


class RewardGrantedKind(EventKind):
    """A card got a reward of a currency; the event's card is the one that got it. The engine alone makes such events.

    Payload: `campaign`, `currency`, `amount`. What it brings stands on that reward: it goes back when that does.
    """

    kind = REWARD_GRANTED
    label = _("Reward granted")
    about_purchase = True
    follows = True

    class Payload(forms.Form):
        campaign = forms.CharField(max_length=100)
        currency = forms.CharField(max_length=32)
        amount = forms.CharField(max_length=40)

    class Params(forms.Form):
        """Only rewards in one of `currencies` and of one of `campaigns`; none listed: of any."""

        currencies = CurrencyListField(
            label=_("currencies"), required=False, help_text=_("None chosen: any.")
        )
        campaigns = CampaignListField(label=_("campaigns"), required=False, help_text=_("None chosen: any."))

    def concerns(self, event: EventState, campaign: str, params: Mapping[str, Any]) -> bool:
        return all(
            not params.get(name) or event.payload[field] in params[name]
            for name, field in (("currencies", "currency"), ("campaigns", "campaign"))
        )

    def apply(self, state: State, event: EventState) -> None:
        if event.reward is None:
            raise RewardNotGranted

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        named = {"who": telling.client, "campaigns": quoted(params.get("campaigns") or ())}
        known = telling.program.currencies
        codes = [(code, known.get(code)) for code in params.get("currencies") or ()]
        named["currencies"] = quoted([(one and one.name) or code for code, one in codes])
        if params.get("campaigns"):
            text = gettext("When %(who)s gets a reward of the campaign %(campaigns)s")
            yours = gettext("When you get a reward of the campaign %(campaigns)s")
        elif params.get("currencies"):
            text = gettext("When %(who)s gets a reward in %(currencies)s")
            yours = gettext("When you get a reward in %(currencies)s")
        else:
            text, yours = gettext("When %(who)s gets a reward"), gettext("When you get a reward")
        return (yours if telling.by_you else text) % named
