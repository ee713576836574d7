"""Spends and holds, by the id that the shop gave them."""

from __future__ import annotations

from loyalty.exceptions import SpendNotFound
from loyalty.models import Program, Spend


def find_spend(*, program: Program, source: str, external_id: str, held: bool) -> Spend:
    """What was spent at once under this id, or with `held` what was held first; whatever became of it since.

    Raises SpendNotFound.
    """
    kind = "loyalty.hold" if held else "loyalty.spend"
    found = Spend.objects.filter(
        event__program=program, event__source=source, event__kind=kind, event__key=external_id
    )
    spend = found.select_related("wallet__currency", "wallet__card__program").first()
    if spend is None:
        raise SpendNotFound
    return spend
