"""One file per noun; import models from here.

A foreign key has no index of its own (`db_index=False`) where a constraint or a wider index begins with it, or where
nobody looks up by it: each spared index is a write less per row.
"""

from loyalty.models.campaign import (
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignPublication,
    CampaignRevision,
)
from loyalty.models.card import (
    Card,
    CardAttribute,
    CardHolder,
    CardMerge,
    CardNumber,
    CardQueue,
    CardStatusChange,
    ParentChange,
)
from loyalty.models.day import Dashboard, DayActivity, DayMovement, DayParent, DayRefresh
from loyalty.models.event import Evaluation, Event
from loyalty.models.idempotency import IdempotencyKey
from loyalty.models.number_change import NumberChange
from loyalty.models.outbox import OutboxMessage
from loyalty.models.program import Currency, Program
from loyalty.models.purchase import Purchase, PurchaseLine, Refund
from loyalty.models.reward import LimitCounter, Reward
from loyalty.models.schedule import SchedulePresence, ScheduleRun
from loyalty.models.segment import Segment, SegmentMember, SegmentRevision
from loyalty.models.wallet import Adjustment, LedgerEntry, Lot, LotAllocation, Spend, Wallet

__all__ = [
    "Adjustment",
    "Campaign",
    "CampaignAction",
    "CampaignCondition",
    "CampaignLimit",
    "CampaignPublication",
    "CampaignRevision",
    "Card",
    "CardAttribute",
    "CardHolder",
    "CardMerge",
    "CardNumber",
    "CardQueue",
    "CardStatusChange",
    "Currency",
    "Dashboard",
    "DayActivity",
    "DayMovement",
    "DayParent",
    "DayRefresh",
    "Evaluation",
    "Event",
    "IdempotencyKey",
    "LedgerEntry",
    "LimitCounter",
    "Lot",
    "LotAllocation",
    "NumberChange",
    "OutboxMessage",
    "ParentChange",
    "Program",
    "Purchase",
    "PurchaseLine",
    "Refund",
    "Reward",
    "SchedulePresence",
    "ScheduleRun",
    "Segment",
    "SegmentMember",
    "SegmentRevision",
    "Spend",
    "Wallet",
]
