"""The book: all that can happen to a wallet, as pure functions on plain objects.

Each function first touches the wallet (settles what is due up to `max(clock, at)`, S1), then changes it in
memory and appends to `wallet.entries`; `drain` hands the changes to the one writer. `event` is whatever the
caller passes as the cause of the entries. A refusal raises a LoyaltyError with nothing changed but for that
settling; a ValueError or an AssertionError is a mistake of the caller.

Between calls every bucket is >= 0, a wallet never has points available and a debt at once, and the open lots
of a complete wallet sum to its available, pending and held.
"""

from loyalty.ledger.clawback import claw_back
from loyalty.ledger.earning import adjust, earn
from loyalty.ledger.lots import (
    Allocation,
    Clawback,
    CurrencyRules,
    Drained,
    Draw,
    Entry,
    EntryKind,
    Lot,
    Spend,
    SpendStatus,
    Wallet,
    drain,
)
from loyalty.ledger.settling import expiring, touch
from loyalty.ledger.spending import cancel, capture, hold, spend, void
from loyalty.ledger.transferring import move_back, settle_both, transfer

__all__ = [
    "Allocation",
    "Clawback",
    "CurrencyRules",
    "Drained",
    "Draw",
    "Entry",
    "EntryKind",
    "Lot",
    "Spend",
    "SpendStatus",
    "Wallet",
    "adjust",
    "cancel",
    "capture",
    "claw_back",
    "drain",
    "earn",
    "expiring",
    "hold",
    "move_back",
    "settle_both",
    "spend",
    "touch",
    "transfer",
    "void",
]
