"""A scene decided in memory, event by event in the order of the inbox: no database at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.ledger.book import CurrencyRules
from loyalty.periods import Duration
from loyalty.processing.campaigns import make_segment
from loyalty.processing.inbox import NewEvent
from loyalty.processing.load import details_of
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compiled import CampaignBook, Publication
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import event_kinds
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.segments import LISTS
from loyalty.rules.state import CardState, ProgramRules, State
from tests.integration.law.histories import inbox
from tests.integration.law.scene import SLUG, Scene, day


@dataclass
class Memory:
    """Everything that a scene came to, in one state that was never stored."""

    state: State
    campaigns: CampaignBook
    facts: list[Any] = field(default_factory=lambda: list(fact_registry))
    number: int = 0

    def process(self, events: Sequence[NewEvent]) -> None:
        """Let events arrive and decide them, with all that follows from them."""
        pending = []
        for event in [self._tell(item) for item in events]:
            if event.card_id is None:
                self.state.parked.setdefault(event.purchase_key, []).append(event)
            else:
                pending.append(event)
        made = len(self.state.new_events)
        while pending:
            # S3: the card that waits longest is next, and of that card what occurred first.
            card_id = pending[0].card_id
            event = min((one for one in pending if one.card_id == card_id), key=lambda one: one.occurred_at)
            pending.remove(event)
            decide(self.state, event, self.campaigns, facts=self.facts)
            pending += [one for one in self.state.new_events[made:] if not one.cascaded]
            made = len(self.state.new_events)

    def refunds_of_everything(self) -> list[NewEvent]:
        """Whatever is left of any purchase goes back, a day after all that happened."""
        last = max((item.event.occurred_at for item in self.state.evaluations), default=day(0))
        at = last + timedelta(days=1)
        return [
            NewEvent(
                one.source, "loyalty.refund", f"all-of-{key}", one.card_id, at, {"purchase": one.external_id}
            )
            for key, one in self.state.purchases.items()
            if one.remaining
        ]

    def _tell(self, item: NewEvent) -> EventState:
        self.number += 1
        kind = event_kinds.get(item.kind)
        payload = kind.clean(item.payload, self.state.program)
        named = kind.purchase_key(item.source, item.key, payload)
        at = item.occurred_at
        return EventState(
            item.source, item.kind, item.key, item.card_id, at, payload, purchase_key=named, pk=self.number
        )


def play(
    scene: Scene,
    *,
    cards: Sequence[int] = (),
    rules: ProgramRules | None = None,
    campaigns: CampaignBook | None = None,
) -> Memory:
    """The scene, decided from its beginning to its end; with the keys of cards and campaigns that are given."""
    memory = Memory(State(rules or rules_of(scene)), campaigns or campaigns_of(scene))
    keys = cards or range(1, len(scene.cards) + 1)
    for pk, plan in zip(keys, scene.cards, strict=True):
        attributes: dict[str, list[Any]] = {}
        for name, since, value in plan.attributes:
            attributes.setdefault(name, []).append((day(since), value))
        enrolled_at = day(plan.enrolled)
        memory.state.cards[pk] = CardState(
            pk=pk, enrolled_at=enrolled_at, status_since=enrolled_at, attributes=attributes
        )
    listed: dict[int, dict[str, list[Any]]] = {}
    for pk, plan in zip(keys, scene.cards, strict=True):
        for key, since, is_member in plan.listed:
            listed.setdefault(pk, {}).setdefault(key, []).append((day(since), is_member))
    details = details_of(memory.campaigns, memory.facts, memory.state.program)
    for fact in memory.facts:
        known = listed if fact.key == LISTS else {}
        memory.state.facts.install(fact, known, details.get(fact.key, frozenset()))
    for events in inbox(scene, keys):
        memory.process(events)
    return memory


def rules_of(scene: Scene) -> ProgramRules:
    """The program as the engine reads it."""
    currencies: Mapping[str, CurrencyRules] = {
        given["code"]: CurrencyRules(
            pk=number,
            code=given["code"],
            decimals=given.get("decimals", 0),
            hold=Duration.parse(given.get("hold", "P0D")),
            validity=Duration.parse(given["validity"]) if "validity" in given else None,
            expires_end_of_day=given.get("expires_end_of_day", False),
            clawback=given.get("clawback", "debt"),
            spendable=given.get("spendable", True),
            worth=Decimal(given["worth"]) if "worth" in given else None,
        )
        for number, given in enumerate(scene.currencies, 1)
    }
    rules = ProgramRules(1, SLUG, ZoneInfo(scene.zone), 2, currencies)
    segments = {
        plan.key: make_segment(plan.key, [(day(since), text) for since, text in plan.revisions], rules=rules)
        for plan in scene.segments
    }
    return replace(rules, segments=segments)


def campaigns_of(scene: Scene) -> CampaignBook:
    """What is published, in the order in which the database keeps it."""
    rules, publications = rules_of(scene), []
    for pk, plan in enumerate(scene.campaigns, 1):
        compiled = [
            compile_campaign(text, program=rules, pk=pk, revision_pk=pk * 10 + number)
            for number, text in enumerate(plan.revisions)
        ]
        publications += [
            Publication(plan.key, day(since), None if number is None else compiled[number])
            for since, number in plan.publications
        ]
    return CampaignBook(publications)
