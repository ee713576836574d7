"""Limits: what is counted as used is what rewards use, and never more than was ever allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant
from loyalty.models import Program
from loyalty.processing.campaigns import campaign_book
from loyalty.rules.limits import counter_prefix

_USES = {
    "sqlite": """
        SELECT json_extract(u.value, '$[0]') AS key, json_extract(u.value, '$[1]') AS measure,
            r.granted - r.reversed AS kept, r.forgiven, CAST(COALESCE(json_extract(u.value, '$[2]'), 1) AS bigint) AS price,
            CAST(COALESCE(json_extract(u.value, '$[3]'), 1) AS bigint) AS per
        FROM {reward} r, json_each(r.terms, '$.limits') u""",
    "postgresql": """
        SELECT u.value ->> 0 AS key, u.value ->> 1 AS measure, r.granted - r.reversed AS kept, r.forgiven,
            COALESCE(u.value ->> 2, '1')::bigint AS price, COALESCE(u.value ->> 3, '1')::bigint AS per
        FROM {reward} r CROSS JOIN LATERAL jsonb_array_elements(r.terms -> 'limits') u""",
}


class LimitUsed(Invariant):
    """S21: "times" is given back by a reward that is wholly reversed, "amount" and "cost" by every reversal.

    What was forgiven stays used (ADR 13). The cost is rounded up to the minor unit of money, at the price of the day of
    the grant (ADR 12).
    """

    key = "loyalty.limit_used"
    label = _("What is used of a limit is what the rewards that it counted use.")
    subject = "limit counter"
    sql = """
        SELECT key FROM (
            SELECT key, CASE WHEN measure = 'amount' THEN kept + forgiven
                WHEN measure = 'cost' THEN ((kept + forgiven) * price + per - 1) / per
                WHEN kept > 0 THEN 1 ELSE 0 END AS recounted, 0 AS used
            FROM ({uses}) one
            UNION ALL SELECT key, 0, used FROM {limitcounter}
        ) both_sides GROUP BY key HAVING SUM(recounted) <> SUM(used)"""

    def statement(self, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        uses = _USES.get(connection.vendor, _USES["postgresql"])
        return self.fill(self.sql.replace("{uses}", uses), connection), ()


class LimitWithinMaximum(Invariant):
    """R9. A limit may have been lowered since, so the highest maximum that was ever published counts."""

    key = "loyalty.limit_within_maximum"
    label = _("No limit is used beyond the highest maximum that was ever published for it.")
    subject = "limit counter"
    sql = """
        WITH allowed(campaign_id, prefix, most) AS (VALUES {rows})
        SELECT c.key FROM {limitcounter} c
        JOIN allowed a ON a.campaign_id = c.campaign_id AND substr(c.key, 1, length(a.prefix)) = a.prefix
        GROUP BY c.key, c.used HAVING c.used > MAX(a.most)"""

    def statement(self, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        # A row that allows nothing of nobody, so that there is always one.
        rows = [(0, "", 0), *_maxima()]
        row = "(CAST(%s AS bigint), CAST(%s AS text), CAST(%s AS bigint))"
        sql = self.sql.replace("{rows}", ", ".join([row] * len(rows)))
        return self.fill(sql, connection), [value for values in rows for value in values]


def _maxima() -> Iterator[tuple[int, str, int]]:
    """Each published limit: its campaign, how the keys of its counters begin, its maximum."""
    for program in Program.objects.order_by("pk"):
        for campaign in campaign_book(program).limited:
            for limit in campaign.limits:
                prefix = counter_prefix(program_slug=program.slug, campaign_key=campaign.key, limit=limit)
                yield campaign.pk or 0, prefix, limit.maximum
