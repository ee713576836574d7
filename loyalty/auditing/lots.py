"""Lots: what was taken from them, by what, and when."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class LotRemaining(Invariant):
    """Every unit that is missing from a lot was taken by an entry."""

    key = "loyalty.lot_remaining"
    label = _(
        "What is left of a lot is its amount less what entries took from it, and neither below zero nor above it."
    )
    subject = "lot"
    sql = """
        SELECT l.id FROM {lot} l LEFT JOIN (
            SELECT lot_id, SUM(amount) AS taken FROM {lotallocation} GROUP BY lot_id
        ) a ON a.lot_id = l.id
        WHERE l.remaining <> l.amount - COALESCE(a.taken, 0)
            OR l.remaining < 0 OR l.held < 0 OR l.remaining + l.held > l.amount"""


class LotHeld(Invariant):
    """What is held is what open holds have drawn."""

    key = "loyalty.lot_held"
    label = _("What is held of a lot is what open holds drew from it.")
    subject = "lot"
    sql = """
        SELECT l.id FROM {lot} l LEFT JOIN (
            SELECT a.lot_id, SUM(a.amount) AS drawn
            FROM {spend} s JOIN {ledgerentry} e ON e.spend_id = s.id JOIN {lotallocation} a ON a.entry_id = e.id
            WHERE s.status = 'held' GROUP BY a.lot_id
        ) h ON h.lot_id = l.id
        WHERE l.held <> COALESCE(h.drawn, 0)"""


class LotExpired(Invariant):
    """What expired is remembered on the lot, since taking it back has no effect (S19)."""

    key = "loyalty.lot_expired"
    label = _("What expired of a lot is what entries let expire.")
    subject = "lot"
    sql = """
        SELECT l.id FROM {lot} l LEFT JOIN (
            SELECT a.lot_id, SUM(a.amount) AS expired
            FROM {ledgerentry} e JOIN {lotallocation} a ON a.entry_id = e.id
            WHERE e.kind = 'expire' GROUP BY a.lot_id
        ) x ON x.lot_id = l.id
        WHERE l.expired <> COALESCE(x.expired, 0) OR l.expired_reversed < 0 OR l.expired_reversed > l.expired"""


class LotsDrawnInTime(Invariant):
    """Debts are repaid even by what comes back too late (S2); nothing else draws from a lot out of its time."""

    key = "loyalty.lot_drawn_in_time"
    label = _("Nothing is drawn from a lot before it is available or after it expired.")
    subject = "lot"
    sql = """
        SELECT DISTINCT l.id
        FROM {lotallocation} a JOIN {ledgerentry} e ON e.id = a.entry_id JOIN {lot} l ON l.id = a.lot_id
        WHERE a.amount > 0 AND (
            (e.kind IN ('spend', 'hold', 'adjust', 'reverse', 'transfer') AND e.effective_at >= l.expires_at)
            OR (e.kind IN ('spend', 'hold', 'adjust', 'repay', 'expire') AND e.effective_at < l.available_at)
            OR (e.kind = 'expire' AND e.effective_at < l.expires_at)
        )"""


class LotsMade(Invariant):
    """Lots come from earnings, corrections upwards, and what came from another card's wallet for the first time."""

    key = "loyalty.lots_made_by_entries"
    label = _("A wallet's lots sum to what was earned, added and moved into it.")
    subject = "wallet"
    sql = """
        SELECT w.id FROM {wallet} w LEFT JOIN (
            SELECT wallet_id, SUM(amount) AS made FROM {lot} GROUP BY wallet_id
        ) l ON l.wallet_id = w.id LEFT JOIN (
            SELECT wallet_id, SUM(available + pending) AS earned FROM {ledgerentry} m
            WHERE kind = 'earn' OR (kind = 'adjust' AND available > 0)
                OR (kind = 'transfer' AND available + pending > 0
                    AND NOT EXISTS (SELECT 1 FROM {lotallocation} a WHERE a.entry_id = m.id))
            GROUP BY wallet_id
        ) e ON e.wallet_id = w.id
        WHERE COALESCE(l.made, 0) <> COALESCE(e.earned, 0)"""


class AllocationsWithinWallet(Invariant):
    """Nobody draws from another wallet's lots, and an entry takes from lots what it takes from the wallet."""

    key = "loyalty.allocations_fit"
    label = _("An entry takes from its own wallet's lots exactly what it takes from the wallet.")
    subject = "ledger entry"
    sql = """
        SELECT e.id FROM {ledgerentry} e LEFT JOIN (
            SELECT a.entry_id, SUM(a.amount) AS taken, MIN(l.wallet_id) AS lowest, MAX(l.wallet_id) AS highest
            FROM {lotallocation} a JOIN {lot} l ON l.id = a.lot_id GROUP BY a.entry_id
        ) a ON a.entry_id = e.id
        WHERE a.lowest <> e.wallet_id OR a.highest <> e.wallet_id
            OR COALESCE(a.taken, 0) <> CASE
                WHEN e.kind IN ('earn', 'mature') OR (e.kind = 'adjust' AND e.available > 0) THEN 0
                WHEN e.kind = 'transfer' AND a.entry_id IS NULL AND e.available + e.pending > 0 THEN 0
                ELSE -e.available - e.pending END"""
