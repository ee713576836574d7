"""A history to be processed: purchases, returns and spends of cards in a tree, the same for every program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from loyalty.models import Card, Program
from loyalty.processing.inbox import NewEvent
from tests.concurrency.shop import (
    START,
    fill_inbox,
    hand_out_cards,
    open_shop,
    percent_to,
    purchase,
    tree_of_three_levels,
)


def write_history(slug: str, *, events: int, cards: int, spends: bool = True, seed: int = 7) -> Program:
    """A program with so many events in its inbox, none of them processed: buyers and their parents are paid."""
    program = open_shop(slug, percent_to("card"), percent_to("parent_card", percent="5"))
    members = hand_out_cards(program, count=cards, parent_of=tree_of_three_levels(cards))
    fill_inbox(program, make_events(members, count=events, spends=spends, seed=seed))
    return program


def make_events(cards: Sequence[Card], *, count: int, spends: bool, seed: int) -> list[NewEvent]:
    """Mostly purchases, every fourth told an hour late; some returns, and some spends, also of too much."""
    dice = Random(seed)
    made: list[NewEvent] = []
    bought: list[NewEvent] = []
    for number in range(count):
        now = START + timedelta(minutes=number)
        at, kind = now - timedelta(seconds=dice.choice([0, 0, 0, 3600])), dice.random()
        if kind < 0.1 and bought:
            sold = bought.pop(dice.randrange(len(bought)))
            payload = {"purchase": sold.key, "amount": dice.choice(["1.00", "7.50", "10.00"])}
            made.append(NewEvent("shop", "loyalty.refund", f"r{number}", sold.card_id, now, payload))
        elif kind < 0.2 and spends:
            payload = {"currency": "points", "amount": str(dice.choice([1, 5, 50]))}
            made.append(NewEvent("shop", "loyalty.spend", f"s{number}", dice.choice(cards).pk, at, payload))
        else:
            total = f"{dice.randrange(1_000, 20_000) / 100:.2f}"
            bought.append(purchase(dice.choice(cards), f"p{number}", total=total, at=at))
            made.append(bought[-1])
    return made
