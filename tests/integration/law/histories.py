"""Whole scenes, drawn from a seed, with a number of their steps and campaigns left out; and the inbox of a scene."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from loyalty.processing.inbox import NewEvent
from tests.integration.law.campaigns import campaign, everyday, plain, rivals, segment
from tests.integration.law.dice import Dice
from tests.integration.law.events import beginning, money, story
from tests.integration.law.rules import BIRTHDAYS, REGIONS, SEGMENTS
from tests.integration.law.scene import START, CardPlan, Scene, Step

_SPENDS = ("loyalty.spend", "loyalty.hold")
_SEEDS = st.integers(0, 2**63)

CURRENCIES: dict[str, list[dict[str, Any]]] = {
    "points": [
        {"decimals": 0, "worth": "0.5"},
        {"decimals": 0, "hold": "P3D", "validity": "P10D", "worth": "0.0333"},
        {"decimals": 0, "validity": "P1M", "clawback": "within_balance", "worth": "7.3"},
        {"decimals": 0, "hold": "P7D", "worth": "1"},
    ],
    "credit": [
        {"decimals": 2, "hold": "P1D", "validity": "P5D", "expires_end_of_day": True},
        {"decimals": 2, "clawback": "within_balance", "hold": "P2D"},
    ],
    "status": [{"decimals": 1, "spendable": False, "validity": "P20D"}],
}


def scene_of(seed: int, *, most_steps: int = 24, kind: str | None = None) -> Scene:
    """The scene that a seed makes; with `kind`, one whose only campaign asks a condition of that kind."""
    dice = Dice(seed)
    codes = dice.one([["points"], ["points", "credit"], ["credit", "points"], ["points", "status"]])
    cards = dice.one([5, 4, 4, 3, 2, 1])
    plans = tuple(
        CardPlan(
            enrolled=dice.one([0, 0, -5, 2, -364, -1828]),
            attributes=tuple(
                (name, since, dice.one(values))
                for name, values in (("region", REGIONS), ("birthday", BIRTHDAYS))
                for since in dice.one([(), (), (-1,), (-1, 5)])
            ),
            listed=tuple(
                ("listed", since, is_member)
                for since, is_member in dice.one([(), ((-9, True),), ((2, True),), ((-9, True), (4, False))])
            ),
        )
        for _number in range(cards)
    )
    number = 1 if kind else dice.number(2, 6)
    favourite = dice.one([cards - 1, *range(cards)])
    return Scene(
        zone=dice.one(["UTC", "Europe/Moscow", "America/New_York"]),
        currencies=tuple({"code": code, **dice.one(CURRENCIES[code])} for code in codes),
        batches=tuple(dice.number(2, 6) for _number in range(3)),
        cards=plans,
        campaigns=(
            *(
                plain(dice, f"campaign-{one}", codes[0])
                if not one and not kind and dice.chance(1, 2)
                else campaign(dice, f"campaign-{one}", codes, kind)
                for one in range(number)
            ),
            *([everyday(dice, codes[0])] if not kind and dice.chance(3, 4) else []),
            *(rivals(dice, codes[0]) if not kind and dice.chance(1, 4) else []),
        ),
        segments=tuple(segment(dice, key) for key in SEGMENTS),
        steps=(
            *beginning(dice, cards),
            *itertools.chain.from_iterable(
                story(dice, cards, favourite)
                for _number in range(dice.number(most_steps // 3, most_steps * 2 // 3))
            ),
        ),
    )


@st.composite
def scenes(draw: Any, most_steps: int = 24, kind: str | None = None) -> Scene:
    """A scene and what is left out of it: a seed cannot be shrunk, so a failing scene shrinks by leaving out more.

    One draw each: Hypothesis likes to repeat parts of what it drew, and would try few seeds many times.
    """
    scene = scene_of(draw(_SEEDS), most_steps=most_steps, kind=kind)
    number = len(scene.steps) + len(scene.campaigns)
    kept = [byte >= 8 for byte in draw(st.binary(min_size=number, max_size=number))]
    return replace(
        scene,
        steps=tuple(itertools.compress(scene.steps, kept)),
        campaigns=tuple(itertools.compress(scene.campaigns, kept[len(scene.steps) :])),
    )


def inbox(scene: Scene, cards: Sequence[int]) -> list[list[NewEvent]]:
    """The events that tell of the history, in the order of the inbox; `cards` are the keys of its cards.

    A list for each time that the inbox is filled: what is in one arrives when the one before has been processed.
    """
    told = _Told(scene, cards)
    moment, fillings = START, [[]]
    for number, one in enumerate(scene.steps):
        moment += timedelta(hours=one.gap)
        event = told.tell(number, one, moment - timedelta(days=one.late))
        if one.arrives_later and fillings[-1]:
            fillings.append([])
        if event is not None:
            fillings[-1].append(event)
    return fillings


class _Told:
    """How a step is told to the inbox."""

    def __init__(self, scene: Scene, cards: Sequence[int]) -> None:
        self.scene, self.cards = scene, cards

    def tell(self, number: int, step: Step, at: datetime) -> NewEvent | None:
        name = step.kind.rpartition(".")[2]
        body = getattr(self, f"_{name}", self._plain)(step, at)
        if body is None:
            return None
        source, card, payload = body
        return NewEvent(source, step.kind, self._key(number, step), card, at, payload)

    def _key(self, number: int, step: Step) -> str:
        """A hold right after a spend takes the spend's key, as a host may that numbers them apart."""
        before = self.scene.steps[number - 1]
        if step.kind == "loyalty.hold" and number and before.kind == "loyalty.spend":
            return self._key(number - 1, before)
        return f"{step.kind.rpartition('.')[2]}-{number}"

    def _find(self, kinds: Sequence[str], step: Step) -> tuple[int, Step] | None:
        """What an event is about: mostly one of the latest of its kind, at times one that is still to come."""
        here = next(n for n, one in enumerate(self.scene.steps) if one is step)
        fitting = [(n, one) for n, one in enumerate(self.scene.steps) if one.kind in kinds]
        before = [item for item in fitting if item[0] < here]
        if before and step.which < 6:
            return before[-1 - step.which % 3 % len(before)]
        return fitting[step.which % len(fitting)] if fitting else None

    def _plain(self, step: Step, at: datetime) -> Any:
        return step.source, self.cards[step.card], step.values

    def _refund(self, step: Step, at: datetime) -> Any:
        found = self._find(("loyalty.purchase",), step)
        if found is None:
            return None
        number, bought = found
        card: int | None = self.cards[bought.card]
        if step.is_other_card:
            card = None if step.which % 2 else self.cards[step.card]
        payload: dict[str, Any] = {"purchase": f"purchase-{number}"}
        if "amount" in step.values:
            payload["amount"] = money(step.values["amount"])
        if "lines" in step.values:
            payload["lines"] = [
                {"position": position, **({"amount": money(part)} if part else {})}
                for position, part in step.values["lines"]
            ]
        return bought.source, card, payload

    def _purchase_reopened(self, step: Step, at: datetime) -> Any:
        found = self._find(("loyalty.purchase",), step)
        if found is None:
            return None
        number, bought = found
        card = self.cards[step.card if step.is_other_card else bought.card]
        return bought.source, card, {"purchase": f"purchase-{number}"}

    def _parent_changed(self, step: Step, at: datetime) -> Any:
        parent = step.values["parent"]
        payload: dict[str, Any] = {"parent": None if parent is None else self.cards[parent % len(self.cards)]}
        if step.values["method"] and payload["parent"] is not None:
            payload["link"] = {"code": "ABC", "method": step.values["method"], "link": None}
        return step.source, self.cards[step.card], payload

    def _card_merged(self, step: Step, at: datetime) -> Any:
        return (
            step.source,
            self.cards[step.card],
            {"merged": self.cards[step.values["merged"] % len(self.cards)]},
        )

    def _cards_parted(self, step: Step, at: datetime) -> Any:
        found = self._find(("loyalty.card_merged",), step)
        if found is None:
            return None
        survivor, merged = found[1].card, found[1].values["merged"] % len(self.cards)
        if step.is_other_card:
            survivor = step.card
        return step.source, self.cards[survivor], {"merged": self.cards[merged]}

    def _spend(self, step: Step, at: datetime) -> Any:
        return step.source, self.cards[step.card], self._amount(step)

    _adjusted = _spend

    def _hold(self, step: Step, at: datetime) -> Any:
        until = at + timedelta(days=step.values["days"])
        return step.source, self.cards[step.card], {**self._amount(step), "expires_at": until.isoformat()}

    def _amount(self, step: Step) -> dict[str, Any]:
        currency = self.scene.currencies[step.values["currency"] % len(self.scene.currencies)]
        return {"currency": currency["code"], "amount": str(step.values["amount"])}

    def _hold_captured(self, step: Step, at: datetime) -> Any:
        found = self._find(_SPENDS, step)
        if found is None:
            return None
        number, spent = found
        payload = {"spend": self._key(number, spent)}
        if step.values.get("amount"):
            payload["amount"] = str(step.values["amount"])
        card = step.card if step.is_other_card else spent.card
        return spent.source, self.cards[card], payload

    _hold_voided = _hold_captured
    _spend_cancelled = _hold_captured
