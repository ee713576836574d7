"""Cards: the tree has no circle, and what a card says of itself is what its history says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant


class TreeHasNoCircle(Invariant):
    """R8. Whoever cannot be reached from a card without a parent is in a circle or below one."""

    key = "loyalty.tree_has_no_circle"
    label = _("Following parent cards upwards ends; parent and child are of one program.")
    subject = "card"
    sql = """
        WITH RECURSIVE reached(id) AS (
            SELECT id FROM {card} WHERE parent_id IS NULL
            UNION ALL
            SELECT c.id FROM {card} c JOIN reached r ON c.parent_id = r.id
        )
        SELECT c.id FROM {card} c LEFT JOIN reached r ON r.id = c.id WHERE r.id IS NULL
        UNION
        SELECT c.id FROM {card} c JOIN {card} p ON p.id = c.parent_id WHERE p.program_id <> c.program_id"""


class ParentIsTheLastTold(Invariant):
    """S28: history is kept."""

    key = "loyalty.parent_history"
    label = _("A card's parent is the one that its history names last.")
    subject = "card"
    sql = """
        SELECT c.id FROM {card} c JOIN (
            SELECT card_id, MAX(id) AS last FROM {parentchange} GROUP BY card_id
        ) l ON l.card_id = c.id JOIN {parentchange} h ON h.id = l.last
        WHERE COALESCE(c.parent_id, 0) <> COALESCE(h.new_parent_id, 0)"""


class StatusIsTheLatest(Invariant):
    """S13: the history of statuses by date; of two at one instant the one told later holds."""

    key = "loyalty.status_history"
    label = _("A card's status is the latest of its history, and without one it is active.")
    subject = "card"
    sql = """
        SELECT c.id FROM {card} c LEFT JOIN (
            SELECT card_id, status, ROW_NUMBER() OVER (PARTITION BY card_id ORDER BY since DESC, id DESC) AS place
            FROM {cardstatuschange}
        ) h ON h.card_id = c.id AND h.place = 1
        WHERE c.status <> COALESCE(h.status, 'active')"""
