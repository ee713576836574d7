"""Amounts and cards as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from loyalty.models import CardNumber


def amount_text(text: str | None) -> str:
    """A decimal string in the reader's language, with all of its decimals; a dash for none."""
    if text is None:
        return "–"
    decimals = len(text.partition(".")[2])
    return number_format(Decimal(text), decimals, use_l10n=True, force_grouping=True)


def percent_text(text: str | None) -> str:
    """A percentage in the reader's language."""
    return "–" if text is None else _("%(number)s %%") % {"number": amount_text(text)}


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
