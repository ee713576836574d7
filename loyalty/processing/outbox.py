"""Telling what is committed: messages of the outbox go out as After signals, each at least once."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial

from django.apps import apps
from django.db import connections, models, router, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from loyalty.conf import loyalty_settings
from loyalty.models import OutboxMessage
from loyalty.signals import TOPICS, LoyaltySignal

logger = logging.getLogger("loyalty.outbox")

MAX_ATTEMPTS = 5


def relay(*, limit: int | None = None) -> int:
    """Send what is unsent, oldest first; answers how many messages were sent.

    Several relays share the work: each takes rows that no other holds. A message whose receivers raise is
    tried once in a run and in five runs at most; then it stays unsent, for a person to look at.
    """
    sent, last = 0, 0
    batch = loyalty_settings.OUTBOX_BATCH
    while limit is None or sent < limit:
        size = batch if limit is None else min(batch, limit - sent)
        delivered, seen = _relay_batch(after=last, size=size)
        sent += delivered
        if seen is None:
            break
        last = seen
    return sent


def relay_now(pks: Collection[int]) -> int:
    """Send these messages at once, right after the commit that wrote them; what fails is left to `relay`.

    Never raises: whoever committed has nothing to do with it.
    """
    try:
        return _relay_batch(pks=pks, size=len(pks))[0]
    except Exception:
        logger.exception("Messages of the outbox could not be sent at once; the next relay sends them.")
        return 0


def _relay_batch(*, size: int, after: int = 0, pks: Collection[int] | None = None) -> tuple[int, int | None]:
    """Send up to `size` messages, marked sent in the same transaction; (how many, key of the last seen)."""
    using = router.db_for_write(OutboxMessage)
    rows = OutboxMessage.objects.using(using).filter(sent_at=None, attempts__lt=MAX_ATTEMPTS, pk__gt=after)
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    with transaction.atomic(using=using):
        features = connections[using].features
        unheld = rows.order_by("pk").select_for_update(
            skip_locked=features.has_select_for_update_skip_locked,
            no_key=features.has_select_for_no_key_update,
        )
        taken = list(unheld[:size])
        sent = [row.pk for row in taken if _deliver(row, using)]
        failed = {row.pk for row in taken} - set(sent)
        messages = OutboxMessage.objects.using(using)
        if sent:
            messages.filter(pk__in=sent).update(sent_at=timezone.now(), attempts=F("attempts") + 1)
        if failed:
            messages.filter(pk__in=failed).update(attempts=F("attempts") + 1)
    return len(sent), taken[-1].pk if taken else None


def _deliver(row: OutboxMessage, using: str) -> bool:
    """Call the receivers in a savepoint: False when one of them raised, or nobody knows the topic.

    What the others did stays, and they are called again with the next attempt: `message_id` tells them.
    """
    signal = TOPICS.get(row.topic)
    if signal is None:
        logger.error("Message %d has the topic %r, which no app registers.", row.pk, row.topic)
        return False
    try:
        with transaction.atomic(using=using):
            answers = signal.send_robust(
                OutboxMessage, message=dict(row.payload), message_id=row.pk, **_instances(signal, row)
            )
    except Exception:
        # A receiver met a database error: the savepoint is gone, and what the receivers did with it.
        logger.exception("Message %d (%s) could not be delivered.", row.pk, row.topic)
        return False
    # Django has logged what they raised.
    return not any(isinstance(answer, Exception) for _receiver, answer in answers)


def _instances(signal: LoyaltySignal, row: OutboxMessage) -> dict[str, object]:
    """The objects that the message names, each loaded when a receiver first uses it."""
    return {
        field: SimpleLazyObject(partial(_load, model, row.payload[field]))
        for field, model in signal.instances.items()
        if row.payload.get(field) is not None
    }


def _load(model: str, pk: object) -> models.Model:
    found: models.Model = apps.get_model(model)._default_manager.get(pk=pk)
    return found
