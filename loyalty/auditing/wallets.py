"""Wallets and entries: nothing appears, nothing is lost, nothing goes back in time."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class WalletSums(Invariant):
    """The stored balance is a copy of the sum of the entries."""

    key = "loyalty.wallet_sums"
    label = _("A wallet's buckets are the sums of its entries.")
    subject = "wallet"
    sql = """
        SELECT w.id FROM {wallet} w LEFT JOIN (
            SELECT wallet_id, SUM(available) AS available, SUM(pending) AS pending, SUM(held) AS held, SUM(debt) AS debt
            FROM {ledgerentry} GROUP BY wallet_id
        ) e ON e.wallet_id = w.id
        WHERE w.available <> COALESCE(e.available, 0) OR w.pending <> COALESCE(e.pending, 0)
            OR w.held <> COALESCE(e.held, 0) OR w.debt <> COALESCE(e.debt, 0)"""


class WalletNotNegative(Invariant):
    """R1."""

    key = "loyalty.wallet_not_negative"
    label = _("No bucket of a wallet is below zero.")
    subject = "wallet"
    sql = "SELECT id FROM {wallet} WHERE available < 0 OR pending < 0 OR held < 0 OR debt < 0"


class WalletNoPointsBesideDebt(Invariant):
    """S11: a debt is repaid by what becomes available before anything else."""

    key = "loyalty.wallet_no_points_beside_debt"
    label = _("No wallet has available points and a debt at once.")
    subject = "wallet"
    sql = "SELECT id FROM {wallet} WHERE available <> 0 AND debt <> 0"


class WalletLots(Invariant):
    """Bucket by bucket: what is available and pending can be drawn, what is held was drawn by open holds."""

    key = "loyalty.wallet_open_lots"
    label = _("A wallet's open lots are what is available, pending and held in it.")
    subject = "wallet"
    sql = """
        SELECT w.id FROM {wallet} w LEFT JOIN (
            SELECT wallet_id, SUM(CASE WHEN matured THEN remaining ELSE 0 END) AS available,
                SUM(CASE WHEN matured THEN 0 ELSE remaining END) AS pending, SUM(held) AS held
            FROM {lot} GROUP BY wallet_id
        ) l ON l.wallet_id = w.id
        WHERE w.available <> COALESCE(l.available, 0) OR w.pending <> COALESCE(l.pending, 0)
            OR w.held <> COALESCE(l.held, 0)"""


class WalletSettled(Invariant):
    """S1: a wallet's clock has passed nothing that is not posted."""

    key = "loyalty.wallet_settled"
    label = _("Whatever fell due by a wallet's clock has matured, expired or ended.")
    subject = "wallet"
    sql = """
        SELECT w.id FROM {wallet} w JOIN {lot} l ON l.wallet_id = w.id
        WHERE l.remaining > 0 AND ((NOT l.matured AND l.available_at <= w.clock) OR (l.matured AND l.expires_at <= w.clock))
        UNION
        SELECT w.id FROM {wallet} w JOIN {spend} s ON s.wallet_id = w.id
        WHERE s.status = 'held' AND s.expires_at <= w.clock"""


class EntriesInOrder(Invariant):
    """S1: a wallet's clock never runs back, so neither do its entries; and none is beyond the clock."""

    key = "loyalty.entries_in_order"
    label = _("A wallet's entries take effect in the order of posting, none after its clock.")
    subject = "ledger entry"
    sql = """
        SELECT e.id FROM (
            SELECT id, wallet_id, effective_at,
                LAG(effective_at) OVER (PARTITION BY wallet_id ORDER BY id) AS before
            FROM {ledgerentry}
        ) e JOIN {wallet} w ON w.id = e.wallet_id
        WHERE e.effective_at < e.before OR e.effective_at > w.clock"""


class EntriesMoveRight(Invariant):
    """Which buckets a kind of entry can move, and in which direction."""

    key = "loyalty.entries_by_kind"
    label = _("Each entry moves the buckets that its kind can move.")
    subject = "ledger entry"
    sql = """
        SELECT id FROM {ledgerentry} WHERE NOT CASE kind
            WHEN 'earn' THEN available >= 0 AND pending >= 0 AND held = 0 AND debt = 0 AND (available = 0 OR pending = 0)
            WHEN 'mature' THEN available > 0 AND pending = -available AND held = 0 AND debt = 0
            WHEN 'expire' THEN available < 0 AND pending = 0 AND held = 0 AND debt = 0
            WHEN 'repay' THEN available < 0 AND pending = 0 AND held = 0 AND debt = available
            WHEN 'spend' THEN available < 0 AND pending = 0 AND held = 0 AND debt = 0
            WHEN 'hold' THEN available < 0 AND pending = 0 AND held = -available AND debt = 0
            WHEN 'capture' THEN available >= 0 AND pending = 0 AND held < 0 AND available < -held AND debt = 0
            WHEN 'void' THEN available > 0 AND pending = 0 AND held = -available AND debt = 0
            WHEN 'return' THEN available > 0 AND pending = 0 AND held = 0 AND debt = 0
            WHEN 'reverse' THEN available <= 0 AND pending <= 0 AND held = 0 AND debt >= 0
            WHEN 'adjust' THEN pending = 0 AND held = 0 AND debt = 0
            WHEN 'transfer' THEN held = 0 AND ((available >= 0 AND pending >= 0 AND debt >= 0)
                OR (available <= 0 AND pending <= 0 AND debt <= 0))
            ELSE 0 = 1 END"""
