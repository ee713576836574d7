"""The stock admin: lists to look at, and searches. The books change by events, so nothing is edited here."""

from loyalty.admin import (  # noqa: F401
    campaigns,
    cards,
    days,
    events,
    idempotency,
    ledger,
    outbox,
    programs,
    purchases,
    rewards,
    schedules,
    segments,
)
from loyalty.admin.dashboard import page as dashboard_page  # noqa: F401
