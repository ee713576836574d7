"""Purchases, their lines and refunds, and what cards remember of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class PurchaseRemaining(Invariant):
    """More than was bought never comes back; what a reopening undid counts no more (S25)."""

    key = "loyalty.purchase_remaining"
    label = _("What remains of a purchase is its total less its refunds, and not below zero.")
    subject = "purchase"
    sql = """
        SELECT p.id FROM {purchase} p LEFT JOIN (
            SELECT purchase_id, SUM(amount) AS refunded FROM {refund}
            WHERE undone_id IS NULL GROUP BY purchase_id
        ) r ON r.purchase_id = p.id
        WHERE p.remaining <> p.total - COALESCE(r.refunded, 0) OR p.remaining < 0"""


class PurchaseLines(Invariant):
    """S37: what the lines of the shop leave of the total is one more line."""

    key = "loyalty.purchase_lines"
    label = _("The lines of a purchase sum to its total, and what remains of them to what remains of it.")
    subject = "purchase"
    sql = """
        SELECT p.id FROM {purchase} p JOIN (
            SELECT purchase_id, SUM(amount) AS amount, SUM(remaining) AS remaining,
                MIN(remaining) AS least, MIN(amount - remaining) AS gone
            FROM {purchaseline} GROUP BY purchase_id
        ) l ON l.purchase_id = p.id
        WHERE l.amount <> p.total OR l.remaining <> p.remaining OR l.least < 0 OR l.gone < 0"""


class PurchaseCard(Invariant):
    """A purchase and its refunds are of the card that their events are of."""

    key = "loyalty.purchase_card"
    label = _("A purchase and its refunds belong to the card of their events.")
    subject = "purchase"
    sql = """
        SELECT p.id FROM {purchase} p JOIN {event} e ON e.id = p.event_id
        WHERE e.card_id IS NULL OR e.card_id <> p.card_id OR e.program_id <> p.program_id
        UNION
        SELECT p.id FROM {refund} r JOIN {purchase} p ON p.id = r.purchase_id JOIN {event} e ON e.id = r.event_id
        WHERE e.card_id IS NULL OR e.card_id <> p.card_id"""


class CardPurchases(Invariant):
    """The counters that decisions read."""

    key = "loyalty.card_purchases"
    label = _("A card counts the purchases of which something remains, and what remains of them.")
    subject = "card"
    sql = """
        SELECT c.id FROM {card} c LEFT JOIN (
            SELECT card_id, SUM(CASE WHEN remaining > 0 THEN 1 ELSE 0 END) AS kept, SUM(remaining) AS spent
            FROM {purchase} GROUP BY card_id
        ) p ON p.card_id = c.id
        WHERE c.purchases_count <> COALESCE(p.kept, 0) OR c.spent_total <> COALESCE(p.spent, 0)"""
