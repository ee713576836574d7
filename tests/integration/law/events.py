"""What can happen, for each registered kind of event. Whoever registers a kind adds an entry here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loyalty.rules import registry
from tests.integration.law.dice import Dice, entry_for
from tests.integration.law.rules import BRANDS, CATEGORIES, CHANNELS, SKUS, SOURCES, TOPICS
from tests.integration.law.scene import Step

Values = dict[str, Any]
TOTALS = (10000, 999, 1000, 2550, 5000, 10000, 33333, 1000, 2550, 1, 0)
PARTS = (1, 100, 500, 999, 5000)
UNITS = (1, 1, 2, 5, 5, 10, 20, 90)


def purchase(dice: Dice) -> Values:
    total = dice.one(TOTALS)
    body: Values = {"total": money(total)}
    if dice.chance(1, 3):
        body["tax"] = money(dice.number(0, total // 4))
    if dice.chance(1, 3):
        body["discount"] = money(dice.number(0, total // 4))
    if dice.chance(1, 2):
        body["channel"] = dice.one(CHANNELS)
    left, lines = total, []
    for _number in range(dice.one([0, 0, 1, 2, 3])):
        amount = dice.one([0, left // 3, left // 2, left // 2, left])
        left -= amount
        line: Values = {"amount": money(amount), "sku": dice.one(SKUS), "category": dice.one(CATEGORIES)}
        if dice.chance(1, 2):
            line["attributes"] = {"brand": dice.one(BRANDS)}
        lines.append({**line, "quantity": dice.one(["1", "2", "0.5"])})
    return {**body, "lines": lines} if lines else body


def refund(dice: Dice) -> Values:
    how = dice.one(["whole", "amount", "amount", "lines"])
    if how == "amount":
        return {"amount": dice.one(PARTS)}
    if how == "whole":
        return {}
    return {"lines": [(position, dice.one([None, *PARTS])) for position in dice.some(range(3))]}


def moved(dice: Dice) -> Values:
    return {"parent": dice.one([None, 0, 0, 1, 1, 2, 3, 4]), "method": dice.one(["", "code", "link"])}


def pair(dice: Dice) -> Values:
    return {"merged": dice.number(0, 4)}


def units(dice: Dice) -> Values:
    return {"currency": dice.one([0, 0, 0, 1]), "amount": dice.one(UNITS)}


def lesson(dice: Dice) -> Values:
    return dice.one(
        [{}, {"score": 5}, {"score": 3}, {"topic": dice.one(TOPICS)}, {"topic": "tax", "score": 7}]
    )


def nothing(dice: Dice) -> Values:
    return {}


def turn(dice: Dice) -> Values:
    """A campaign's turn on some date, told as services.run_schedules would."""
    return {
        "campaign": f"campaign-{dice.one([0, 0, 0, 1, 2])}",
        "date": dice.one(["2025-02-20", "2025-03-01"]),
    }


FOLLOWS = None  # is brought about by other events, never told

EVENTS: dict[str, Callable[[Dice], Values] | None] = {
    "loyalty.purchase": purchase,
    "loyalty.refund": refund,
    "loyalty.card_enrolled": nothing,
    "loyalty.card_blocked": nothing,
    "loyalty.card_unblocked": nothing,
    "loyalty.card_closed": nothing,
    "loyalty.parent_changed": moved,
    "loyalty.card_merged": pair,
    "loyalty.cards_parted": nothing,
    "loyalty.spend": units,
    "loyalty.hold": lambda dice: {**units(dice), "days": dice.one([0, 1, 4, 30, 30])},
    "loyalty.hold_captured": lambda dice: {"amount": dice.one([None, None, *UNITS])},
    "loyalty.hold_voided": nothing,
    "loyalty.spend_cancelled": nothing,
    "loyalty.adjusted": lambda dice: {**units(dice), "amount": dice.one(UNITS) * dice.one([1, 1, -1])},
    "loyalty.settled": nothing,
    "loyalty.scheduled": turn,
    "loyalty.segment_entered": turn,
    "loyalty.segment_left": turn,
    "loyalty.reward_granted": FOLLOWS,
    "loyalty.purchase_reopened": nothing,
    "referrals.referral_registered": FOLLOWS,
    "referrals.referral_qualified": FOLLOWS,
    "school.lesson_finished": lesson,
}

