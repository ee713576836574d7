"""What a kind of event is: how its payload is checked, what must be loaded for it, and what it does by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.functional import Promise

from loyalty.exceptions import EventPayloadInvalid

if TYPE_CHECKING:
    from loyalty.rules.events import EventState
    from loyalty.rules.phrases import Telling
    from loyalty.rules.state import ProgramRules, State


class Parked(Exception):
    """The event waits for a purchase that has not arrived; it blocks nothing meanwhile (S32)."""


@dataclass(slots=True)
class Needs:
    """What a batch must load beside the events' own cards."""

    purchases: set[str] = field(default_factory=set)
    spends: set[str] = field(default_factory=set)
    complete: set[int] = field(default_factory=set)
    parents: dict[int, set[int]] = field(default_factory=dict)  # of each card that moves: all in its way
    history: dict[int, datetime] = field(
        default_factory=dict
    )  # cards whose purchases from then on may qualify now
    refunds: bool = False
    merges: set[tuple[int, int]] = field(default_factory=set)  # the card that stays, the one that goes
    partings: set[tuple[int, int]] = field(default_factory=set)  # the same of merges that end
    reopened: set[str] = field(default_factory=set)  # of the purchases those that are to count again

    def history_of(self, card_id: int, since: datetime) -> None:
        """Ask for the card's purchases from a moment on, with all that a refund of them would need."""
        self.history[card_id] = min(since, self.history.get(card_id, since))


class EventKind:
    """A kind of event. Subclass for a custom kind: `kind`, `label` and a `Payload` form are enough.

    `about_purchase` says that a campaign triggered by it may ask about the purchase. `triggers` says whether campaigns
    can name it. `climbs` says that it reaches the card's ancestors though no campaign names it. `decides_as` is the kind
    as which campaigns look at it, where it is another one. `follows` says that nobody tells such an event: it follows from
    something else.
    """

    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    triggers: ClassVar[bool] = True
    about_purchase: ClassVar[bool] = False
    climbs: ClassVar[bool] = False
    follows: ClassVar[bool] = False
    decides_as: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()

    # The fields of the payload.
    Payload: ClassVar[type[forms.Form]] = forms.Form

    # What a campaign may set about the trigger itself.
    Params: ClassVar[type[forms.Form]] = forms.Form

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        """The canonical payload. Raises EventPayloadInvalid for what the form refuses and for unknown fields."""
        from loyalty.rules.params import ParamsInvalid, clean_settings
        from loyalty.rules.strict import is_storable

        try:
            canonical = clean_settings(self.Payload, payload).canonical
        except ParamsInvalid as error:
            raise EventPayloadInvalid(kind=self.kind, problems=str(error), details=error.problems) from error
        if not is_storable(canonical):
            # No database takes it, and the host's checkout must not learn that from an INSERT.
            message = "The content holds a NUL or half of a surrogate pair."
            raise EventPayloadInvalid(
                kind=self.kind, details=[{"path": "", "code": "invalid_text", "message": message}]
            )
        return canonical

    def purchase_key(self, source: str, key: str, payload: Mapping[str, Any]) -> str:
        """The key of the purchase that such an event is about; empty: about none."""
        return ""

    def concerns(self, event: EventState, campaign: str, params: Mapping[str, Any]) -> bool:
        """Whether a campaign with this key and these settings of its trigger looks at such an event at all."""
        return True

    def needs(self, event: EventState, needs: Needs) -> None:
        """Say what must be loaded."""

    def apply(self, state: State, event: EventState) -> None:
        """What the event does by itself, before facts and campaigns. Raises LoyaltyError to refuse, Parked to wait."""

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        """How a sentence about a campaign begins, e.g. "When a client makes a purchase"; empty: by the label. Pure."""
        return ""
