"""The rule engine. Pure: it reads and changes plain objects, never the database.

A host's `loyalty_rules` module imports from here what it declares rules with.
"""

from loyalty.rules.base import (
    Action,
    Amount,
    Asking,
    Condition,
    Fact,
    LoadRequest,
    Need,
    Occasion,
    Outcome,
    Quote,
    Result,
    Settings,
)
from loyalty.rules.events import EventState, FollowUp, PurchaseState
from loyalty.rules.kinds.base import EventKind, Needs
from loyalty.rules.phrases import Clause, Progress, Telling
from loyalty.rules.registry import (
    register_action,
    register_amount,
    register_condition,
    register_event_kind,
    register_fact,
)

__all__ = [
    "Action",
    "Amount",
    "Asking",
    "Clause",
    "Condition",
    "EventKind",
    "EventState",
    "Fact",
    "FollowUp",
    "LoadRequest",
    "Need",
    "Needs",
    "Occasion",
    "Outcome",
    "Progress",
    "PurchaseState",
    "Quote",
    "Result",
    "Settings",
    "Telling",
    "register_action",
    "register_amount",
    "register_condition",
    "register_event_kind",
    "register_fact",
]
