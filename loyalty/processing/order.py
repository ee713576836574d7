"""The order of processing (S3, S4): next is the card of the oldest pending event, and of that card its earliest event."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from loyalty.rules.events import EventState


class InboxOrder:
    """Hands out events one by one; the answer does not depend on how many are taken at a time."""

    def __init__(self, events: Iterable[EventState]) -> None:
        self._by_card: dict[int, list[tuple[object, int, EventState]]] = {}
        self._numbers: list[tuple[int, int]] = []
        self._taken: set[int] = set()
        self._late = 1 << 62
        for event in events:
            assert event.card_id is not None
            assert event.pk is not None
            self._by_card.setdefault(event.card_id, []).append((event.occurred_at, event.pk, event))
            self._numbers.append((event.pk, event.card_id))
        heapify(self._numbers)
        for queue in self._by_card.values():
            heapify(queue)

    def add(self, event: EventState) -> bool:
        """Take up an event that was made meanwhile, younger than all others; False when its card is not among ours."""
        if event.card_id not in self._by_card:
            return False
        assert event.card_id is not None
        self._late += 1
        heappush(self._by_card[event.card_id], (event.occurred_at, self._late, event))
        heappush(self._numbers, (self._late, event.card_id))
        return True

    def pop(self) -> EventState | None:
        """The next event, or None."""
        while self._numbers:
            number, card_id = self._numbers[0]
            if number in self._taken:
                heappop(self._numbers)
                continue
            _at, taken, event = heappop(self._by_card[card_id])
            self._taken.add(taken)
            return event
        return None