# How often beside once; what is new and not listed comes once.
OFTEN = {
    "loyalty.purchase": 30,
    "loyalty.refund": 14,
    "loyalty.purchase_reopened": 3,
    "loyalty.parent_changed": 5,
    "loyalty.card_merged": 2,
    "loyalty.cards_parted": 2,
    "loyalty.spend": 6,
    "loyalty.spend_cancelled": 4,
    "loyalty.hold": 4,
    "loyalty.hold_captured": 3,
    "loyalty.hold_voided": 1,
    "loyalty.adjusted": 3,
    "loyalty.settled": 2,
    "loyalty.card_blocked": 2,
    "loyalty.card_unblocked": 4,
    "school.lesson_finished": 5,
    "loyalty.scheduled": 3,
    "loyalty.segment_entered": 2,
    "loyalty.segment_left": 2,
}


def step(dice: Dice, cards: int, favourite: int) -> Step:
    """One event, of the favourite card more often than of any other: there things come together."""
    told = [kind.kind for kind in registry.event_kinds if entry_for(EVENTS, kind.kind) is not FOLLOWS]
    kind = dice.weighted({name: OFTEN.get(name, 0) + 1 for name in told})
    values = EVENTS[kind]
    assert values is not None
    return Step(
        kind=kind,
        card=dice.one([*[favourite] * cards, *range(cards)]),
        gap=dice.one([0, 0, 1, 1, 10, 24, 24, 72]),
        late=dice.one([0, 0, 0, 0, 1, 3, 9]),
        source=dice.one([SOURCES[0], *SOURCES]),
        which=dice.number(0, 7),
        is_other_card=dice.chance(1, 12),
        arrives_later=dice.chance(1, 8),
        values=values(dice),
    )


def story(dice: Dice, cards: int, favourite: int) -> list[Step]:
    """Mostly one event; at times several that belong together and seldom meet by chance."""
    if dice.chance(5, 6):
        return [step(dice, cards, favourite)]
    if dice.chance(1, 4):
        return reopened(dice, favourite)
    if dice.chance(1, 3):
        return united(dice, cards, favourite)
    if dice.chance(1, 3):
        return indebted(dice, favourite)
    bought = Step(
        "loyalty.purchase", card=favourite, values={"total": dice.one(["100.00", "50.00", "333.33"])}
    )
    amount = {"currency": 0, "amount": dice.one([1, 5, 9, 40, 40, 90])}
    spent = Step("loyalty.spend", card=favourite, gap=dice.one([0, 24, 200]), values=amount)
    held = Step("loyalty.hold", card=favourite, gap=dice.one([0, 24]), values={**amount, "days": 4})
    ends = [
        Step("loyalty.refund", card=favourite),
        Step("loyalty.refund", card=favourite, values={"amount": 4000}),
        Step("loyalty.hold_captured", card=favourite),
        Step("loyalty.hold_captured", card=favourite, values={"amount": 1}),
        Step("loyalty.hold_voided", card=favourite, gap=dice.one([0, 120])),
        Step("loyalty.spend", card=favourite, values={**amount, "amount": 1}),
        Step("loyalty.spend_cancelled", card=favourite, gap=dice.one([0, 300])),
    ]
    return [bought, *dice.one([[spent], [held], [held], [spent, held]]), *dice.some(ends, 1, 3)]


