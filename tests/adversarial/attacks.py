"""Strategies of an attacker who owns a handful of cards, and what each is worth (R7).

An attack is a list of moves, played in memory. What it is worth is measured against an honest twin: the same links,
the same acts of staff and the same lasting spends, but of each purchase only what was kept, and nothing that was
undone. Profit is what the attacker's cards can spend at the end and have spent, less what they owe, above what the
twin earned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from loyalty.ledger import book
from loyalty.rules.decide import decide
from tests.loyalty.rules.engine import START, World

CARDS = 9
DAY = timedelta(days=1)
# How long a card of the attack lives; all lots of it are spent, expired or there by then.
END = START + 400 * DAY


@dataclass(slots=True)
class Move:
    """One thing that somebody did; `kept` is what is left of it in the end, in cents or points."""

    kind: str
    card: int
    at: datetime
    key: str
    kept: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)


class Attacker:
    """Plays moves on a programme and remembers them. Cards are 1 to 9; days are counted from the start."""

    def __init__(self, definitions: Sequence[Mapping[str, Any]], dice: Random, **currency: Any) -> None:
        self.definitions, self.dice, self.currency = definitions, dice, currency
        self.world = World(*definitions, cards=CARDS, **currency)
        self.moves: list[Move] = []
        self.today, self.settled = 0.0, 0

    def wait(self, days: float) -> None:
        """Time goes by."""
        self.today += days

    def link(self, child: int, parent: int) -> None:
        """The child joins by the parent's link."""
        link = {"code": "ABC", "method": "code", "link": None}
        self._play("loyalty.parent_changed", child, {"parent": parent, "link": link})

    def move(self, child: int, parent: int | None) -> None:
        """Staff move a card, as they were asked to."""
        self._play("loyalty.parent_changed", child, {"parent": parent})

    def set_blocked(self, card: int, blocked: bool) -> None:
        """Staff block or unblock a card."""
        self._play("loyalty.card_blocked" if blocked else "loyalty.card_unblocked", card, {})

    def buy(self, card: int, cents: int, *, days_late: float = 0) -> Move:
        """A purchase, told so many days after it was made."""
        made = self._play("loyalty.purchase", card, {"total": money(cents)}, at=self._now(-days_late))
        made.kept = cents
        return made

    def refund(self, bought: Move, cents: int | None = None, *, days_late: float = 0) -> None:
        """Part or all of what is left goes back."""
        part = bought.kept if cents is None else min(cents, bought.kept)
        if part:
            payload = {"purchase": bought.key, "amount": money(part)}
            self._play("loyalty.refund", bought.card, payload, at=self._now(-days_late))
            bought.kept -= part

    def refund_in_parts(self, bought: Move, parts: int, *, leave: int = 0) -> None:
        """So many parts of any size, and what is to be left stays."""
        for _part in range(parts - 1):
            if bought.kept > leave + 1:
                self.refund(bought, self.dice.randint(1, bought.kept - leave - 1))
        self.refund(bought, bought.kept - leave)

    def available(self, card: int) -> int:
        """What the card can spend now."""
        wallet = self.world.state.wallet(card, "points")
        book.touch(wallet=wallet, at=max(self._now(), wallet.clock or START), event=None)
        return wallet.available

    def spend(self, card: int, points: int | None = None) -> Move | None:
        """Spend so much, or all there is; None when that is nothing or is refused."""
        return self._take("loyalty.spend", card, points, {})

    def hold(self, card: int, points: int | None = None, *, days: float = 7) -> Move | None:
        """Set aside so much, or all there is, for some days."""
        until = self._now(days).isoformat()
        return self._take("loyalty.hold", card, points, {"expires_at": until})

    def undo(self, kind: str, spent: Move | None) -> None:
        """Cancel a spend, or void a hold: then it was nothing."""
        if spent is not None:
            self._play(kind, spent.card, {"spend": spent.key})
            spent.kept = 0

    def capture(self, held: Move | None) -> None:
        """What was held is spent."""
        if (
            held is not None
            and self._outcome(self._play("loyalty.hold_captured", held.card, {"spend": held.key}))
            == "applied"
        ):
            held.kept = int(held.payload["amount"])

    def profit(self, *, owes: bool = True, twin_spends: bool = False) -> int:
        """Above what the twin earned; with `twin_spends` above what it could still spend or has spent.

        Without `owes` the attacker walks away from debts.
        """
        twin = Attacker(self.definitions, self.dice, **self.currency)
        for made in self.moves:
            twin._repeat_honestly(made)
        earned = sum(reward.kept for reward in twin.world.rewards if reward.lot is not None)
        return self._worth(owes=owes) - (twin._worth(owes=owes) if twin_spends else earned)

    def _worth(self, *, owes: bool) -> int:
        total = sum(move.kept for move in self.moves if move.kind in ("loyalty.spend", "loyalty.hold"))
        for wallet in self.world.state.wallets.values():
            book.touch(wallet=wallet, at=max(END, wallet.clock or END), event=None)
            total += wallet.available + wallet.pending + wallet.held - (wallet.debt if owes else 0)
        return total

    def _repeat_honestly(self, made: Move) -> None:
        if made.kind == "loyalty.purchase" and made.kept:
            self._send(replace(made, payload={"total": money(made.kept)}))
        elif made.kind in ("loyalty.spend", "loyalty.hold") and made.kept:
            self.today = (made.at - START) / DAY
            self.spend(made.card, min(made.kept, self.available(made.card)))
        elif made.kind in ("loyalty.parent_changed", "loyalty.card_blocked", "loyalty.card_unblocked"):
            self._send(made)

    def _take(self, kind: str, card: int, points: int | None, more: Mapping[str, Any]) -> Move | None:
        amount = self.available(card) if points is None else points
        if amount <= 0:
            return None
        made = self._play(kind, card, {"currency": "points", "amount": str(amount), **more})
        if self._outcome(made) != "applied":
            return None
        made.kept = amount if kind == "loyalty.spend" else 0
        return made

    def _now(self, more: float = 0) -> datetime:
        return START + (self.today + more) * DAY

    def _play(self, kind: str, card: int, payload: Mapping[str, Any], *, at: datetime | None = None) -> Move:
        made = Move(kind, card, at or self._now(), f"m{len(self.moves)}", payload=payload)
        self.moves.append(made)
        self._send(made)
        return made

    def _send(self, made: Move) -> None:
        self.world.send(made.kind, made.payload, card=made.card, at=made.at, key=made.key)
        # What follows from it and is not of the same breath comes by the inbox.
        for event in self.world.state.new_events[self.settled :]:
            if not event.cascaded and event.status == "pending":
                decide(self.world.state, event, self.world.campaigns, facts=self.world.facts)
        self.settled = len(self.world.state.new_events)

    def _outcome(self, made: Move) -> str:
        return next(
            one.outcome for one in reversed(self.world.state.evaluations) if one.event.key == made.key
        )


