"""Merged cards (S29): what moved is the same on both sides, and who went is a pointer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class TransfersSumToNothing(Invariant):
    """What one wallet gives the other gets."""

    key = "loyalty.transfers_sum_to_nothing"
    label = _("What a merge of cards or its end moves between wallets sums to nothing in each currency.")
    subject = "event"
    sql = """
        SELECT DISTINCT e.event_id FROM {ledgerentry} e JOIN {wallet} w ON w.id = e.wallet_id
        WHERE e.kind = 'transfer' GROUP BY e.event_id, w.currency_id
        HAVING SUM(e.available) <> 0 OR SUM(e.pending) <> 0 OR SUM(e.held) <> 0 OR SUM(e.debt) <> 0"""


class LotsCarryOn(Invariant):
    """A lot that was moved keeps its dates and its currency, and what earned it."""

    key = "loyalty.lots_carry_on"
    label = _(
        "A lot that carries on another has its dates, and stands in another card's wallet of the currency."
    )
    subject = "lot"
    sql = """
        SELECT l.id FROM {lot} l JOIN {lot} o ON o.id = l.origin_id
        JOIN {wallet} w ON w.id = l.wallet_id JOIN {wallet} v ON v.id = o.wallet_id
        WHERE l.reward_id IS NOT NULL OR w.currency_id <> v.currency_id OR w.card_id = v.card_id
            OR l.amount > o.amount OR l.earned_at <> o.earned_at OR l.available_at <> o.available_at
            OR COALESCE(l.expires_at, l.earned_at) <> COALESCE(o.expires_at, o.earned_at)"""


class MergedAsTold(Invariant):
    """The pointer is a copy of the merge in force."""

    key = "loyalty.merged_as_told"
    label = _("A card is merged into the one that its merge in force names, and into none without one.")
    subject = "card"
    sql = """
        SELECT c.id FROM {card} c JOIN {cardmerge} m ON m.merged_id = c.id AND m.undone_id IS NULL
        WHERE COALESCE(c.merged_into_id, 0) <> m.survivor_id
        UNION
        SELECT c.id FROM {card} c LEFT JOIN {cardmerge} m ON m.merged_id = c.id AND m.undone_id IS NULL
        WHERE c.merged_into_id IS NOT NULL AND m.id IS NULL
        UNION
        SELECT c.id FROM {card} c JOIN {card} s ON s.id = c.merged_into_id WHERE s.program_id <> c.program_id"""


class MergedHasNothing(Invariant):
    """Whatever comes into the wallet of a merged card goes on to the survivor."""

    key = "loyalty.merged_has_nothing"
    label = _("The wallets of a merged card are empty.")
    subject = "wallet"
    sql = """
        SELECT w.id FROM {card} c JOIN {wallet} w ON w.card_id = c.id
        WHERE c.merged_into_id IS NOT NULL AND (w.available <> 0 OR w.pending <> 0 OR w.held <> 0 OR w.debt <> 0)"""


class MergedHasNoChildren(Invariant):
    """Children moved with the merge, and nobody becomes a child of a pointer."""

    key = "loyalty.merged_has_no_children"
    label = _("No card stands below a merged card.")
    subject = "card"
    sql = """
        SELECT c.id FROM {card} p JOIN {card} c ON c.parent_id = p.id WHERE p.merged_into_id IS NOT NULL"""
