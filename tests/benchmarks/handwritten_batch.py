"""The yardstick for batches: a thousand purchases by hand, each table written in one statement with UNNEST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.benchmarks.handwritten import Campaign, body

Order = tuple[int, str, str, datetime]

EVENTS_IN = """
    INSERT INTO loyalty_event (program_id, source, kind, key, card_id, occurred_at, payload, body_hash, purchase_key,
        cascaded, status, attempts, error, recorded_at)
    SELECT %s, 'shop', 'loyalty.purchase', v.key, v.card, v.at, v.payload::jsonb, v.digest, 'shop/' || v.key,
        false, 'pending', 0, '', %s
    FROM UNNEST(%s::text[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[]) AS v(key, card, at, payload, digest)
    ON CONFLICT DO NOTHING"""
WAITING = """
    SELECT e.card_id FROM loyalty_event e LEFT JOIN loyalty_cardqueue q ON q.card_id = e.card_id
    WHERE e.program_id = %s AND e.status = 'pending' AND q.retry_at IS NULL ORDER BY e.id LIMIT %s"""
CLAIM = """
    UPDATE loyalty_cardqueue SET claimed_at = %s WHERE card_id IN (SELECT card_id FROM loyalty_cardqueue
        WHERE card_id = ANY(%s) ORDER BY card_id FOR UPDATE SKIP LOCKED) RETURNING card_id"""
EVENTS = """
    SELECT id, key, card_id, occurred_at, payload FROM loyalty_event
    WHERE card_id = ANY(%s) AND status = 'pending' ORDER BY id"""
LOCK = """
    WITH RECURSIVE chain(id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM loyalty_card WHERE id = ANY(%s) UNION
        SELECT c.id, c.parent_id, chain.depth + 1 FROM loyalty_card c JOIN chain ON c.id = chain.parent_id
        WHERE chain.depth < 1)
    SELECT id, status, purchases_count, spent_total FROM loyalty_card WHERE id IN (SELECT id FROM chain)
    ORDER BY id DESC FOR NO KEY UPDATE"""
WALLETS = """
    SELECT w.card_id, w.available, w.clock, l.id FROM loyalty_wallet w
    LEFT JOIN loyalty_lot l ON l.wallet_id = w.id AND l.remaining > 0 AND (l.expires_at <= %s
        OR (NOT l.matured AND l.available_at <= %s)) WHERE w.card_id = ANY(%s)"""
REFERRALS = """
    SELECT c.id, s.registered, s.qualified, r.* FROM loyalty_card c
    LEFT JOIN loyalty_referrals_referral r ON r.referee_id = c.id
    LEFT JOIN loyalty_referrals_referrerstats s ON s.card_id = c.id
    WHERE c.id = ANY(%s) AND (r.id IS NOT NULL OR s.card_id IS NOT NULL)"""
CARDS = """
    UPDATE loyalty_card SET purchases_count = v.count, spent_total = v.spent
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::bigint[]) AS v(id, count, spent) WHERE loyalty_card.id = v.id"""
PURCHASES = """
    INSERT INTO loyalty_purchase (program_id, source, external_id, card_id, event_id, occurred_at, channel, total, tax,
        discount, remaining)
    SELECT %s, 'shop', v.key, v.card, v.event, v.at, '', v.total, 0, 0, v.total
    FROM UNNEST(%s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[]) AS v(key, card, event, at, total)
    RETURNING id"""
EVALUATIONS = """
    INSERT INTO loyalty_evaluation (event_id, outcome, trace, processed_at)
    SELECT v.event, 'applied', v.trace::jsonb, %s FROM UNNEST(%s::bigint[], %s::text[]) AS v(event, trace)"""
REWARDS = """
    INSERT INTO loyalty_reward (event_id, campaign_id, revision_id, slot, card_id, level, effect, currency_id,
        purchase_id, base, requested, granted, reversed, forgiven, cut_reason, policy, terms, occurred_at, created_at)
    SELECT v.event, %s, %s, %s, v.card, 0, 'credit', %s, v.purchase, v.base, v.points, v.points, 0, 0, '',
        'proportional', %s::jsonb, v.at, %s
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
        AS v(event, card, purchase, base, points, at) RETURNING id"""
WALLETS_OUT = """
    INSERT INTO loyalty_wallet (card_id, currency_id, available, pending, held, debt, clock)
    SELECT v.card, %s, v.available, 0, 0, 0, v.clock
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS v(card, available, clock)
    ON CONFLICT (card_id, currency_id) DO UPDATE SET available = EXCLUDED.available, clock = EXCLUDED.clock
    RETURNING id, card_id"""
LOTS = """
    INSERT INTO loyalty_lot (wallet_id, reward_id, amount, remaining, held, expired, expired_reversed, matured,
        earned_at, available_at)
    SELECT v.wallet, v.reward, v.points, v.points, 0, 0, 0, true, v.at, v.at
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[]) AS v(wallet, reward, points, at)"""
ENTRIES = """
    INSERT INTO loyalty_ledgerentry (wallet_id, event_id, kind, available, pending, held, debt, effective_at,
        posted_at, reward_id)
    SELECT v.wallet, v.event, 'earn', v.points, 0, 0, 0, v.at, %s, v.reward
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[])
        AS v(wallet, event, points, at, reward)"""
DONE = "UPDATE loyalty_event SET status = 'processed', error = '' WHERE id = ANY(%s)"


def buy_all(
    connection: psycopg.Connection[Any], campaign: Campaign, program: int, orders: Sequence[Order]
) -> None:
    """Record the purchases, commit, process them, commit."""
    now = datetime.now(UTC)
    bodies = [body(card, at, total) for card, _key, total, at in orders]
    told = [
        [key for _card, key, _total, _at in orders],
        [order[0] for order in orders],
        [order[3] for order in orders],
    ]
    told += [[payload for payload, _digest in bodies], [digest for _payload, digest in bodies]]
    connection.execute(EVENTS_IN, [program, now, *told])
    waiting = [row[0] for row in connection.execute(WAITING, [program, len(orders)]).fetchall()]
    with connection.transaction():
        _process(connection, campaign, program, list(set(waiting)), now)


def _process(
    connection: psycopg.Connection[Any], campaign: Campaign, program: int, cards: list[int], now: datetime
) -> None:
    run = connection.execute
    claimed = [row[0] for row in run(CLAIM, [now, cards]).fetchall()]
    events = run(EVENTS, [claimed]).fetchall()
    counts = {pk: [count, spent] for pk, _status, count, spent in run(LOCK, [claimed]).fetchall()}
    horizon = max(row[3] for row in events)
    held = {row[0]: [row[1], row[2]] for row in run(WALLETS, [horizon, horizon, claimed]).fetchall()}
    run(REFERRALS, [claimed]).fetchall()
    keys, pks, buyers, moments, totals, points, traces = [], [], [], [], [], [], []
    for pk, key, card, at, payload in events:
        cents = int(payload["total"].replace(".", ""))
        earned = cents // 1000
        counts[card][0] += 1
        counts[card][1] += cents
        wallet = held.setdefault(card, [0, at])
        wallet[0] += earned
        wallet[1] = max(wallet[1], at)
        keys.append(key)
        pks.append(pk)
        buyers.append(card)
        moments.append(at)
        totals.append(cents)
        points.append(earned)
        traces.append(campaign.trace(card, payload["total"], earned))
    changed = sorted(set(buyers))
    run(CARDS, [changed, [counts[pk][0] for pk in changed], [counts[pk][1] for pk in changed]])
    purchases = [row[0] for row in run(PURCHASES, [program, keys, buyers, pks, moments, totals]).fetchall()]
    run(EVALUATIONS, [now, pks, traces])
    terms = [campaign.pk, campaign.revision, campaign.slot, campaign.currency, campaign.terms, now]
    rewards = run(REWARDS, [*terms, pks, buyers, purchases, totals, points, moments]).fetchall()
    reward_pks = [row[0] for row in rewards]
    balances = [changed, [held[pk][0] for pk in changed], [held[pk][1] for pk in changed]]
    wallets = {card: pk for pk, card in run(WALLETS_OUT, [campaign.currency, *balances]).fetchall()}
    wallet_pks = [wallets[card] for card in buyers]
    run(LOTS, [wallet_pks, reward_pks, points, moments])
    run(ENTRIES, [now, wallet_pks, pks, points, moments, reward_pks])
    run(DONE, [pks])
