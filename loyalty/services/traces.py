"""How long traces are kept: the rows of evaluations stay for ever, since their keys are the order of processing (S4).

Evaluations are written in the order of their keys and lose their traces in the same order, so both ends of what is to
be emptied are found by halving, a look at one row each: no index is kept for it, which every event would pay for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import router
from django.db.models import Max, Min, Q, QuerySet

from loyalty.conf import loyalty_settings
from loyalty.models import Evaluation

_CHUNK = 1_000
# What one run empties at most, so that it ends; the next one goes on from there.
_MOST = 200_000

Rows = QuerySet[Evaluation]


def prune_traces(*, at: datetime, most: int = _MOST) -> int:
    """Empty the traces of evaluations processed more than LOYALTY["TRACE_DAYS"] days before `at`; answers how many.

    At most `most` in one run, a chunk in a transaction: stopped anywhere, the next run goes on. Two at once do no harm.
    """
    days = loyalty_settings.TRACE_DAYS
    if days is None:
        return 0
    rows = Evaluation.objects.using(router.db_for_write(Evaluation)).order_by("pk")
    before = at - timedelta(days=days)
    # Clocks of workers differ a little, so that each row is asked again when it is emptied.
    end = _first(rows, lambda row: row[1] >= before)
    start = _first(rows, lambda row: not row[2])
    pruned = 0
    while start is not None and pruned < most:
        due = rows.filter(pk__gte=start, trace__isnull=False, processed_at__lt=before)
        due = due if end is None else due.filter(pk__lt=end)
        keys = list(due.values_list("pk", flat=True)[: min(_CHUNK, most - pruned)])
        if not keys:
            break
        pruned += rows.filter(pk__in=keys, trace__isnull=False).update(trace=None)
        start = keys[-1] + 1
    return pruned


def _first(rows: Rows, is_behind: Callable[[tuple[int, datetime, bool]], bool]) -> int | None:
    """From which key on the answer is yes, where all after a yes are yes too; None: there are no rows."""
    bounds = rows.aggregate(low=Min("pk"), high=Max("pk"))
    if bounds["low"] is None:
        return None
    low, high = int(bounds["low"]), int(bounds["high"]) + 1
    looks = rows.annotate(is_empty=Q(trace__isnull=True)).values_list("pk", "processed_at", "is_empty")
    while low < high:
        middle = (low + high) // 2
        # Rolled back transactions leave gaps between keys.
        row = looks.filter(pk__gte=middle).first()
        if row is None or is_behind(row):
            high = middle
        else:
            low = row[0] + 1
    return low
