"""What is answered for something recorded: how far it came, and what the card was given."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from loyalty.api.operations import Answer
from loyalty.api.serializers import DecimalText, Instant, StrictSerializer
from loyalty.models import Purchase, Reward
from loyalty.money import to_decimal_string
from loyalty.selectors.recorded import get_refusal, get_rewards
from loyalty.services import Recorded

# `pending` is what waits for a worker, or a refund for its purchase.
STATES = ["applied", "pending"]


class GivenAnswer(StrictSerializer):
    """What the card itself was given. `kept` is less than `granted` once something went back."""

    campaign = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    granted = DecimalText()
    kept = DecimalText()
    available_at = Instant(allow_null=True)
    expires_at = Instant(allow_null=True)


class PurchaseAnswer(StrictSerializer):
    """A purchase, and what remains of it after refunds."""

    external_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    occurred_at = Instant()
    total = DecimalText()
    remaining = DecimalText()


class RecordedAnswer(StrictSerializer):
    """What became of something recorded. A repeat is answered with 200 and what came of the first delivery.

    While it is `pending` (202) nothing is known of rewards, and `purchase` is null.
    """

    event = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    purchase = PurchaseAnswer(allow_null=True)
    rewards = GivenAnswer(many=True)


ANSWERS: dict[int, type[StrictSerializer] | None] = dict.fromkeys((200, 201, 202), RecordedAnswer)


def answer_recorded(recorded: Recorded) -> Answer:
    """The answer for something recorded. Raises what its event was refused with: then nothing is recorded."""
    outcome = recorded.outcome
    if outcome not in ("", "applied"):
        refusal = get_refusal(recorded.event_id)
        assert refusal is not None
        raise refusal
    purchase = recorded.purchase if outcome else None
    rewards = get_rewards(recorded.event_id, purchase=purchase) if outcome else []
    content = {
        "event": recorded.event_id,
        "state": "applied" if outcome else "pending",
        "purchase": None if purchase is None else describe_purchase(purchase),
        "rewards": [_describe(reward) for reward in rewards if reward.currency is not None],
    }
    if not outcome:
        return Answer(202, content)
    return Answer(201 if recorded.created else 200, content)


def describe_purchase(purchase: Purchase) -> dict[str, Any]:
    """A purchase, amounts in its program's currency."""
    decimals = purchase.program.decimals
    return {
        "external_id": purchase.external_id,
        "source": purchase.source,
        "occurred_at": purchase.occurred_at,
        "total": to_decimal_string(purchase.total, decimals),
        "remaining": to_decimal_string(purchase.remaining, decimals),
    }


def _describe(reward: Reward) -> dict[str, Any]:
    assert reward.currency is not None
    decimals = reward.currency.decimals
    lot = getattr(reward, "lot", None)
    return {
        "campaign": reward.campaign.key,
        "name": str(reward.campaign),
        "currency": reward.currency.code,
        "granted": to_decimal_string(reward.granted, decimals),
        "kept": to_decimal_string(reward.granted - reward.reversed, decimals),
        "available_at": lot.available_at if lot else None,
        "expires_at": lot.expires_at if lot else None,
    }
