"""A little world for tests of decisions: a program, cards and campaigns as plain objects. No database is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.ledger import book
from loyalty.ledger.book import CurrencyRules
from loyalty.periods import Duration
from loyalty.processing.load import details_of
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compiled import CampaignBook, Publication
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import event_kinds
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import CardState, ProgramRules, RewardState, State

START = datetime(2025, 1, 1, 12, tzinfo=UTC)


class World:
    """Cards 1, 2, 3 ... where each may have the one before it as parent; campaigns in effect for ever."""

    def __init__(
        self,
        *definitions: Mapping[str, Any],
        cards: int = 1,
        chain: bool = False,
        hold: str = "P0D",
        validity: str | None = None,
        decimals: int = 0,
        clawback: Any = "debt",
        worth: str | None = None,
        shadow: bool = False,
    ) -> None:
        currency = CurrencyRules(
            pk=1,
            code="points",
            decimals=decimals,
            hold=Duration.parse(hold),
            validity=Duration.parse(validity) if validity else None,
            expires_end_of_day=False,
            clawback=clawback,
            spendable=True,
            worth=Decimal(worth) if worth else None,
        )
        cents = replace(currency, pk=2, code="cents", decimals=2)
        self.program = ProgramRules(
            pk=1,
            slug="test",
            zone=ZoneInfo("UTC"),
            decimals=2,
            currencies={"points": currency, "cents": cents},
        )
        compiled = [
            compile_campaign({"key": f"campaign-{number}", **definition}, program=self.program, pk=number + 1)
            for number, definition in enumerate(definitions)
        ]
        self.campaigns = CampaignBook(
            Publication(item.key, START.replace(year=1990), item, shadow) for item in compiled
        )
        self.state = State(self.program)
        for pk in range(1, cards + 1):
            card = self.state.cards[pk] = CardState(pk=pk, enrolled_at=START)
            if chain and pk > 1:
                card.parent_id, card.parent_since, card.linked_at = pk - 1, START, START
        self.facts = list(fact_registry)
        details = details_of(self.campaigns, self.facts, self.program)
        for fact in self.facts:
            self.state.facts.install(fact, {}, details.get(fact.key, frozenset()))
        self.number = 0

    def send(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        card: int | None = 1,
        at: datetime = START,
        key: str = "",
    ) -> EventState:
        """Let an event happen."""
        self.number += 1
        spec = event_kinds.get(kind)
        body = spec.clean(payload, self.program)
        name = key or f"e{self.number}"
        event = EventState(
            "shop",
            kind,
            name,
            card,
            at,
            body,
            purchase_key=spec.purchase_key("shop", name, body),
            pk=self.number,
        )
        decide(self.state, event, self.campaigns, facts=self.facts)
        return event

    def buy(
        self, total: str, *, card: int = 1, at: datetime = START, key: str = "", **more: Any
    ) -> EventState:
        """A purchase."""
        return self.send("loyalty.purchase", {"total": total, **more}, card=card, at=at, key=key)

    def refund(
        self, purchase: EventState, amount: str | None = None, *, at: datetime | None = None, **more: Any
    ) -> EventState:
        """A refund of a purchase, of all that is left without an amount."""
        body = {"purchase": purchase.key, **({"amount": amount} if amount else {}), **more}
        return self.send("loyalty.refund", body, card=purchase.card_id, at=at or purchase.occurred_at)

    def reopen(self, purchase: EventState, *, at: datetime | None = None) -> EventState:
        """A purchase that was refunded counts again."""
        body = {"purchase": purchase.key}
        return self.send(
            "loyalty.purchase_reopened", body, card=purchase.card_id, at=at or purchase.occurred_at
        )

    def describe(self, card: int, since: datetime = START, **attributes: str) -> None:
        """What the host says of a card."""
        values = {name: [(since, value)] for name, value in attributes.items()}
        self.state.cards[card].attributes = {**self.state.cards[card].attributes, **values}

    def balance(self, card: int = 1, currency: str = "points") -> int:
        """The card's balance, debts taken off."""
        wallet = self.state.wallets.get((card, currency))
        return wallet.balance if wallet else 0

    def buckets(self, card: int = 1, at: datetime | None = None) -> tuple[int, int, int, int]:
        """Available, pending, held, debt; settled up to a moment if one is given."""
        wallet = self.state.wallet(card, "points")
        if at:
            book.touch(wallet=wallet, at=at, event=None)
        return wallet.available, wallet.pending, wallet.held, wallet.debt

    @property
    def rewards(self) -> list[RewardState]:
        """All rewards so far."""
        return self.state.new_rewards


def credit(amount: Mapping[str, Any] | str, recipient: Any = "card", **more: Any) -> dict[str, Any]:
    """An action that credits points; a plain text is a percent of the total."""
    given = (
        {"kind": "loyalty.percent", "of": "total", "percent": amount} if isinstance(amount, str) else amount
    )
    return {
        "slot": "main",
        "kind": "loyalty.credit",
        "recipient": recipient,
        "currency": "points",
        "amount": given,
        **more,
    }


def on_purchase(*actions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A campaign on purchases."""
    return {"trigger": {"kind": "loyalty.purchase"}, "actions": list(actions), **more}
