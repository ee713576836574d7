"""Where rows begin that were written from a moment on, for tables that have no index for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet


def first_since(rows: QuerySet[Any], field: str, moment: datetime) -> int:
    """The key after the last row whose `field` is before a moment.

    The rows must have been written in the order of `field`, up to what clocks and transactions differ. Looks through
    the newest rows backwards, so it costs about what reading them costs: whoever asks is going to.
    """
    last = rows.filter(**{f"{field}__lt": moment}).order_by("-pk").values_list("pk", flat=True).first()
    return 0 if last is None else int(last) + 1
