"""Claiming cards: a queue row apart from the card, taken with SKIP LOCKED and released with the transaction (S3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connections, router
from django.db.models import Q
from django.utils import timezone

from loyalty.columns import among, array_of, table_of
from loyalty.models import CardQueue, Event
from loyalty.processing.inbox import PENDING


def waiting_cards(*, program_pk: int, limit: int) -> list[int]:
    """The cards of the `limit` oldest pending events that are not put off, in the order of the inbox."""
    now = timezone.now()
    rows = (
        Event.objects.filter(program_id=program_pk, status=PENDING)
        .filter(Q(card__queue__retry_at=None) | Q(card__queue__retry_at__lte=now))
        .order_by("pk")
        .values_list("card_id", flat=True)[:limit]
    )
    return list(dict.fromkeys(filter(None, rows)))


# Materialized: the locks are taken once, for as many rows as are wanted, whatever the planner thinks of the update.
_CLAIM = """
WITH free AS MATERIALIZED (
    SELECT q.card_id FROM UNNEST(%s::bigint[]) WITH ORDINALITY AS line(card_id, place)
    JOIN {queue} q ON q.card_id = line.card_id WHERE q.retry_at IS NULL OR q.retry_at <= %s
    ORDER BY line.place LIMIT %s FOR UPDATE OF q SKIP LOCKED
)
UPDATE {queue} SET claimed_at = %s FROM free WHERE {queue}.card_id = free.card_id RETURNING free.card_id
"""


def claim_cards(cards: Sequence[int], *, most: int, using: str | None = None) -> list[int]:
    """Take the queue rows of the first of these cards that nobody holds; they are held until the transaction ends."""
    alias = using or router.db_for_write(CardQueue)
    connection = connections[alias]
    queue = table_of(CardQueue, alias)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    if connection.features.has_select_for_update_skip_locked:
        sql, params = _CLAIM.format(queue=queue), [array_of(cards), now, most, now]
    else:
        some, keys = among(cards[:most], using=alias)
        sql = (
            f"UPDATE {queue} SET claimed_at = %s WHERE card_id {some} "
            f"AND (retry_at IS NULL OR retry_at <= %s) RETURNING card_id"
        )
        params = [now, keys, now]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        claimed = [row[0] for row in cursor.fetchall()]
    if not claimed:
        _make_missing(cards, alias)
    return claimed


def is_put_off(*, card_id: int) -> bool:
    """Whether the card waits after a failure: nobody holds it, and nobody will until then."""
    return CardQueue.objects.filter(card_id=card_id, retry_at__gt=timezone.now()).exists()


def _make_missing(cards: Collection[int], using: str) -> None:
    """Cards that were created past the services have no queue row yet: make it, to be claimed next time."""
    queues = CardQueue.objects.using(using)
    missing = set(cards) - set(queues.filter(card_id__in=cards).values_list("card_id", flat=True))
    if missing:
        queues.bulk_create([CardQueue(card_id=card_id) for card_id in sorted(missing)], ignore_conflicts=True)
