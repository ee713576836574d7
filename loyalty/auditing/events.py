"""The inbox: what was processed left its rows, and nothing lies about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant
from loyalty.conf import loyalty_settings
from loyalty.models import Event


class ProcessedHasEvaluation(Invariant):
    """R3: the mark and the work are of one transaction."""

    key = "loyalty.event_evaluated"
    label = _("Each processed event has its evaluation, and no other event has one.")
    subject = "event"
    sql = """
        SELECT e.id FROM {event} e LEFT JOIN {evaluation} v ON v.event_id = e.id
        WHERE (e.status = 'processed') <> (v.id IS NOT NULL)"""


class AppliedHasRows(Invariant):
    """What an applied event is about was written with it, and nothing else was."""

    key = "loyalty.event_rows"
    label = _(
        "Each applied purchase, refund, spend, hold and correction has its row, and no other event has one."
    )
    subject = "event"
    sql = """
        SELECT e.id FROM {event} e
        LEFT JOIN {evaluation} v ON v.event_id = e.id
        LEFT JOIN {purchase} p ON p.event_id = e.id
        LEFT JOIN {refund} r ON r.event_id = e.id
        LEFT JOIN {spend} s ON s.event_id = e.id
        LEFT JOIN {adjustment} a ON a.event_id = e.id
        WHERE (p.id IS NOT NULL) <> (e.kind = 'loyalty.purchase' AND COALESCE(v.outcome, '') = 'applied')
            OR (r.id IS NOT NULL) <> (e.kind = 'loyalty.refund' AND COALESCE(v.outcome, '') = 'applied')
            OR (s.id IS NOT NULL)
                <> (e.kind IN ('loyalty.spend', 'loyalty.hold') AND COALESCE(v.outcome, '') = 'applied')
            OR (a.id IS NOT NULL) <> (e.kind = 'loyalty.adjusted' AND COALESCE(v.outcome, '') = 'applied')"""


class LedgerStandsOnEvents(Invariant):
    """Nothing is in the books by an event that was not processed."""

    key = "loyalty.ledger_of_processed_events"
    label = _("Entries and rewards are of processed events.")
    subject = "event"
    sql = """
        SELECT e.id FROM {event} e WHERE e.status <> 'processed' AND (
            EXISTS (SELECT 1 FROM {ledgerentry} l WHERE l.event_id = e.id)
            OR EXISTS (SELECT 1 FROM {reward} r WHERE r.event_id = e.id)
        )"""


class NothingIsStuck(Invariant):
    """Somebody must drain the inbox."""

    key = "loyalty.event_not_stuck"
    label = _("No event has been pending for longer than LOYALTY[“STUCK_AFTER_HOURS”].")
    subject = "event"
    sql = "SELECT id FROM {event} WHERE status = 'pending' AND recorded_at < %s"

    def statement(self, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        since = timezone.now() - timedelta(hours=loyalty_settings.STUCK_AFTER_HOURS)
        value = Event._meta.get_field("recorded_at").get_db_prep_value(since, connection)
        return self.fill(self.sql, connection), [value]
