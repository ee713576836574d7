"""A real history, imported: 600 customers of a music shop in 1997 and 1998, and what the demo adds to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from django.core.management import call_command

from example_project.statement import POINTS
from example_project.terminal import Terminal
from loyalty.models import Card, Program, Purchase
from loyalty.selectors import all_balances
from loyalty.services import (
    adjust_balance,
    block_card,
    hold_points,
    import_campaigns,
    process_inbox,
    record_purchase,
    record_refund,
    spend_points,
)

DATA = Path(__file__).resolve().parent.parent / "data"
FILES = [DATA / "cdnow_small_tree.jsonl", DATA / "cdnow_small_refunds.jsonl"]

# The history ends on 30 June 1998; what the demo adds to it happens in the days after.
AFTER = datetime(1998, 7, 1, 15, tzinfo=UTC)
TODAY = datetime(1998, 7, 5, tzinfo=UTC)


def import_history(terminal: Terminal, errors: TextIO) -> Program:
    """The campaigns first, so that they decide about every line of the history."""
    text = (DATA / "campaigns.yaml").read_text(encoding="utf-8")
    done = import_campaigns(text=text, kind="yaml", publish=True, allow_past=True)
    terminal.say(f"Published: {', '.join(done.published)}")
    files = map(str, FILES)
    call_command(
        "loyalty_import", *files, "--program", "cdnow", "--strict", stdout=terminal.out, stderr=errors
    )
    _go_on(terminal, done.program)
    return done.program


def _go_on(terminal: Terminal, program: Program) -> None:
    """Members spend, return what they bought, and lose a card."""
    rich = sorted(all_balances(program=program, at=AFTER), key=lambda row: -row.balances[POINTS].available)[
        :40
    ]
    cards = Card.objects.in_bulk([row.card_id for row in rich])
    spent = 0
    for number, row in enumerate(rich):
        amount = row.balances[POINTS].available * 4 // 5
        call = hold_points if number % 10 == 9 else spend_points
        call(card=cards[row.card_id], amount=amount, at=AFTER, key=f"gift-{number}", allow_past=True)
        spent += amount
    terminal.say(f"{len(rich)} members spent or set aside {spent:,} points.")

    returned = Purchase.objects.filter(card__in=list(cards), remaining__gt=0).order_by("-total")[:15]
    for purchase in returned:
        record_refund(
            purchase_id=purchase.external_id,
            external_id=f"return-{purchase.external_id}",
            occurred_at=AFTER,
            program=program,
        )
    terminal.say(f"{len(returned)} of their purchases went back; what was spent of them is owed now.")

    adjust_balance(
        card=cards[rich[0].card_id], amount=500, reason="Helped us test", at=AFTER, allow_past=True
    )
    lost = cards[rich[1].card_id]
    block_card(card=lost, reason="Reported as lost", at=AFTER)
    record_purchase(card=lost, external_id="after-the-loss", total="49.90", occurred_at=AFTER)
    process_inbox(program=program)
    terminal.say(f"The card of {lost.external_id} was blocked, and bought something all the same.")
