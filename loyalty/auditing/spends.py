"""Spends and holds: each ends once, and what it says is what its entries did."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class HoldEndsOnce(Invariant):
    """Held first: captured or voided, once. Spent at once: never held."""

    key = "loyalty.hold_ends_once"
    label = _("Each hold ends once, and an open one has not ended.")
    subject = "spend"
    sql = """
        SELECT s.id FROM {spend} s LEFT JOIN (
            SELECT spend_id, SUM(CASE WHEN kind = 'spend' THEN 1 ELSE 0 END) AS spent,
                SUM(CASE WHEN kind = 'hold' THEN 1 ELSE 0 END) AS begun,
                SUM(CASE WHEN kind = 'capture' THEN 1 ELSE 0 END) AS captured,
                SUM(CASE WHEN kind = 'void' THEN 1 ELSE 0 END) AS voided
            FROM {ledgerentry} WHERE spend_id IS NOT NULL GROUP BY spend_id
        ) e ON e.spend_id = s.id
        WHERE NOT CASE
            WHEN e.spend_id IS NULL THEN 0 = 1
            WHEN s.status = 'held' THEN e.spent = 0 AND e.begun = 1 AND e.captured = 0 AND e.voided = 0
            WHEN s.status = 'voided' THEN e.spent = 0 AND e.begun = 1 AND e.captured = 0 AND e.voided = 1
            ELSE e.voided = 0 AND e.begun = e.captured AND e.spent + e.begun = 1 END"""


class SpendAmounts(Invariant):
    """`captured` and `returned` are copies of what entries did; cancelled is who got everything back."""

    key = "loyalty.spend_amounts"
    label = _("What a spend took and gave back is what its entries did.")
    subject = "spend"
    sql = """
        SELECT s.id FROM {spend} s LEFT JOIN (
            SELECT spend_id, -SUM(CASE WHEN kind = 'return' THEN 0 ELSE available + held END) AS taken,
                SUM(CASE WHEN kind = 'return' THEN available ELSE 0 END) AS returned
            FROM {ledgerentry} WHERE spend_id IS NOT NULL GROUP BY spend_id
        ) e ON e.spend_id = s.id
        WHERE s.captured <> COALESCE(e.taken, 0) OR s.returned <> COALESCE(e.returned, 0)
            OR s.captured > s.amount OR s.returned > s.captured
            OR (s.status = 'cancelled') <> (s.captured > 0 AND s.returned = s.captured)
            OR (s.status IN ('held', 'voided')) <> (s.captured = 0)"""


class SpendWallet(Invariant):
    """A spend's entries are in its own wallet."""

    key = "loyalty.spend_wallet"
    label = _("A spend's entries are in the wallet that it was spent from.")
    subject = "spend"
    sql = """
        SELECT DISTINCT s.id FROM {spend} s JOIN {ledgerentry} e ON e.spend_id = s.id
        WHERE e.wallet_id <> s.wallet_id"""
