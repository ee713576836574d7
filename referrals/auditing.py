"""What must hold of referrals, checked by `manage.py loyalty_check`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.auditing import Invariant


class StatisticsAreRecounted(Invariant):
    """ "Referred N clients" reads a counter; this counts the friends themselves."""

    key = "referrals.statistics"
    label = _("A referrer's statistics count the friends who registered and those who qualified.")
    subject = "card"
    sql = """
        SELECT card_id FROM (
            SELECT referrer_id AS card_id, COUNT(*) AS registered,
                SUM(CASE WHEN qualifying_purchases > 0 THEN 1 ELSE 0 END) AS qualified
            FROM {loyalty_referrals_referral} WHERE counted AND referrer_id IS NOT NULL GROUP BY referrer_id
            UNION ALL
            SELECT card_id, -registered, -qualified FROM {loyalty_referrals_referrerstats}
        ) both_sides GROUP BY card_id HAVING SUM(registered) <> 0 OR SUM(qualified) <> 0"""


class QualifyingPurchasesAreRecounted(Invariant):
    """S9: what remains of a purchase is enough, and it happened at or after the registration."""

    key = "referrals.qualifying_purchases"
    label = _("A friend's qualifying purchases are those that qualify now.")
    subject = "referral"
    sql = """
        SELECT r.id FROM {loyalty_referrals_referral} r LEFT JOIN {purchase} p
            ON p.card_id = r.referee_id AND p.remaining >= r.minimum AND p.occurred_at >= r.registered_at
        GROUP BY r.id, r.qualifying_purchases HAVING r.qualifying_purchases <> COUNT(p.id)"""


class ReferrerIsTheParent(Invariant):
    """S26, S28: both are written together, and a move by staff moves both. Nobody refers themselves."""

    key = "referrals.referrer_is_parent"
    label = _("A friend's referrer is the friend's parent card, of the same program, and not the friend.")
    subject = "referral"
    sql = """
        SELECT r.id FROM {loyalty_referrals_referral} r JOIN {card} c ON c.id = r.referee_id
        WHERE COALESCE(r.referrer_id, 0) <> COALESCE(c.parent_id, 0) OR r.referrer_id = r.referee_id
            OR r.program_id <> c.program_id"""


class QualifiedNamesItsPurchase(Invariant):
    """Whoever reads "qualified" finds the purchase that it rests on."""

    key = "referrals.qualified_by"
    label = _("A qualified friend names one of its own purchases, and no other friend names one.")
    subject = "referral"
    sql = """
        SELECT r.id FROM {loyalty_referrals_referral} r LEFT JOIN {purchase} p
            ON p.card_id = r.referee_id AND p.program_id = r.program_id
            AND r.qualified_by = p.source || '/' || p.external_id
        WHERE (r.qualifying_purchases > 0) <> (p.id IS NOT NULL) OR (r.qualifying_purchases > 0) <> (r.qualified_by <> '')
            OR (r.status = 'qualified') <> (r.counted AND r.qualifying_purchases > 0)"""


class VisitIsOfTheLink(Invariant):
    """A click on one member's link brings nobody to another one."""

    key = "referrals.visit_of_link"
    label = _("A visit that brought a friend was made by the link of their referral, in the same program.")
    subject = "referral"
    sql = """
        SELECT r.id FROM {loyalty_referrals_referral} r JOIN {loyalty_referrals_visit} v ON v.id = r.visit_id
        WHERE r.link_id IS NULL OR v.link_id <> r.link_id OR v.program_id <> r.program_id"""
