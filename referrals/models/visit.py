"""Recorded clicks on links."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from referrals.models.link import ReferralLink


class Visit(models.Model):
    """One navigation to a link, which brings one friend at most.

    Holds nothing of the person: `visitor` is drawn at random and kept in a signed cookie.
    """

    program = models.ForeignKey(
        "loyalty.Program", models.PROTECT, related_name="referral_visits", verbose_name=_("program")
    )
    link = models.ForeignKey(ReferralLink, models.PROTECT, related_name="visits", verbose_name=_("link"))
    visitor = models.CharField(_("visitor"), max_length=32)
    code = models.CharField(_("code as it came"), max_length=64)
    repaired = models.BooleanField(
        _("repaired"), default=False, help_text=_("The code was mangled, and only one card fitted.")
    )
    channel = models.CharField(_("channel"), max_length=64, blank=True)
    visited_at = models.DateTimeField(_("visited at"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-pk"]
        constraints = [
            # A visit that nobody made could be attributed to anybody.
            models.CheckConstraint(condition=~Q(visitor=""), name="loyalty_visit_has_visitor"),
        ]
        indexes = [
            models.Index(fields=["visitor", "-id"], name="loyalty_visit_visitor"),
        ]

    def __str__(self) -> str:
        return self.code
