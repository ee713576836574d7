"""Limits: counted per scope and calendar period, cut or skipped at the edge, given back on reversal (S12, S21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from loyalty.money import to_decimal_string
from loyalty.periods import period_start
from loyalty.rules.budgets import Price, price_of, told_steps
from loyalty.rules.compiled import CompiledCampaign, CompiledLimit
from loyalty.rules.events import EventState
from loyalty.rules.propose import Proposal
from loyalty.rules.state import CounterState, Message, RewardState, State


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a limit counts: the recipient, the event's card, and the recipient's value of the limit's identifier."""

    card_id: int
    event_card_id: int
    value: str | None = None

    def name(self, limit: CompiledLimit) -> str:
        """What is counted together, as a part of the counter's key; an identifier's value only as its hash."""
        if limit.per == "campaign":
            return "all"
        if limit.per == "recipient":
            return f"card:{self.card_id}"
        if limit.per == "pair":
            return f"pair:{self.event_card_id}:{self.card_id}"
        if self.value is None:
            return f"id:{limit.per}:card:{self.card_id}"
        return f"id:{limit.per}:{sha256(self.value.encode()).hexdigest()[:24]}"

    def owner(self, limit: CompiledLimit) -> int | None:
        """The card whose lock guards the counter; None: the counter itself is locked."""
        if limit.per == "campaign" or (limit.identifier and self.value is not None):
            return None
        return self.event_card_id if limit.per == "pair" else self.card_id


def counter_prefix(*, program_slug: str, campaign_key: str, limit: CompiledLimit) -> str:
    """How the keys of a limit's counters begin: never the maximum or the revision, so that editing goes on counting."""
    scope = {"campaign": "all", "recipient": "card:", "pair": "pair:"}.get(limit.per, f"id:{limit.per}:")
    return f"{program_slug}|{campaign_key}|{limit.measure}|{limit.period}|{scope}"


def counter_key(
    *, program_slug: str, campaign_key: str, limit: CompiledLimit, scope: Scope, period: str
) -> str:
    """What is counted together."""
    name = scope.name(limit)
    return f"{program_slug}|{campaign_key}|{limit.measure}|{limit.period}|{name}|{period}"


def find_counter(
    state: State, *, campaign: CompiledCampaign, limit: CompiledLimit, scope: Scope, at: datetime
) -> CounterState:
    """The counter of a limit for a scope at a moment, made on first use."""
    period = period_start(at, limit.period, state.program.zone)
    key = counter_key(
        program_slug=state.program.slug, campaign_key=campaign.key, limit=limit, scope=scope, period=period
    )
    found = state.counters.get(key)
    if found is None:
        found = state.counters[key] = CounterState(key, campaign.pk, scope.owner(limit), period)
    return found


def scope_of(state: State, event: EventState, limit: CompiledLimit, card_id: int) -> Scope:
    """The scope of a limit for a recipient of an event."""
    assert event.card_id is not None
    value = state.cards[card_id].attribute(limit.identifier, event.at) if limit.identifier else None
    return Scope(card_id, event.card_id, value)


def apply_limits(state: State, event: EventState, proposal: Proposal) -> None:
    """Cut a proposal to what its campaign's limits leave, and count what is granted."""
    counted: dict[str, tuple[CompiledLimit, CounterState]] = {}  # two limits of one scope share their counter
    price = price_of(state.program, proposal.currency)
    for limit in proposal.campaign.limits:
        if limit.measure != "times" and proposal.currency is None:
            continue  # what has no amount uses none up
        scope = scope_of(state, event, limit, proposal.card_id)
        counter = find_counter(state, campaign=proposal.campaign, limit=limit, scope=scope, at=event.at)
        counted[counter.key] = (limit, counter)
        allowed = _allowed(limit, max(0, limit.maximum - counter.used), proposal.granted, price)
        if allowed < proposal.granted:
            proposal.granted, proposal.cut_reason = (
                allowed,
                f"limit_{limit.measure}_per_{limit.per}_{limit.period}",
            )
    if not proposal.granted:
        return
    for limit, counter in counted.values():
        before = counter.used
        counter.used += used_by(limit.measure, proposal.granted, price)
        counter.dirty = True
        if limit.per == "campaign":
            _tell(state, event, proposal, limit, counter, before)
    if counted:
        proposal.terms["limits"] = [
            [counter.key, limit.measure, *(price.as_list() if limit.measure == "cost" else ())]
            for limit, counter in counted.values()
        ]


def _allowed(limit: CompiledLimit, room: int, granted: int, price: Price) -> int:
    if limit.measure == "times":
        return granted if room else 0
    allowed = min(granted, room if limit.measure == "amount" else price.affordable(room))
    return 0 if allowed < granted and limit.at_edge == "skip" else allowed


def used_by(measure: str, granted: int, price: Price) -> int:
    """How much of a limit an amount uses up."""
    if measure == "times":
        return 1 if granted else 0
    return granted if measure == "amount" else price.cost(granted)


def give_back(state: State, reward: RewardState, amount: int, forgiven: int) -> None:
    """S21: "times" comes back when the reward is wholly reversed, "amount" and "cost" always, to the period of the grant.

    What was forgiven was spent for good, so it stays counted: else a budget could be drained again and again. Called
    when the reward has been reversed by `amount`, `forgiven` of it included.
    """
    for key, measure, *terms in reward.terms.get("limits", ()):
        price = Price(*terms) if terms else Price(1, 1)
        lost = 0 if measure == "times" else reward.forgiven
        after = used_by(measure, reward.kept + lost, price)
        before = used_by(
            measure, reward.kept + lost + amount - (0 if measure == "times" else forgiven), price
        )
        if before == after:
            continue
        counter = state.counters[key]
        counter.used -= before - after
        counter.dirty = True


def _tell(
    state: State,
    event: EventState,
    proposal: Proposal,
    limit: CompiledLimit,
    counter: CounterState,
    before: int,
) -> None:
    """Announce that 80 % and 100 % of a campaign's limit are used, each once."""
    decimals = {"times": 0, "cost": state.program.decimals}.get(limit.measure)
    if decimals is None:
        decimals = state.program.currencies[proposal.currency or ""].decimals
    for percent in told_steps(before=before, used=counter.used, maximum=limit.maximum):
        payload = {
            "campaign": proposal.campaign.key,
            "measure": limit.measure,
            "period": counter.period,
            "percent": percent,
            "used": to_decimal_string(counter.used, decimals),
            "maximum": to_decimal_string(limit.maximum, decimals),
        }
        told = sha256(f"{counter.key}|{limit.maximum}".encode()).hexdigest()
        state.messages.append(Message("limit_reached", event, payload, key=f"limit_reached/{told}/{percent}"))
