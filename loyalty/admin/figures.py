"""Numbers as people read them in their language."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def decimal_text(text: str | None) -> str:
    """A decimal string in the reader's language, with all of its decimals; a dash for none."""
    if text is None:
        return "–"
    decimals = len(text.partition(".")[2])
    return number_format(Decimal(text), decimals, use_l10n=True, force_grouping=True)


def percent_text(text: str | None) -> str:
    """A percentage in the reader's language."""
    return "–" if text is None else _("%(number)s %%") % {"number": decimal_text(text)}
