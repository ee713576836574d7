"""The kinds of events that `referrals` brings about. Nobody else can: what did not happen is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules import EventKind, EventState, Needs
from loyalty.rules.phrases import Telling
from loyalty.rules.state import Message, State
from referrals import journey
from referrals.exceptions import NoSuchReferral


class ReferralRegisteredKind(EventKind):
    """A friend registered; the event's card is the friend's. Payload: `referrer`, the key of a card."""

    kind = journey.REGISTERED
    label = _("Friend registered")
    follows = True

    class Payload(forms.Form):
        referrer = forms.IntegerField(min_value=1)

    def needs(self, event: EventState, needs: Needs) -> None:
        # Who has bought already qualifies with this event, at the time of the purchase.
        assert event.card_id is not None
        needs.history_of(event.card_id, event.occurred_at)

    def apply(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        referral = state.facts.get(journey.FACT, event.card_id).referral
        if referral is None or referral.counted:
            raise NoSuchReferral
        _tell(state, event, "referral_registered", referral.referrer_id)

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        if telling.by_you:
            return gettext("When you register by a friend's link")
        return gettext("When %(who)s registers by link") % {"who": telling.client}


class ReferralQualifiedKind(EventKind):
    """A friend did what counts; the event's card is the friend's (S33). Payload: `referrer`, `purchase`."""

    kind = journey.QUALIFIED
    label = _("Friend qualified")
    about_purchase = True
    follows = True

    class Payload(forms.Form):
        referrer = forms.IntegerField(min_value=1)
        purchase = forms.CharField(max_length=270)

    def apply(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        referral = state.facts.get(journey.FACT, event.card_id).referral
        if not event.cascaded or referral is None or not referral.is_qualified:
            raise NoSuchReferral
        _tell(state, event, "referral_qualified", referral.referrer_id)

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        if telling.by_you:
            return gettext("When you, invited by a friend, make the first purchase that counts")
        if telling.you or telling.who:
            return gettext("When %(who)s makes the first purchase that counts") % {"who": telling.client}
        return gettext("When a client registered by link makes the first purchase that counts")


def _tell(state: State, event: EventState, topic: str, referrer_id: int | None) -> None:
    state.messages.append(Message(topic, event, {"referee": event.card_id, "referrer": referrer_id}))
