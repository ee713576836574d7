"""The yardstick for levels: a batch of purchases that pay the buyer and eight cards above, by hand, with UNNEST."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.benchmarks import handwritten_batch as batch
from tests.benchmarks.handwritten import body

Order = tuple[int, str, str, datetime]
# A reward: level, campaign, revision, slot, percent.
Share = tuple[int, int, int, str, int]

LOCK = batch.LOCK.replace("chain.depth < 1", "chain.depth < 8").replace(
    "SELECT id, status", "SELECT id, parent_id"
)
REWARDS = """
    INSERT INTO loyalty_reward (event_id, campaign_id, revision_id, slot, card_id, level, effect, currency_id,
        purchase_id, base, requested, granted, reversed, forgiven, cut_reason, policy, terms, occurred_at, created_at)
    SELECT v.event, v.campaign, v.revision, v.slot::uuid, v.card, v.level, 'credit', %s, v.purchase, v.base, v.points,
        v.points, 0, 0, '', 'proportional', %s::jsonb, v.at, %s
    FROM UNNEST(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::int[], %s::bigint[],
        %s::bigint[], %s::bigint[], %s::timestamptz[])
        AS v(event, campaign, revision, slot, card, level, purchase, base, points, at) RETURNING id"""


def buy_all(
    connection: psycopg.Connection[Any],
    program: int,
    currency: int,
    shares: Sequence[Share],
    trace: str,
    orders: Sequence[Order],
) -> None:
    """Record the purchases, commit, process them, commit."""
    now = datetime.now(UTC)
    bodies = [body(card, at, total) for card, _key, total, at in orders]
    told = [
        [key for _card, key, _total, _at in orders],
        [order[0] for order in orders],
        [order[3] for order in orders],
        [payload for payload, _digest in bodies],
        [digest for _payload, digest in bodies],
    ]
    connection.execute(batch.EVENTS_IN, [program, now, *told])
    waiting = [row[0] for row in connection.execute(batch.WAITING, [program, len(orders)]).fetchall()]
    with connection.transaction():
        _process(connection, program, currency, shares, json.loads(trace), list(set(waiting)), now)


def _process(
    connection: psycopg.Connection[Any],
    program: int,
    currency: int,
    shares: Sequence[Share],
    trace: dict[str, Any],
    cards: list[int],
    now: datetime,
) -> None:
    run = connection.execute
    claimed = [row[0] for row in run(batch.CLAIM, [now, cards]).fetchall()]
    events = run(batch.EVENTS, [claimed]).fetchall()
    locked = {row[0]: [row[1], row[2], row[3]] for row in run(LOCK, [claimed]).fetchall()}
    horizon = max(row[3] for row in events)
    held = {
        row[0]: [row[1], row[2]] for row in run(batch.WALLETS, [horizon, horizon, list(locked)]).fetchall()
    }
    run(batch.REFERRALS, [claimed]).fetchall()
    told, rewards, traces = [], [], []
    for number, (pk, key, buyer, at, payload) in enumerate(events):
        cents = int(payload["total"].replace(".", ""))
        locked[buyer][1] += 1
        locked[buyer][2] += cents
        line, above = [buyer], locked[buyer][0]
        while above is not None and len(line) < 9:
            line.append(above)
            above = locked[above][0]
        given = []
        for level, campaign, revision, slot, percent in shares:
            points, card = cents * percent // 10_000, line[level]
            wallet = held.setdefault(card, [0, at])
            wallet[0] += points
            wallet[1] = max(wallet[1], at)
            rewards.append((pk, campaign, revision, slot, card, level, number, cents, points, at))
            given.append(
                trace["rewards"][level]
                | {"card": card, "requested": points, "granted": points, "level": level}
            )
        told.append((key, buyer, pk, at, cents))
        traces.append(json.dumps(trace | {"rewards": given}))
    changed = sorted({row[1] for row in told})
    run(batch.CARDS, [changed, [locked[pk][1] for pk in changed], [locked[pk][2] for pk in changed]])
    columns = [list(column) for column in zip(*told, strict=True)]
    purchases = [row[0] for row in run(batch.PURCHASES, [program, *columns]).fetchall()]
    run(batch.EVALUATIONS, [now, columns[2], traces])
    rows = [list(column) for column in zip(*rewards, strict=True)]
    rows[6] = [purchases[number] for number in rows[6]]
    reward_pks = [row[0] for row in run(REWARDS, [currency, "{}", now, *rows]).fetchall()]
    paid = sorted(set(rows[4]))
    balances = [paid, [held[pk][0] for pk in paid], [held[pk][1] for pk in paid]]
    wallets = {card: pk for pk, card in run(batch.WALLETS_OUT, [currency, *balances]).fetchall()}
    wallet_pks = [wallets[card] for card in rows[4]]
    run(batch.LOTS, [wallet_pks, reward_pks, rows[8], rows[9]])
    run(batch.ENTRIES, [now, wallet_pks, rows[0], rows[8], rows[9], reward_pks])
    run(batch.DONE, [columns[2]])
