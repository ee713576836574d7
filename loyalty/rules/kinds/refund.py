"""A refund: part or all of a purchase went back (S16 to S21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import PurchaseAlreadyRefunded, PurchaseNotFound, RefundLineUnknown, RefundTooLarge
from loyalty.money import to_decimal_string, to_minor
from loyalty.rules.events import EventState, LineState, PurchaseState, purchase_key
from loyalty.rules.kinds.base import EventKind, Needs, Parked
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.state import ProgramRules, RefundState, State


class RefundKind(EventKind):
    """Payload: `purchase`, and either `amount`, or `lines` (position, amount), or neither: all that is left."""

    kind = "loyalty.refund"
    label = _("Refund")
    triggers = False
    about_purchase = True
    climbs = True

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        reader.text("purchase", required=True)
        amount = reader.amount("amount", decimals=program.decimals, minimum=1)
        lines, positions = [], set()
        for number, raw in reader.items("lines"):
            line = PayloadReader(raw, kind=self.kind, path=f"lines[{number}].", problems=reader.problems)
            position = line.rest.pop("position", None)
            if (
                not isinstance(position, int)
                or isinstance(position, bool)
                or position < 0
                or position in positions
            ):
                line.refuse("position", "invalid_position", "Give the position of a line, from 0, each once.")
            positions.add(position)
            line.amount("amount", decimals=program.decimals, minimum=1)
            lines.append({"position": position} | line.finish())
        if lines and amount is not None:
            reader.refuse("amount", "amount_and_lines", "Give an amount or lines, not both.")
        if lines:
            reader.values["lines"] = lines
        return reader.done()

    def purchase_key(self, source: str, key: str, payload: Mapping[str, Any]) -> str:
        return purchase_key(source, payload["purchase"])

    def needs(self, event: EventState, needs: Needs) -> None:
        needs.purchases.add(event.purchase_key)
        needs.refunds = True

    def apply(self, state: State, event: EventState) -> None:
        purchase = state.purchases.get(event.purchase_key)
        if purchase is None:
            raise Parked
        if event.card_id is None or self._is_of_merged(state, event.card_id, purchase.card_id):
            event.card_id, event.note = purchase.card_id, {"card_was_unknown": True}
        if event.card_id != purchase.card_id:
            raise PurchaseNotFound
        by_line = self._by_line(event, purchase, state.program.decimals)
        amount = sum(by_line.values()) if by_line else self._amount(event, purchase, state.program.decimals)
        event.purchase, event.before = purchase, purchase.remaining
        purchase.remaining -= amount
        for line in purchase.lines:
            line.remaining -= by_line.get(line.position, 0)
        card = state.cards[purchase.card_id]
        card.spent_total -= amount
        card.purchases_count -= purchase.remaining == 0
        card.dirty = True
        state.touched_purchases[purchase.key] = purchase
        state.refunds.append(RefundState(purchase, event, amount, by_line))

    def _is_of_merged(self, state: State, card_id: int, buyer_id: int) -> bool:
        """S29: whoever names the one of two merged cards means the other as well."""
        return card_id != buyer_id and state.survivor_id(card_id) == state.survivor_id(buyer_id)

    def _amount(self, event: EventState, purchase: PurchaseState, decimals: int) -> int:
        if purchase.remaining == 0:
            raise PurchaseAlreadyRefunded
        asked = event.payload.get("amount")
        amount = purchase.remaining if asked is None else to_minor(asked, decimals)
        if amount > purchase.remaining:
            raise RefundTooLarge(
                asked=to_decimal_string(amount, decimals),
                remaining=to_decimal_string(purchase.remaining, decimals),
            )
        return amount

    def _by_line(self, event: EventState, purchase: PurchaseState, decimals: int) -> dict[int, int]:
        named = event.payload.get("lines", ())
        if not named:
            return spread(self._amount(event, purchase, decimals), purchase.lines)
        lines = {line.position: line for line in purchase.lines}
        taken = {}
        for item in named:
            line = lines.get(item["position"])
            if line is None:
                raise RefundLineUnknown(position=item["position"])
            if line.remaining == 0 and line.amount:
                raise PurchaseAlreadyRefunded
            amount = line.remaining if "amount" not in item else to_minor(item["amount"], decimals)
            if amount > line.remaining:
                raise RefundTooLarge(
                    asked=to_decimal_string(amount, decimals),
                    remaining=to_decimal_string(line.remaining, decimals),
                )
            taken[line.position] = amount
        if not sum(taken.values()):
            raise PurchaseAlreadyRefunded
        return taken


def spread(amount: int, lines: list[LineState]) -> dict[int, int]:
    """An amount over lines pro rata to what is left of each (S17): whole units, the rest to the largest remainders."""
    left = sum(line.remaining for line in lines)
    if not left:
        return {}
    parts = {line.position: amount * line.remaining // left for line in lines}
    short = amount - sum(parts.values())
    by_rest = sorted(lines, key=lambda line: (-(amount * line.remaining % left), line.position))
    for line in by_rest[:short]:
        parts[line.position] += 1
    return parts
