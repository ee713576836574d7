"""Counters of a referrer."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ReferrerStats(models.Model):
    """How many friends a card has now, by stage, so that "referred N" is one row read at any size."""

    card = models.OneToOneField(
        "loyalty.Card",
        models.PROTECT,
        primary_key=True,
        related_name="referrer_stats",
        verbose_name=_("card"),
    )
    registered = models.PositiveIntegerField(_("registered"), default=0)
    qualified = models.PositiveIntegerField(_("qualified"), default=0)

    class Meta:
        verbose_name = _("referrer's statistics")
        verbose_name_plural = _("referrers' statistics")
        ordering = ["-qualified", "-registered", "card"]
        # "Who has at least N friends" is asked of a million cards: audiences, champions.
        indexes = [
            models.Index(fields=["qualified"], name="loyalty_stats_qualified"),
            models.Index(fields=["registered"], name="loyalty_stats_registered"),
        ]
        constraints = [
            # A friend is counted as qualified only while counted as registered, and both move together (S28).
            models.CheckConstraint(
                condition=Q(qualified__gte=0, registered__gte=F("qualified")),
                name="loyalty_referrerstats_qualified_within_registered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.qualified}/{self.registered}"
