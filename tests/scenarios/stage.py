"""A program whose campaigns come from a preset, and who does what in it, at which local time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from loyalty import selectors, services
from loyalty.models import Campaign, Card, CardNumber, Reward
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay
from loyalty.testing import process_inbox
from referrals.services import get_link, register_via_link

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Stage:
    """One program in euros with whole points. Cards are known by their names, purchases by their ids."""

    def __init__(
        self,
        preset: str,
        *,
        zone: str = "UTC",
        currency: dict[str, Any] | None = None,
        written: str | None = None,
        **params: Any,
    ) -> None:
        """Fill and publish a preset: since ever, or when it is about dates to come, when it is `written`."""
        self.zone = ZoneInfo(zone)
        self.program = services.create_program(
            slug="club", timezone=zone, currencies=[{"code": "points", **(currency or {})}]
        )
        self.cards: dict[str, Card] = {}
        self.now = LONG_AGO
        self._refunds = count(1)
        drafts = services.fill_preset(preset=preset, program=self.program, params=params)
        self.campaigns = {draft.key: draft for draft in drafts}
        for draft in drafts:
            self.publish(draft, written=written)

    def publish(self, draft: Campaign, *, written: str | None = None) -> None:
        """Let a draft decide: since ever, or from the moment at which it was written."""
        if written is None:
            services.publish_campaign(campaign=draft, effective_from=LONG_AGO, allow_past=True)
            return
        with self.clock(written):
            services.publish_campaign(campaign=draft)

    def at(self, text: str) -> datetime:
        """A moment such as "2025-01-07 12:00" on the program's clocks; without a time of day it is noon."""
        moment = datetime.fromisoformat(text if " " in text else f"{text} 12:00")
        return moment.replace(tzinfo=self.zone)

    @contextmanager
    def clock(self, on: str) -> Iterator[None]:
        """What is done within is done at that time."""
        moment = self.at(on)
        self.now = max(self.now, moment)
        with time_machine.travel(moment, tick=False):
            yield

    def enrol(self, *names: str, **attributes: str) -> None:
        """Cards that have been there for long."""
        for name in names:
            self.cards[name] = services.enrol_card(
                program=self.program, external_id=name, at=LONG_AGO, attributes=attributes
            )
        process_inbox()

    def befriend(self, *names: str, by: str, on: str) -> None:
        """New cards whose holders type the code of somebody's link."""
        for name in names:
            if name not in self.cards:
                self.enrol(name)
            with self.clock(on):
                register_via_link(card=self.cards[name], code=get_link(card=self.cards[by]).code)
                process_inbox()

    def number_of(self, name: str) -> str:
        """What is printed on the card."""
        return CardNumber.objects.get(card=self.cards[name], retired_at=None).number

    def buy(self, name: str, total: str, on: str, *, key: str | None = None, **more: Any) -> str:
        """A purchase; answers its id, which is the buyer's name unless `key` is given."""
        key = key or name
        with self.clock(on):
            self._happens(
                services.record_purchase(card=self.cards[name], external_id=key, total=total, **more)
            )
        return key

    def refund(self, key: str, on: str, amount: str | None = None, **more: Any) -> None:
        """Part of a purchase goes back, or all that is left of it."""
        name = f"refund-{next(self._refunds)}"
        with self.clock(on):
            self._happens(
                services.record_refund(
                    program=self.program, purchase_id=key, external_id=name, amount=amount, **more
                )
            )

    def reopen(self, key: str, on: str) -> None:
        """The refund was a mistake."""
        with self.clock(on):
            self._happens(
                services.reopen_purchase(program=self.program, purchase_id=key, external_id=f"reopened-{key}")
            )

    def _happens(self, recorded: services.Recorded) -> None:
        process_inbox()
        assert recorded.outcome == "applied"

    def spend(self, name: str, amount: str, on: str) -> None:
        """Points are spent at once."""
        with self.clock(on):
            services.spend_points(card=self.cards[name], amount=amount)

    def look(self, on: str) -> int:
        """The scheduler runs; answers for how many cards something happened."""
        with self.clock(on):
            return services.run_schedules(program=self.program).events

    def sweep(self, on: str) -> int:
        """What fell due is settled; answers for how many cards."""
        with self.clock(on):
            return services.sweep().settled

    def relay(self) -> None:
        """Whoever listens is told."""
        services.relay_outbox()

    def balances(self, on: str | None = None) -> dict[str, int]:
        """What every card has, in whole points; after all that happened, or as it was or will be at a moment."""
        return {name: balance.balance for name, balance in self._balances(on)}

    def replayed(self) -> dict[str, int]:
        """What every card would have if all that was recorded happened again, in the same order (S4)."""
        self.program.refresh_from_db()
        book = campaign_book(self.program)
        again = replay(program=self.program, rules=load_program_rules(self.program), campaigns=book)
        names = {card.pk: name for name, card in self.cards.items()}
        return {names[state.pk]: amount for state, _code, amount in again.balances(at=self.now)}

    def debts(self) -> dict[str, int]:
        """Who owes how much."""
        return {name: balance.debt for name, balance in self._balances(None) if balance.debt}

    def _balances(self, on: str | None) -> list[tuple[str, selectors.Balance]]:
        found = selectors.all_balances(program=self.program, at=self.at(on) if on else self.now)
        return [(one.external_id, one.balances["points"]) for one in found]

    def rewards(self, name: str) -> list[tuple[str, int, int]]:
        """(campaign, granted, kept) of each reward of a card, in the order in which they were granted."""
        rows = Reward.objects.filter(card=self.cards[name]).order_by("pk")
        return [
            (key, granted, granted - taken)
            for key, granted, taken in rows.values_list("campaign__key", "granted", "reversed")
        ]