def indebted(dice: Dice, card: int) -> list[Step]:
    """What a purchase brought is spent before the purchase goes back; then more is spent, and the debt repaid."""
    bought = Step("loyalty.purchase", card=card, values={"total": dice.one(["100.00", "333.33"])})
    spent = Step(
        "loyalty.spend",
        card=card,
        gap=dice.one([0, 100, 200]),
        values={"currency": 0, "amount": dice.one([4, 9, 20, 100])},
    )
    gone = Step("loyalty.refund", card=card, gap=dice.one([0, 24]))
    more = Step("loyalty.spend", card=card, values={"currency": 0, "amount": 1})
    return [bought, spent, gone, *dice.one([[more], [bought], [more, bought, more]])]


def united(dice: Dice, cards: int, card: int) -> list[Step]:
    """A card with something on it goes into another; both go on buying, going back and spending, and part again."""
    other = (card + dice.number(1, max(1, cards - 1))) % cards
    amount = {"currency": 0, "amount": dice.one([1, 5, 9, 40])}
    totals = ["50.00", "333.33"]
    begun = [
        Step("loyalty.purchase", card=other, values={"total": dice.one(totals)}),
        Step("loyalty.spend", card=other, gap=dice.one([0, 100]), values=amount),
        Step("loyalty.refund", card=other),
        Step(
            "loyalty.parent_changed",
            card=dice.number(0, 4) % cards,
            values={"parent": other, "method": "code"},
        ),
    ]
    merge = Step("loyalty.card_merged", card=card, gap=dice.one([0, 24]), values={"merged": other})
    parting = Step("loyalty.cards_parted", card=card, gap=dice.one([0, 24, 200]))
    after = [
        Step("loyalty.purchase", card=other, values={"total": dice.one(totals)}),
        Step("loyalty.spend", card=card, values=amount),
        Step("loyalty.refund", card=other, gap=dice.one([0, 300])),
        Step("loyalty.refund", card=other, values={"amount": 1000}),
        Step("loyalty.spend_cancelled", card=other, gap=dice.one([0, 300])),
        Step("loyalty.card_merged", card=(card + 1) % cards, values={"merged": card}),
        parting,
    ]
    ended = dice.one([[], [parting], [parting, *dice.some(after, 1, 2)]])
    return [*dice.some(begun, 1, 3), merge, *dice.some(after, 1, 3), *ended]


def reopened(dice: Dice, card: int) -> list[Step]:
    """A purchase that goes back, wholly or in parts, and counts again, more than once at times."""
    bought = Step(
        "loyalty.purchase",
        card=card,
        late=dice.one([0, 0, 4]),
        values={"total": dice.one(["50.00", "333.33"])},
    )
    gone = [Step("loyalty.refund", card=card, gap=dice.one([0, 24, 300]))]
    if dice.chance(1, 3):
        gone.insert(0, Step("loyalty.refund", card=card, values={"amount": 1000}))
    again = Step(
        "loyalty.purchase_reopened", card=card, gap=dice.one([0, 24]), arrives_later=dice.chance(1, 3)
    )
    return [bought, *gone, again, *dice.one([[], [], [Step("loyalty.refund", card=card)], [*gone, again]])]


def beginning(dice: Dice, cards: int) -> list[Step]:
    """Mostly a family, deep or wide, and something on each card to spend."""
    parents = dice.one([(0, 1, 2, 3), (0, 0, 0, 0), (0, 0, 1, 1), ()])[: cards - 1]
    begun = [
        Step(
            "loyalty.parent_changed",
            card=card,
            values={"parent": parent, "method": dice.one(["code", "code", "link", ""])},
        )
        for card, parent in enumerate(parents, 1)
    ]
    if dice.chance(1, 2):
        gift = {"currency": 0, "amount": dice.one([5, 30])}
        begun += [Step("loyalty.adjusted", card=card, values=gift) for card in range(cards)]
    return begun


def money(minor: int) -> str:
    """An amount of the purchase currency."""
    return f"{minor // 100}.{minor % 100:02d}"
