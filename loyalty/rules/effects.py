"""The closed set of what an action can do. Each effect says how a refund treats it when the campaign does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from loyalty.periods import Duration


@dataclass(frozen=True, slots=True)
class Credit:
    """Give an amount of a currency; taken back by clawing it out of the wallet (S19).

    `hold` and `validity` are those of the currency where they are None.
    """

    name: ClassVar[str] = "credit"
    hold: Duration | None = None
    validity: Duration | None = None


@dataclass(frozen=True, slots=True)
class Multiply:
    """Multiply what base campaigns give the same recipient in the same currency (S34); taken back together with them."""

    name: ClassVar[str] = "multiply"
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class EmitEvent:
    """Make another event happen to the recipient; taken back by taking back what that event brought."""

    name: ClassVar[str] = "emit_event"
    kind: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


Effect = Credit | Multiply | EmitEvent

_LONGEST_KEY = 200


def emitted_key(*, identity: tuple[str, str, str], slot: UUID, card_id: int, level: int | None = None) -> str:
    """The key of the event that an action brings about for a recipient; it tells from which event it came.

    `level` where one card may receive at several levels of one event.
    """
    key = f"{'/'.join(identity)}/{slot.hex[:12]}/{card_id}"
    if level is not None:
        key += f"/{level}"
    return key if len(key) <= _LONGEST_KEY else sha256(key.encode()).hexdigest()
