"""What must hold in the books whatever happened, each a statement that names what breaks it."""

from __future__ import annotations

from collections import Counter

from django.db import connection

from loyalty.models import Event, LedgerEntry, Program, Purchase, Reward, Wallet

_BROKEN = {
    "a wallet that is not the sum of its entries": """
        SELECT w.id FROM loyalty_wallet w LEFT JOIN loyalty_ledgerentry e ON e.wallet_id = w.id GROUP BY w.id
        HAVING w.available <> COALESCE(SUM(e.available), 0) OR w.pending <> COALESCE(SUM(e.pending), 0)
            OR w.held <> COALESCE(SUM(e.held), 0) OR w.debt <> COALESCE(SUM(e.debt), 0)""",
    "a wallet that is not the sum of its open lots": """
        SELECT w.id FROM loyalty_wallet w LEFT JOIN loyalty_lot l ON l.wallet_id = w.id GROUP BY w.id
        HAVING w.available + w.pending + w.held <> COALESCE(SUM(l.remaining + l.held), 0)""",
    "a lot from which more or less was taken than is missing": """
        SELECT l.id FROM loyalty_lot l LEFT JOIN loyalty_lotallocation a ON a.lot_id = l.id GROUP BY l.id
        HAVING l.amount - l.remaining <> COALESCE(SUM(a.amount), 0)""",
    "a processed event without its evaluation": """
        SELECT e.id FROM loyalty_event e LEFT JOIN loyalty_evaluation v ON v.event_id = e.id
        WHERE (e.status = 'processed') <> (v.id IS NOT NULL)""",
    "a reward without its lot or entry": """
        SELECT r.id FROM loyalty_reward r LEFT JOIN loyalty_lot l ON l.reward_id = r.id
        LEFT JOIN loyalty_ledgerentry e ON e.reward_id = r.id AND e.kind = 'earn'
        WHERE r.effect = 'credit' GROUP BY r.id, l.id HAVING l.id IS NULL OR COUNT(e.id) <> 1""",
    "a purchase event without its purchase": """
        SELECT e.id FROM loyalty_event e LEFT JOIN loyalty_purchase p ON p.event_id = e.id
        WHERE e.kind = 'loyalty.purchase' AND (e.status = 'processed') <> (p.id IS NOT NULL)""",
    "a card that counts its purchases wrongly": """
        SELECT c.id FROM loyalty_card c LEFT JOIN loyalty_purchase p ON p.card_id = c.id AND p.remaining > 0
        GROUP BY c.id HAVING c.purchases_count <> COUNT(p.id) OR c.spent_total <> COALESCE(SUM(p.remaining), 0)""",
    "a limit that counts its grants wrongly": """
        SELECT l.id FROM loyalty_limitcounter l LEFT JOIN loyalty_reward r ON r.campaign_id = l.campaign_id
            AND (l.card_id IS NULL OR r.card_id = l.card_id)
        WHERE l.key LIKE '%|amount|%' AND l.period = ''
        GROUP BY l.id HAVING l.used <> COALESCE(SUM(r.granted - r.reversed), 0)""",
}


def problems() -> dict[str, list[int]]:
    """Each kind of damage with the keys of the damaged rows."""
    found = {}
    with connection.cursor() as cursor:
        for name, sql in _BROKEN.items():
            cursor.execute(sql)
            if rows := [row[0] for row in cursor.fetchall()]:
                found[name] = rows
    return found


def balances(program: Program) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """The buckets of each wallet by the host's key of the card and the currency; empty wallets are left out."""
    rows = Wallet.objects.filter(card__program=program).values_list(
        "card__external_id", "currency__code", "available", "pending", "held", "debt"
    )
    return {
        (card or "", code): (a, p, h, d) for card, code, a, p, h, d in rows if (a, p, h, d) != (0, 0, 0, 0)
    }


def grants(program: Program) -> Counter[tuple[str, str, str, int]]:
    """What was granted: purchase, campaign, card, amount; with how often."""
    return Counter(
        Reward.objects.filter(event__program=program).values_list(
            "event__key", "campaign__key", "card__external_id", "granted"
        )
    )


def tally(program: Program) -> dict[str, int]:
    """How many rows there are of what may not be lost or doubled."""
    return {
        "events": Event.objects.filter(program=program).count(),
        "processed": Event.objects.filter(program=program, status="processed").count(),
        "purchases": Purchase.objects.filter(program=program).count(),
        "rewards": Reward.objects.filter(event__program=program).count(),
        "entries": LedgerEntry.objects.filter(event__program=program).count(),
    }


def out_of_order() -> list[int]:
    """Cards whose events were not processed in the order (occurred_at, inbox number) (S3)."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT DISTINCT card_id FROM (
                SELECT e.card_id, v.id AS place, e.cascaded,
                       LAG(v.id) OVER (PARTITION BY e.card_id ORDER BY e.occurred_at, e.id) AS before
                FROM loyalty_event e JOIN loyalty_evaluation v ON v.event_id = e.id WHERE NOT e.cascaded
            ) ordered WHERE before > place""")
        return [row[0] for row in cursor.fetchall()]
