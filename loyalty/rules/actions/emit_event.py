"""Make another event happen to the recipient."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Action, Settings
from loyalty.rules.effects import EmitEvent
from loyalty.rules.events import EventState
from loyalty.rules.fields import EventKindField, MappingField
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.params import ParamsInvalid, clean_settings
from loyalty.rules.phrases import Telling
from loyalty.rules.registry import event_kinds
from loyalty.rules.state import CardState


def emittable(kind: EventKind) -> bool:
    """Only a host's own kinds: what changes cards, purchases or wallets comes through the door."""
    does_nothing = type(kind).apply is EventKind.apply
    return kind.triggers and does_nothing and not kind.kind.startswith("loyalty.")


class EmitEventParams(forms.Form):
    """`payload` must be what the kind of event takes."""

    event = EventKindField(label=_("event"), max_length=64)
    payload = MappingField(label=_("content"), of="event")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        name = values.get("event", "")
        if not name or "payload" not in values:
            return values
        if name not in event_kinds or not emittable(event_kinds.get(name)):
            text = _("“%(kind)s” is not an event that a campaign can bring about.")
            self.add_error("event", ValidationError(text, code="unknown_event", params={"kind": name}))
            return values
        kind = event_kinds.get(name)
        try:
            values["payload"] = clean_settings(kind.Payload, values["payload"]).canonical
        except ParamsInvalid as error:
            for one in error.mistakes:
                inner = {"text": one.message, "path": one.path}
                self.add_error("payload", ValidationError("%(text)s", code=one.code, params=inner))
        return {**values, "event": kind.kind}


class EmitOwnEvent(Action):
    """Campaigns triggered by that event are looked at in the same transaction."""

    kind = "loyalty.emit_event"
    label = _("Bring about an event")
    Params = EmitEventParams

    def effect(self, *, event: EventState, card: CardState, level: int, params: Settings) -> EmitEvent:
        return EmitEvent(kind=params["event"], payload=params["payload"])

    def phrase(self, params: Settings, telling: Telling, amount: str) -> str:
        label = event_kinds.get(params["event"]).label
        return gettext("the event “%(event)s”") % {"event": label}
