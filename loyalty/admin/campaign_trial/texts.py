"""Cards and those who receive, as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from loyalty.models import CardNumber


def card_numbers(cards: Iterable[int]) -> dict[int, str]:
    """The current number of each card, by its key. One query."""
    rows = CardNumber.objects.filter(card_id__in=set(cards), retired_at=None)
    return dict(rows.values_list("card_id", "number"))


def describe_recipient(level: int) -> str:
    """Who receives, by how far above the card it stands."""
    if level == 0:
        return _("the card itself")
    if level == 1:
        return _("its parent card")
    return _("the card %(level)d levels above") % {"level": level}
