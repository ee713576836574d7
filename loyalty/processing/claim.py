"""Claiming cards: a queue row apart from the card, taken with SKIP LOCKED and released with the transaction (S3)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connections, router
from django.db.models import Q
from django.utils import timezone

from loyalty.columns import among, table_of
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


def claim_cards(cards: Collection[int], *, using: str | None = None) -> list[int]:
    """Take the queue rows of these cards that nobody holds; they are held until the transaction ends."""
    alias = using or router.db_for_write(CardQueue)
    connection = connections[alias]
    name = table_of(CardQueue, alias)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    some, keys = among(cards, using=alias)
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    sql = (
        f"UPDATE {name} SET claimed_at = %s WHERE card_id IN (SELECT card_id FROM {name} WHERE card_id {some} "
        f"AND (retry_at IS NULL OR retry_at <= %s) ORDER BY card_id {skip}) RETURNING card_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [now, keys, now])
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
