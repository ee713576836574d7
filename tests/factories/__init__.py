"""Rows for tests, written past the services: a state as it may stand in the database, not how it came about."""

from tests.factories.books import (
    AdjustmentFactory,
    EventFactory,
    LedgerEntryFactory,
    LotAllocationFactory,
    LotFactory,
    PurchaseFactory,
    PurchaseLineFactory,
    RefundFactory,
    SpendFactory,
    WalletFactory,
)
from tests.factories.campaigns import (
    CampaignActionFactory,
    CampaignFactory,
    CampaignPublicationFactory,
    CampaignRevisionFactory,
    LimitCounterFactory,
    OutboxMessageFactory,
    RewardFactory,
    SchedulePresenceFactory,
    ScheduleRunFactory,
)
from tests.factories.cards import (
    CardAttributeFactory,
    CardFactory,
    CardNumberFactory,
    CardQueueFactory,
    CurrencyFactory,
    ProgramFactory,
    UserFactory,
)
from tests.factories.moments import DAY, START
from tests.factories.requests import IdempotencyKeyFactory
from tests.factories.segments import SegmentFactory, SegmentMemberFactory, SegmentRevisionFactory

__all__ = [
    "DAY",
    "START",
    "AdjustmentFactory",
    "CampaignActionFactory",
    "CampaignFactory",
    "CampaignPublicationFactory",
    "CampaignRevisionFactory",
    "CardAttributeFactory",
    "CardFactory",
    "CardNumberFactory",
    "CardQueueFactory",
    "CurrencyFactory",
    "EventFactory",
    "IdempotencyKeyFactory",
    "LedgerEntryFactory",
    "LimitCounterFactory",
    "LotAllocationFactory",
    "LotFactory",
    "OutboxMessageFactory",
    "ProgramFactory",
    "PurchaseFactory",
    "PurchaseLineFactory",
    "RefundFactory",
    "RewardFactory",
    "SchedulePresenceFactory",
    "ScheduleRunFactory",
    "SegmentFactory",
    "SegmentMemberFactory",
    "SegmentRevisionFactory",
    "SpendFactory",
    "UserFactory",
    "WalletFactory",
]
