"""Where rows begin that were written from a moment on: found by halving their keys, so that no index is kept for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max, Min, QuerySet


def first_since(rows: QuerySet[Any], field: str, moment: datetime) -> int:
    """The key of the first row whose `field` is at or after a moment; one past the last key where there is none.

    The rows must have been written in the order of `field`, up to what clocks differ. Some twenty looks at one row each.
    """
    bounds = rows.order_by().aggregate(low=Min("pk"), high=Max("pk"))
    if bounds["low"] is None:
        return 0
    low, high = int(bounds["low"]), int(bounds["high"]) + 1
    looks = rows.order_by("pk").values_list("pk", field)
    while low < high:
        middle = (low + high) // 2
        # Rolled back transactions leave gaps between keys.
        row = looks.filter(pk__gte=middle).first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low
