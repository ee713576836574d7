"""What is done to a wallet: spend, hold, capture, void, cancel, adjust, and settling what is due."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import (
    CardBlocked,
    CardClosed,
    CurrencyNotFound,
    EventConflict,
    EventPayloadInvalid,
    SpendNotFound,
    SpendStateInvalid,
)
from loyalty.ledger import book
from loyalty.ledger.book import Spend, Wallet
from loyalty.money import parse_amount, to_minor
from loyalty.periods import format_instant, parse_instant
from loyalty.rules.events import EventState
from loyalty.rules.kinds.base import EventKind, Needs
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.merges import forward, refuse_merged
from loyalty.rules.state import BLOCKED, CLOSED, ProgramRules, State


class WalletKind(EventKind):
    """Base of what moves points without a campaign. Payload: `currency` and `amount` in the currency's units."""

    triggers = False
    minimum: int | None = 1

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        currency = reader.text("currency", required=True)
        rules = program.currencies.get(currency)
        if currency and rules is None:
            raise CurrencyNotFound(currency=currency)
        reader.amount("amount", decimals=rules.decimals if rules else 0, required=True, minimum=self.minimum)
        self.clean_more(reader)
        return reader.done()

    def clean_more(self, reader: PayloadReader) -> None:
        """Fields of its own."""

    def needs(self, event: EventState, needs: Needs) -> None:
        assert event.card_id is not None
        needs.complete.add(event.card_id)

    def wallet(self, state: State, event: EventState) -> Wallet:
        """The wallet that the event names."""
        assert event.card_id is not None
        if event.payload["currency"] not in state.program.currencies:
            raise CurrencyNotFound(currency=event.payload["currency"])
        return state.wallet(event.card_id, event.payload["currency"])

    def amount(self, state: State, event: EventState) -> int:
        """The amount in minor units."""
        return to_minor(event.payload["amount"], state.program.currencies[event.payload["currency"]].decimals)


def refuse_unless_active(state: State, event: EventState) -> None:
    """Only an active card spends; judged at the time of the call (S13)."""
    assert event.card_id is not None
    refuse_merged(state, event.card_id)
    status = state.cards[event.card_id].status_at(event.occurred_at)
    if status == BLOCKED:
        raise CardBlocked
    if status == CLOSED:
        raise CardClosed


class NewSpendKind(WalletKind):
    """Base of what later events name by its key: a key is used once, for a spend or for a hold."""

    def needs(self, event: EventState, needs: Needs) -> None:
        super().needs(event, needs)
        needs.spends.add(self.spend_key(event))

    def spend_key(self, event: EventState) -> str:
        """How later events of the same source name this spend."""
        return f"{event.source}/{event.key}"

    def refuse(self, state: State, event: EventState) -> None:
        """Only an active card spends, judged at the time of the call (S13), and under a new key."""
        refuse_unless_active(state, event)
        assert event.card_id is not None
        if (event.card_id, self.spend_key(event)) in state.spends:
            raise EventConflict(kind=event.kind, key=event.key)

    def keep(self, state: State, event: EventState, made: Spend) -> None:
        """Have later events find it."""
        state.spends[(made.wallet.card_id, made.key)] = made
        state.new_spends.append((made, event))


class SpendKind(NewSpendKind):
    """Points were spent at once."""

    kind = "loyalty.spend"
    label = _("Points spent")

    def apply(self, state: State, event: EventState) -> None:
        self.refuse(state, event)
        wallet = self.wallet(state, event)
        made = book.spend(
            wallet=wallet,
            amount=self.amount(state, event),
            at=event.occurred_at,
            event=event,
            key=self.spend_key(event),
        )
        self.keep(state, event, made)


class HoldKind(NewSpendKind):
    """Points were set aside until they are captured, voided, or `expires_at` comes."""

    kind = "loyalty.hold"
    label = _("Points held")

    def clean_more(self, reader: PayloadReader) -> None:
        value = reader.rest.pop("expires_at", None)
        try:
            reader.values["expires_at"] = format_instant(parse_instant(value))
        except (ValueError, TypeError):
            reader.refuse("expires_at", "invalid_instant", "Give an ISO 8601 instant with an offset.")

    def apply(self, state: State, event: EventState) -> None:
        self.refuse(state, event)
        wallet = self.wallet(state, event)
        made = book.hold(
            wallet=wallet,
            amount=self.amount(state, event),
            at=event.occurred_at,
            event=event,
            key=self.spend_key(event),
            expires_at=parse_instant(event.payload["expires_at"]),
        )
        self.keep(state, event, made)


