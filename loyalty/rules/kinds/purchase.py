"""A purchase: what the shop sold to the card."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.money import to_minor
from loyalty.rules.events import EventState, LineState, PurchaseState, purchase_key
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.phrases import Telling
from loyalty.rules.state import ProgramRules, State

# As long as the columns that keep them.
_LONGEST_CHANNEL, _LONGEST_NAME = 64, 128


class PurchaseKind(EventKind):
    """Payload: `total`, and optionally `tax` and `discount` within it, `channel`, and `lines`.

    A line has `amount`, and optionally `sku`, `category`, `quantity` and `attributes`.
    """

    kind = "loyalty.purchase"
    label = _("Purchase")
    about_purchase = True

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        total = reader.amount("total", decimals=program.decimals, required=True) or 0
        tax = reader.amount("tax", decimals=program.decimals) or 0
        discount = reader.amount("discount", decimals=program.decimals) or 0
        if tax + discount > total:
            reader.refuse(
                "tax", "parts_exceed_total", "Tax and discount together cannot be more than the total."
            )
        reader.text("channel", longest=_LONGEST_CHANNEL)
        lines, summed = [], 0
        for number, raw in reader.items("lines"):
            line = PayloadReader(raw, kind=self.kind, path=f"lines[{number}].", problems=reader.problems)
            summed += line.amount("amount", decimals=program.decimals, required=True) or 0
            line.text("sku", longest=_LONGEST_NAME)
            line.text("category", longest=_LONGEST_NAME)
            line.number("quantity", default=Decimal(1))
            attributes = line.rest.pop("attributes", None)
            if attributes:
                inner = PayloadReader(
                    attributes, kind=self.kind, path=f"{line.path}attributes.", problems=reader.problems
                )
                for name in list(inner.rest):
                    if len(name) > _LONGEST_NAME or not name.isprintable():
                        inner.refuse("", "invalid_text", "Give printable names of at most 128 characters.")
                        break
                    inner.text(name)
                line.values["attributes"] = inner.finish()
            lines.append(line.finish())
        if summed > total:
            reader.refuse("lines", "lines_exceed_total", "The lines cannot sum to more than the total.")
        if lines:
            reader.values["lines"] = lines
        return reader.done()

    def purchase_key(self, source: str, key: str, payload: Mapping[str, Any]) -> str:
        return purchase_key(source, key)

    def apply(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        purchase = read_purchase(event, decimals=state.program.decimals)
        card = state.cards[event.card_id]
        card.purchases_count += purchase.remaining > 0
        card.spent_total += purchase.total
        card.dirty = True
        event.purchase = state.purchases[purchase.key] = purchase
        state.new_purchases.append(purchase)

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        named = {"who": telling.client, "what": telling.what or gettext("a purchase")}
        # Translators: %(who)s is nominative, %(what)s accusative.
        text = gettext("When you make %(what)s") if telling.by_you else gettext("When %(who)s makes %(what)s")
        return text % named


def read_purchase(event: EventState, *, decimals: int) -> PurchaseState:
    """The purchase that a purchase event tells of; what the lines leave of the total is one more line (S37)."""
    payload = event.payload
    total = to_minor(payload["total"], decimals)
    lines: list[LineState] = []
    for line in payload.get("lines", ()):
        amount = to_minor(line["amount"], decimals)
        lines.append(
            LineState(
                position=len(lines),
                amount=amount,
                remaining=amount,
                sku=line.get("sku", ""),
                category=line.get("category", ""),
                quantity=Decimal(line.get("quantity", 1)),
                attributes=line.get("attributes", {}),
            )
        )
    rest = total - sum(line.amount for line in lines)
    if lines and rest:
        lines.append(LineState(position=len(lines), amount=rest, remaining=rest))
    assert event.card_id is not None
    return PurchaseState(
        source=event.source,
        external_id=event.key,
        card_id=event.card_id,
        event=event,
        occurred_at=event.occurred_at,
        total=total,
        remaining=total,
        tax=to_minor(payload.get("tax", 0), decimals),
        discount=to_minor(payload.get("discount", 0), decimals),
        channel=payload.get("channel", ""),
        lines=lines,
        decimals=decimals,
    )
