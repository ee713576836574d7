"""What came of something recorded: the refusal of its event, or what its card was given."""

from __future__ import annotations

from loyalty.exceptions import LoyaltyError
from loyalty.exceptions.base import rebuild_refusal
from loyalty.models import Evaluation, Event, Purchase, Reward


def get_refusal(event_id: int) -> LoyaltyError | None:
    """The refusal that an event ended with, as it was raised; None for one that was applied, or is not processed."""
    found = Evaluation.objects.filter(event_id=event_id).exclude(outcome="applied").first()
    if found is None:
        return None
    refusal = rebuild_refusal(found.outcome, (found.trace or {}).get("details"))
    if refusal is None:
        refusal = LoyaltyError()
        refusal.code = found.outcome
    return refusal


def get_rewards(event_id: int, *, purchase: Purchase | None) -> list[Reward]:
    """What the event's own card has been given for the event or for its purchase, with campaign, currency and lot."""
    rewards = Reward.objects.filter(card__events=event_id).select_related("campaign", "currency", "lot")
    mine = rewards.filter(event_id=event_id) if purchase is None else rewards.filter(purchase=purchase)
    return list(mine.order_by("pk"))


def is_processed(event_id: int) -> bool:
    """Whether it is known what became of an event."""
    return Event.objects.filter(pk=event_id, status="processed").exists()
