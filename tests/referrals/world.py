"""A program in memory: events are decided one after another, and nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.rules.compiled import CampaignBook
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState, purchase_key
from loyalty.rules.state import CardState, Message, ProgramRules, State
from referrals.facts import ReferralsFact
from referrals.journey import FACT, CardReferrals, ReferralState

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def day(number: float) -> datetime:
    """An instant so many days after the start."""
    return START + number * DAY


class World:
    """Cards by their keys; amounts are cents."""

    def __init__(self, *cards: int, decimals: int = 2) -> None:
        program = ProgramRules(pk=1, slug="shop", zone=ZoneInfo("UTC"), decimals=decimals, currencies={})
        self.fact = ReferralsFact()
        self.state = State(program)
        self.state.cards = {pk: CardState(pk=pk, enrolled_at=START) for pk in cards}
        self.state.facts.install(self.fact, {})
        self.events: list[EventState] = []

    def run(self, kind: str, key: str, card: int, at: datetime, **fields: object) -> EventState:
        """Decide one event."""
        event = EventState("test", kind, key, card, at, **fields)
        self.events.append(event)
        decide(self.state, event, CampaignBook(), facts=[self.fact])
        return event

    def link(self, child: int, parent: int | None, *, at: datetime = START, **link: object) -> EventState:
        """The child gets a parent by a link."""
        payload = {"parent": parent, "link": {"code": "ABC", "method": "code", "link": None, **link}}
        return self.run("loyalty.parent_changed", f"{child}-{len(self.events)}", child, at, payload=payload)

    def move(self, child: int, parent: int | None, *, at: datetime) -> EventState:
        """Staff move the child."""
        key = f"{child}-{len(self.events)}"
        return self.run("loyalty.parent_changed", key, child, at, payload={"parent": parent})

    def settle(self) -> list[EventState]:
        """Decide what was recorded in the inbox meanwhile."""
        pending = [
            event for event in self.state.new_events if not event.cascaded and event.status == "pending"
        ]
        for event in pending:
            decide(self.state, event, CampaignBook(), facts=[self.fact])
        return pending

    def buy(self, card: int, key: str, *, at: datetime, total: str = "10.00") -> EventState:
        """A purchase."""
        return self.run("loyalty.purchase", key, card, at, payload={"total": total})

    def refund(self, card: int, purchase: str, *, at: datetime, amount: str | None = None) -> EventState:
        """Part or the rest of a purchase goes back."""
        payload = {"purchase": purchase} | ({"amount": amount} if amount else {})
        key = f"r{len(self.events)}"
        named = purchase_key("test", purchase)
        return self.run("loyalty.refund", key, card, at, payload=payload, purchase_key=named)

    def of(self, card: int) -> CardReferrals:
        """What the fact knows of a card."""
        known: CardReferrals = self.state.facts.get(FACT, card)
        return known

    def referral(self, card: int) -> ReferralState:
        """The referral of a card that has one."""
        referral = self.of(card).referral
        assert referral is not None
        return referral

    def counts(self, card: int) -> tuple[int, int]:
        """Registered and qualified friends."""
        known = self.of(card)
        return known.registered, known.qualified

    def brought_about(self, kind: str) -> list[EventState]:
        """The events of a kind that followed from others, in order."""
        return [event for event in self.state.new_events if event.kind == kind]

    def told(self, topic: str) -> list[Message]:
        """The messages of a topic, in order."""
        return [message for message in self.state.messages if message.topic == topic]

    def outcome(self, event: EventState) -> str:
        """What became of an event."""
        return next(one.outcome for one in self.state.evaluations if one.event is event)