class SpendStepKind(EventKind):
    """Base of the later steps of a spend. Payload: `spend`, the key of the spend or hold within the same source."""

    triggers = False
    takes_amount = False

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        reader.text("spend", required=True)
        if self.takes_amount and (value := reader.rest.pop("amount", None)) is not None:
            if not isinstance(value, str):
                raise EventPayloadInvalid(
                    kind=self.kind,
                    details=[
                        {"path": "amount", "code": "invalid_amount", "message": "Give a decimal string."}
                    ],
                )
            reader.values["amount"] = value
        return reader.done()

    def needs(self, event: EventState, needs: Needs) -> None:
        assert event.card_id is not None
        needs.complete.add(event.card_id)
        needs.spends.add(self.key_of(event))

    def key_of(self, event: EventState) -> str:
        """The spend that the event names."""
        return f"{event.source}/{event.payload['spend']}"

    def spend(self, state: State, event: EventState) -> Spend:
        """The spend that the event names. Raises SpendNotFound, also for another card's."""
        assert event.card_id is not None
        found = state.spends.get((event.card_id, self.key_of(event)))
        if found is None:
            raise SpendNotFound
        return found


class HoldCapturedKind(SpendStepKind):
    """What was held is spent, whole or in part (`amount`); the rest returns."""

    kind = "loyalty.hold_captured"
    label = _("Held points captured")
    takes_amount = True

    def apply(self, state: State, event: EventState) -> None:
        hold = self.spend(state, event)
        asked = event.payload.get("amount")
        amount = None if asked is None else parse_amount(asked, hold.wallet.rules.decimals, 1)
        book.capture(spend=hold, amount=amount, at=event.occurred_at, event=event)


class HoldVoidedKind(SpendStepKind):
    """What was held returns."""

    kind = "loyalty.hold_voided"
    label = _("Held points released")

    def apply(self, state: State, event: EventState) -> None:
        book.void(spend=self.spend(state, event), at=event.occurred_at, event=event)


class SpendCancelledKind(SpendStepKind):
    """What was spent returns, each part to its lot with its own expiry (S24)."""

    kind = "loyalty.spend_cancelled"
    label = _("Spend cancelled")

    def apply(self, state: State, event: EventState) -> None:
        spent = self.spend(state, event)
        if spent.status != "spent":
            raise SpendStateInvalid(status=spent.status)
        book.cancel(spend=spent, at=event.occurred_at, event=event)
        forward(state, event, spent.wallet.card_id)


class AdjustedKind(WalletKind):
    """A person corrected a balance; reason and actor are kept apart."""

    kind = "loyalty.adjusted"
    label = _("Balance adjusted")
    minimum = None

    def apply(self, state: State, event: EventState) -> None:
        refuse_merged(state, event.card_id)
        wallet, amount = self.wallet(state, event), self.amount(state, event)
        book.adjust(wallet=wallet, amount=amount, at=event.occurred_at, event=event, zone=state.program.zone)
        state.adjustments.append((event, wallet, amount))

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        values = super().clean(payload, program)
        if not Decimal(values["amount"]):
            raise EventPayloadInvalid(
                kind=self.kind,
                details=[{"path": "amount", "code": "zero", "message": "An adjustment of 0 moves nothing."}],
            )
        return values


class SettledKind(EventKind):
    """The sweep settled the card's wallets: what was due matured, expired or was released."""

    kind = "loyalty.settled"
    label = _("Wallets settled")
    triggers = False

    def apply(self, state: State, event: EventState) -> None:
        for (card_id, _currency), wallet in sorted(state.wallets.items()):
            # A wallet that was only ever asked about, by a refused call, is no wallet yet.
            if card_id == event.card_id and wallet.clock is not None:
                book.touch(wallet=wallet, at=event.occurred_at, event=event)