def money(cents: int) -> str:
    """A decimal string of two digits."""
    return f"{cents // 100}.{cents % 100:02d}"


def price(dice: Random) -> int:
    """From a cent to 2,000.00; round ones and those just beside are the interesting ones."""
    return max(
        1, dice.choice([dice.randint(1, 200_000), dice.randint(1, 20) * 1_000, 100_000]) + dice.randint(-1, 1)
    )


def buy_spend_refund(a: Attacker) -> None:
    """Spend the points before the purchase goes back."""
    for _time in range(3):
        bought = a.buy(1, price(a.dice))
        a.wait(a.dice.choice([0, 1, 20]))
        a.spend(1)
        a.refund_in_parts(bought, a.dice.randint(1, 3), leave=a.dice.choice([0, 0, bought.kept // 3]))


def refund_in_parts(a: Attacker) -> None:
    """Fractions of points are to be gained by the splitting."""
    a.link(2, 1)
    for _time in range(3):
        bought = a.buy(2, price(a.dice))
        for _cent in range(a.dice.randint(0, 40)):
            a.refund(bought, 1)
        a.refund_in_parts(bought, a.dice.randint(1, 8), leave=a.dice.randint(0, bought.kept))
        a.spend(a.dice.choice([1, 2]))


def refund_then_rebuy(a: Attacker) -> None:
    """To be a first customer again and again."""
    a.link(2, 1)
    for _time in range(a.dice.randint(2, 4)):
        bought = a.buy(2, price(a.dice))
        a.spend(1)
        a.wait(a.dice.choice([0, 1]))
        a.refund(bought, a.dice.choice([None, bought.kept - 1, bought.kept // 2]))


def own_friends_chain(a: Attacker) -> None:
    """Each card is the friend of the one before; the last buys, all earn."""
    for card in range(2, CARDS + 1):
        a.link(card, card - 1)
    for _time in range(4):
        bought = a.buy(a.dice.randint(CARDS - 3, CARDS), price(a.dice))
        a.spend(a.dice.randint(1, CARDS))
        a.refund_in_parts(bought, a.dice.randint(1, 4), leave=a.dice.randint(0, bought.kept))


def milestones_with_refunds(a: Attacker) -> None:
    """Friends buy for the milestone, send everything back, and others take their place."""
    bought = []
    for card in range(2, CARDS + 1):
        a.link(card, 1)
        bought.append(a.buy(card, a.dice.choice([1, 100, price(a.dice)])))
        if a.dice.random() < 0.5:
            a.refund(a.dice.choice(bought), a.dice.choice([None, None, 1]))
        if a.dice.random() < 0.3:
            a.spend(1)
        if a.dice.random() < 0.4:
            bought.append(a.buy(a.dice.randint(2, card), price(a.dice)))
        a.wait(a.dice.choice([0, 1]))
    for made in bought:
        if a.dice.random() < 0.7:
            a.refund(made)


def hold_and_void(a: Attacker) -> None:
    """Hold what is about to expire, and let go when it has."""
    a.buy(1, price(a.dice))
    a.wait(a.dice.uniform(20, 30))
    for _time in range(3):
        held = a.hold(1, days=a.dice.uniform(1, 60))
        a.wait(a.dice.uniform(0, 40))
        a.undo("loyalty.hold_voided", held)
    a.capture(a.hold(1))


def spend_and_cancel(a: Attacker) -> None:
    """Spend what is about to expire, and cancel when it has."""
    for _time in range(2):
        a.buy(1, price(a.dice))
        a.wait(a.dice.uniform(20, 30))
        spent = a.spend(1)
        a.wait(a.dice.uniform(0, 40))
        a.undo("loyalty.spend_cancelled", spent)
        a.wait(a.dice.choice([0, 1]))
        a.spend(1)


def late_purchases(a: Attacker) -> None:
    """Told late and out of order, to be young again, to be first, or to fall into another month."""
    a.wait(60)
    a.link(2, 1)
    for _time in range(4):
        bought = a.buy(a.dice.choice([1, 2]), price(a.dice), days_late=a.dice.uniform(0, 60))
        if a.dice.random() < 0.4:
            a.refund(bought, days_late=a.dice.uniform(0, 1))
        a.spend(a.dice.choice([1, 2]))
        a.wait(a.dice.choice([0, 1, 20]))


def block_and_unblock(a: Attacker) -> None:
    """Staff block and unblock in the middle of things, which is to make something be granted twice."""
    for card in range(2, 6):
        a.link(card, 1)
    bought = []
    for _time in range(8):
        bought.append(a.buy(a.dice.randint(2, 5), price(a.dice)))
        a.set_blocked(a.dice.choice([1, 1, 2, 3]), a.dice.random() < 0.5)
        a.wait(1)
        if a.dice.random() < 0.4:
            a.refund(a.dice.choice(bought))


def move_between_parents(a: Attacker) -> None:
    """Friends who bought are moved to another parent card, and send back what they bought."""
    bought = []
    for card in range(3, 8):
        a.link(card, 1)
        bought.append(a.buy(card, price(a.dice)))
        if a.dice.random() < 0.5:
            a.wait(1)
            a.move(a.dice.randint(3, card), a.dice.choice([1, 2]))
        if a.dice.random() < 0.4:
            a.refund(a.dice.choice(bought))


def fill_the_limit(a: Attacker) -> None:
    """Use up a month's limit by what goes back, so that it is used twice."""
    for card in range(2, CARDS + 1):
        a.link(card, 1)
    bought = [a.buy(a.dice.randint(2, CARDS), price(a.dice)) for _time in range(12)]
    for made in bought:
        if a.dice.random() < 0.5:
            a.refund(made)
    a.wait(a.dice.choice([1, 31]))
    for _time in range(4):
        a.buy(a.dice.randint(2, CARDS), price(a.dice))
    a.spend(1)


def refund_before_purchase(a: Attacker) -> None:
    """The refund comes first, in parts, and the purchase late."""
    a.wait(3)
    a.link(2, 1)
    for _time in range(3):
        cents = price(a.dice)
        back = a.dice.randint(1, cents)
        key = f"m{len(a.moves) + 2}"
        for part in (back // 2, back - back // 2):
            amount = {"purchase": key, "amount": money(max(1, part))}
            a._play("loyalty.refund", 2, amount)
        made = a.buy(2, cents, days_late=a.dice.uniform(0, 2))
        made.kept = world_remaining(a, made)
        a.spend(a.dice.choice([1, 2]))


def world_remaining(a: Attacker, made: Move) -> int:
    """What the programme says is left of a purchase."""
    return a.world.state.purchases[f"shop/{made.key}"].remaining


STRATEGIES: dict[str, Callable[[Attacker], None]] = {
    strategy.__name__: strategy
    for strategy in (
        buy_spend_refund,
        refund_in_parts,
        refund_then_rebuy,
        own_friends_chain,
        milestones_with_refunds,
        hold_and_void,
        spend_and_cancel,
        late_purchases,
        block_and_unblock,
        move_between_parents,
        fill_the_limit,
        refund_before_purchase,
    )
}
