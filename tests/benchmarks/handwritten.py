"""The yardstick: one purchase with one reward by hand in psycopg, the same rows in as many statements as ours.

No ORM, no engine: prepared statements, and the one campaign there is written out in Python.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import psycopg

EVENT = """
    INSERT INTO loyalty_event (program_id, source, kind, key, card_id, occurred_at, payload, body_hash, purchase_key,
        cascaded, status, attempts, error, recorded_at)
    VALUES (%s, 'shop', 'loyalty.purchase', %s, %s, %s, %s::jsonb, %s, %s, false, 'pending', 0, '', %s)
    ON CONFLICT DO NOTHING RETURNING id"""
CARD_OF = """
    SELECT n.id, n.retired_at, c.*, p.* FROM loyalty_cardnumber n JOIN loyalty_card c ON c.id = n.card_id
    JOIN loyalty_program p ON p.id = c.program_id WHERE n.program_id = %s AND n.number = %s"""
CLAIM = """
    UPDATE loyalty_cardqueue SET claimed_at = %s WHERE card_id IN (SELECT card_id FROM loyalty_cardqueue
        WHERE card_id = %s AND (retry_at IS NULL OR retry_at <= %s) FOR UPDATE SKIP LOCKED) RETURNING card_id"""
EVENTS = """
    SELECT id, source, kind, key, card_id, occurred_at, payload, purchase_key, attempts FROM loyalty_event
    WHERE card_id = %s AND status = 'pending' ORDER BY id"""
LOCK = """
    WITH RECURSIVE chain(id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM loyalty_card WHERE id = %s UNION
        SELECT c.id, c.parent_id, chain.depth + 1 FROM loyalty_card c JOIN chain ON c.id = chain.parent_id
        WHERE chain.depth < 1)
    SELECT id, status, purchases_count, spent_total FROM loyalty_card WHERE id IN (SELECT id FROM chain)
    ORDER BY id DESC FOR NO KEY UPDATE"""
WALLETS = """
    SELECT w.id, w.available, w.pending, w.held, w.debt, w.clock, l.id, l.remaining FROM loyalty_wallet w
    LEFT JOIN loyalty_lot l ON l.wallet_id = w.id AND l.remaining > 0 AND (l.expires_at <= %s
        OR (NOT l.matured AND l.available_at <= %s)) WHERE w.card_id = %s"""
REFERRALS = """
    SELECT c.id, s.registered, s.qualified, r.* FROM loyalty_card c
    LEFT JOIN loyalty_referrals_referral r ON r.referee_id = c.id
    LEFT JOIN loyalty_referrals_referrerstats s ON s.card_id = c.id WHERE c.id = %s"""
CARD = "UPDATE loyalty_card SET purchases_count = %s, spent_total = %s WHERE id = %s"
PURCHASE = """
    INSERT INTO loyalty_purchase (program_id, source, external_id, card_id, event_id, occurred_at, channel, total, tax,
        discount, remaining) VALUES (%s, 'shop', %s, %s, %s, %s, '', %s, 0, 0, %s) RETURNING id"""
EVALUATION = """
    INSERT INTO loyalty_evaluation (event_id, outcome, trace, processed_at) VALUES (%s, 'applied', %s::jsonb, %s)"""
REWARD = """
    INSERT INTO loyalty_reward (event_id, campaign_id, revision_id, slot, card_id, level, effect, currency_id,
        purchase_id, base, requested, granted, reversed, forgiven, cut_reason, policy, terms, occurred_at, created_at)
    VALUES (%s, %s, %s, %s, %s, 0, 'credit', %s, %s, %s, %s, %s, 0, 0, '', 'proportional', %s::jsonb, %s, %s)
    RETURNING id"""
WALLET = """
    INSERT INTO loyalty_wallet (card_id, currency_id, available, pending, held, debt, clock)
    VALUES (%s, %s, %s, 0, 0, 0, %s) ON CONFLICT (card_id, currency_id) DO UPDATE
    SET available = EXCLUDED.available, clock = EXCLUDED.clock RETURNING id"""
LOT = """
    INSERT INTO loyalty_lot (wallet_id, reward_id, amount, remaining, held, expired, expired_reversed, matured,
        earned_at, available_at) VALUES (%s, %s, %s, %s, 0, 0, 0, true, %s, %s) RETURNING id"""
ENTRY = """
    INSERT INTO loyalty_ledgerentry (wallet_id, event_id, kind, available, pending, held, debt, effective_at,
        posted_at, reward_id) VALUES (%s, %s, 'earn', %s, 0, 0, 0, %s, %s, %s) RETURNING id"""
DONE = "UPDATE loyalty_event SET status = 'processed', error = '' WHERE id = %s"


class Campaign:
    """The one campaign, and what it writes about a purchase: 10 % of purchases of at least 1.00."""

    def __init__(self, *, pk: int, revision: int, key: str, slot: Any, currency: int, terms: str) -> None:
        self.pk, self.revision, self.key, self.slot = pk, revision, key, slot
        self.currency, self.terms = currency, terms

    def trace(self, card: int, total: str, points: int) -> str:
        """What was asked and what was given."""
        asked = {
            "kind": "loyalty.purchase_total",
            "result": "pass",
            "code": "ok",
            "expected": {"minimum": "1.00"},
            "actual": total,
        }
        given = {
            "campaign": self.key,
            "slot": "main",
            "card": card,
            "level": 0,
            "currency": "points",
            "requested": points,
            "granted": points,
        }
        looked_at = {"campaign": self.key, "code": "ok", "groups": [[asked]]}
        return json.dumps({"campaigns": [looked_at], "rewards": [given]})


def body(card: int, at: datetime, total: str) -> tuple[str, str]:
    """The payload and the hash of the body."""
    payload = {"total": total}
    text = json.dumps([card, at.isoformat(), payload], sort_keys=True, separators=(",", ":"))
    return json.dumps(payload), hashlib.sha256(text.encode()).hexdigest()


def buy(
    connection: psycopg.Connection[Any],
    campaign: Campaign,
    program: int,
    number: str,
    key: str,
    total: str,
    at: datetime,
) -> None:
    """Record and process one purchase in one transaction: 15 statements, as `record_purchase` inline."""
    run, now = connection.execute, datetime.now(UTC)
    card = run(CARD_OF, [program, number]).fetchone()[2]
    payload, digest = body(card, at, total)
    with connection.transaction():
        run(EVENT, [program, key, card, at, payload, digest, f"shop/{key}", now])
        run(CLAIM, [now, card, now]).fetchall()
        (event, *_rest) = run(EVENTS, [card]).fetchone()
        (_card, _status, count, spent), *_above = run(LOCK, [card]).fetchall()
        wallet = run(WALLETS, [at, at, card]).fetchone()
        run(REFERRALS, [card]).fetchall()
        cents = int(total.replace(".", ""))
        points = cents // 1000
        run(CARD, [count + 1, spent + cents, card])
        (purchase,) = run(PURCHASE, [program, key, card, event, at, cents, cents]).fetchone()
        run(EVALUATION, [event, campaign.trace(card, total, points), now])
        row = [event, campaign.pk, campaign.revision, campaign.slot, card, campaign.currency, purchase]
        (reward,) = run(REWARD, [*row, cents, points, points, campaign.terms, at, now]).fetchone()
        available = (wallet[1] if wallet else 0) + points
        clock = max(wallet[5], at) if wallet else at
        (wallet_pk,) = run(WALLET, [card, campaign.currency, available, clock]).fetchone()
        run(LOT, [wallet_pk, reward, points, points, at, at])
        run(ENTRY, [wallet_pk, event, points, clock, now, reward])
        run(DONE, [event])
