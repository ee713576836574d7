"""Numbers as they are written in the active language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import formats

from loyalty.rules.fields import is_plain_number


def localised(value: Any) -> Any:
    """A stored number such as "2.5" in the active language; what is no number stays as it is."""
    return formats.localize_input(Decimal(value)) if is_plain_number(value) else value
