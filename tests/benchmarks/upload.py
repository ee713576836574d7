"""A bulk upload of 100 purchases over HTTP, against the batch below it: the same events written and processed.

`python -m tests.benchmarks.upload [--rounds 30]`
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.measuring import Pair, measure, scratch_database

LINES = 100
CARDS = 2_000
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
ADDRESS = "/api/v1/till/uploads/"


def main() -> int:
    """Print the ratio; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with scratch_database():
        pair = Bench().compare(rounds)
    return 0 if pair.report_cost(target=2.0) else 1


class Bench:
    """A program with one campaign, 2,000 cards, and a user who is signed in by a session as anybody's would be."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Permission
        from django.test import Client

        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        self.program = open_shop("benchmark", percent_to("card"))
        self.cards = hand_out_cards(self.program, count=CARDS)
        user = get_user_model().objects.create_user("uploader")
        user.user_permissions.add(Permission.objects.get(codename="upload_events"))
        self.client = Client()
        self.client.force_login(user)
        self.next = 0

    def compare(self, rounds: int) -> Pair:
        """Both sides in turns."""
        return measure(
            "an upload of 100 purchases", rounds=rounds, work=LINES, ours=self.ours, theirs=self.batch
        )

    def ours(self, _round: int) -> None:
        """One request."""
        lines = [
            {"id": key, "customer": card.external_id, "occurred_at": "2025-03-01T12:00:00Z", "total": total}
            for card, key, total in self._orders("upload")
        ]
        body = "\n".join(map(json.dumps, lines))
        answer = self.client.post(ADDRESS, body, content_type="application/x-ndjson")
        assert answer.status_code == 200
        assert answer.content.count(b'"outcome": "applied"') == LINES

    def batch(self, _round: int) -> None:
        """What lies below: written in one statement, processed in one batch."""
        from loyalty.processing.inbox import NewEvent, write_events
        from loyalty.processing.process import process_pending

        events = [
            NewEvent("shop", "loyalty.purchase", key, card.pk, AT, {"total": total})
            for card, key, total in self._orders("batch")
        ]
        write_events(program=self.program, items=events)
        assert process_pending(program=self.program) == LINES

    def _orders(self, side: str) -> list[tuple[Any, str, str]]:
        """Cards in turn, a new key for each."""
        self.next += LINES
        return [
            (self.cards[n * 7 % CARDS], f"{side}-{n}", f"{10 + n % 90}.{n * 37 % 100:02d}")
            for n in range(self.next - LINES, self.next)
        ]


if __name__ == "__main__":
    sys.exit(main())
