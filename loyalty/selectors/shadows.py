"""What campaigns in shadow mode would have given: summed up from the traces of their events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty.models import Evaluation
from loyalty.money import to_decimal_string
from loyalty.selectors.balances import fresh_rules
from loyalty.selectors.programs import ProgramLike, get_program

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class ShadowTotal:
    """One campaign in one currency: how often, to how many members, what was asked for and what limits would have left.

    Amounts are decimal strings. Limits stand where real rewards left them: a shadow uses none up.
    """

    campaign: str
    currency: str | None
    times: int
    members: int
    requested: str
    granted: str


def get_shadow_totals(
    *, program: ProgramLike = None, since: datetime | None = None, until: datetime | None = None
) -> list[ShadowTotal]:
    """The totals of events from `since` to before `until`, by campaign and currency.

    Read from the traces, so only as far back as traces are kept (LOYALTY["TRACE_DAYS"]). Refunds take nothing off.
    """
    where = get_program(program)
    rules = fresh_rules(where.pk)
    rows = Evaluation.objects.filter(event__program=where, trace__has_key="shadow")
    if since is not None:
        rows = rows.filter(event__occurred_at__gte=since)
    if until is not None:
        rows = rows.filter(event__occurred_at__lt=until)
    sums: dict[tuple[str, str | None], list[int]] = {}
    members: dict[tuple[str, str | None], set[int]] = {}
    for (told,) in rows.order_by("pk").values_list("trace__shadow").iterator(chunk_size=_CHUNK):
        for one in told:
            key = (one["campaign"], one["currency"])
            total = sums.setdefault(key, [0, 0, 0])
            for place, more in enumerate((1, one["requested"], one["granted"])):
                total[place] += more
            members.setdefault(key, set()).add(one["card"])
    return [
        ShadowTotal(
            campaign=campaign,
            currency=currency,
            times=times,
            members=len(members[campaign, currency]),
            requested=to_decimal_string(requested, decimals),
            granted=to_decimal_string(granted, decimals),
        )
        for (campaign, currency), (times, requested, granted) in sorted(
            sums.items(), key=lambda item: (item[0][0], item[0][1] or "")
        )
        for decimals in [rules.currencies[currency].decimals if currency else 0]
    ]
