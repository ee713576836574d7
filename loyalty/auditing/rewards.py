"""Rewards: what was granted is in the ledger, what was taken back left it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class RewardEarned(Invariant):
    """A reward that gives an amount has one earning and one lot, of that amount, on its own card and currency."""

    key = "loyalty.reward_has_its_earning"
    label = _("Each reward has its earning and its lot, of the granted amount, in the recipient's wallet.")
    subject = "reward"
    sql = """
        SELECT r.id FROM {reward} r
        LEFT JOIN (
            SELECT reward_id, COUNT(*) AS number, SUM(available + pending) AS amount, MIN(wallet_id) AS wallet_id,
                MIN(event_id) AS event_id
            FROM {ledgerentry} WHERE kind = 'earn' GROUP BY reward_id
        ) e ON e.reward_id = r.id
        LEFT JOIN {wallet} w ON w.id = e.wallet_id
        LEFT JOIN {lot} l ON l.reward_id = r.id
        WHERE r.effect <> 'emit_event' AND NOT (
            COALESCE(e.number, 0) = 1 AND e.amount = r.granted AND e.event_id = r.event_id
            AND w.card_id = r.card_id AND w.currency_id = r.currency_id
            AND COALESCE(l.amount, 0) = r.granted AND l.wallet_id = w.id
        )"""


class EarningHasReward(Invariant):
    """Nothing is earned but by a reward."""

    key = "loyalty.earning_has_its_reward"
    label = _("Each earning has its reward.")
    subject = "ledger entry"
    sql = """
        SELECT e.id FROM {ledgerentry} e LEFT JOIN {reward} r ON r.id = e.reward_id
        WHERE e.kind = 'earn' AND (r.id IS NULL OR r.effect = 'emit_event')"""


class RewardWithinGranted(Invariant):
    """Never more back than was given, never more given than was asked."""

    key = "loyalty.reward_within_granted"
    label = _("Of a reward no more is taken back than was granted, and no more granted than asked.")
    subject = "reward"
    sql = """
        SELECT id FROM {reward}
        WHERE reversed < 0 OR reversed > granted OR granted <= 0 OR granted > requested
            OR forgiven < 0 OR forgiven > reversed"""


class RewardReversed(Invariant):
    """S19: what was taken back left the wallet, became debt, had expired before, or was forgiven."""

    key = "loyalty.reward_reversal_posted"
    label = _("What was taken back of a reward left the wallet, became debt, had expired, or was forgiven.")
    subject = "reward"
    sql = """
        WITH RECURSIVE carried(reward_id, lot_id, expired_reversed) AS (
            SELECT o.reward_id, l.id, l.expired_reversed FROM {lot} l JOIN {lot} o ON o.id = l.origin_id
            WHERE o.reward_id IS NOT NULL
            UNION
            SELECT c.reward_id, l.id, l.expired_reversed FROM {lot} l JOIN carried c ON l.origin_id = c.lot_id
        )
        SELECT r.id FROM {reward} r
        LEFT JOIN {lot} l ON l.reward_id = r.id
        LEFT JOIN (
            SELECT reward_id, SUM(expired_reversed) AS expired_reversed FROM carried GROUP BY reward_id
        ) x ON x.reward_id = r.id
        LEFT JOIN (
            SELECT reward_id, SUM(debt - available - pending) AS taken FROM {ledgerentry}
            WHERE kind = 'reverse' GROUP BY reward_id
        ) e ON e.reward_id = r.id
        WHERE r.effect <> 'emit_event'
            AND r.reversed <> COALESCE(e.taken, 0) + COALESCE(l.expired_reversed, 0)
                + COALESCE(x.expired_reversed, 0) + r.forgiven"""


class RewardOfRefundedPurchase(Invariant):
    """S16, S17: of a purchase that is wholly refunded nothing is kept, unless its policy says so."""

    key = "loyalty.reward_of_refunded_purchase"
    label = _("No reward is kept of a purchase that was wholly refunded.")
    subject = "reward"
    sql = """
        SELECT r.id FROM {reward} r JOIN {purchase} p ON p.id = r.purchase_id
        WHERE p.remaining = 0 AND p.total > 0 AND r.reversed < r.granted AND r.policy NOT IN ('never', 'milestone')"""


class RewardStandsOnItsSource(Invariant):
    """S15: what was given for a reward goes with it (ADR 10), unless its policy says otherwise."""

    key = "loyalty.reward_stands_on_its_source"
    label = _("No reward is kept that was given for another one which was wholly taken back.")
    subject = "reward"
    sql = """
        SELECT r.id FROM {reward} r JOIN {reward} s ON s.id = r.source_id
        WHERE s.reversed = s.granted AND r.reversed < r.granted AND r.policy NOT IN ('never', 'milestone')"""
