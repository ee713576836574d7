"""What campaigns gave, and how much of their limits is used."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.campaign import Campaign, CampaignRevision
from loyalty.models.card import Card
from loyalty.models.event import Event
from loyalty.models.program import Currency, Program
from loyalty.models.purchase import Purchase


class Reward(models.Model):
    """One card got one thing from one action of one campaign for one event: asked, granted, taken back, why it was cut."""

    event = models.ForeignKey(
        Event, models.PROTECT, related_name="rewards", verbose_name=_("event"), db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="rewards", verbose_name=_("campaign"), db_index=False
    )
    revision = models.ForeignKey(
        CampaignRevision, models.PROTECT, related_name="rewards", verbose_name=_("revision"), db_index=False
    )
    slot = models.UUIDField(_("slot"))
    card = models.ForeignKey(
        Card, models.PROTECT, related_name="rewards", verbose_name=_("card"), db_index=False
    )
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    effect = models.CharField(_("effect"), max_length=32)
    currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rewards",
        verbose_name=_("currency"),
        db_index=False,
    )
    purchase = models.ForeignKey(
        Purchase,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rewards",
        verbose_name=_("purchase"),
        db_index=False,
    )
    base = models.BigIntegerField(_("base"), null=True, blank=True)
    requested = models.BigIntegerField(_("requested"))
    granted = models.BigIntegerField(_("granted"))
    reversed = models.BigIntegerField(_("taken back"), default=0)
    forgiven = models.BigIntegerField(_("forgiven of what was taken back"), default=0)
    cut_reason = models.CharField(_("why it was cut"), max_length=64, blank=True)
    policy = models.CharField(_("on refund"), max_length=16)
    threshold = models.PositiveBigIntegerField(_("milestone"), null=True, blank=True)
    milestone_card = models.ForeignKey(
        Card,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("card whose count it stands on"),
        db_index=False,
    )
    source = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dependents",
        verbose_name=_("reward that it was given for"),
        db_index=False,
    )
    terms = models.JSONField(_("terms for taking back"), default=dict)
    occurred_at = models.DateTimeField(_("occurred at"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["-pk"]
        constraints = [
            # Never the revision: editing a campaign between two deliveries must not pay twice.
            models.UniqueConstraint(
                fields=["event", "campaign", "slot", "card", "level"], name="loyalty_reward_granted_once"
            ),
            # The k-th milestone is held by a card at most once at a time (S20).
            models.UniqueConstraint(
                fields=["campaign", "slot", "card", "milestone_card", "threshold"],
                condition=Q(threshold__isnull=False, reversed__lt=F("granted")),
                name="loyalty_reward_milestone_held_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    reversed__gte=0, granted__gte=F("reversed"), requested__gte=F("granted"), granted__gt=0
                ),
                name="loyalty_reward_reversed_granted_requested",
            ),
            models.CheckConstraint(
                condition=Q(threshold=None, milestone_card=None)
                | Q(threshold__gt=0, milestone_card__isnull=False),
                name="loyalty_reward_milestone_has_card",
            ),
            models.CheckConstraint(
                condition=Q(forgiven__gte=0, forgiven__lte=F("reversed")),
                name="loyalty_reward_forgiven_within_reversed",
            ),
        ]
        indexes = [
            models.Index(fields=["card", "-id"], name="loyalty_reward_card_latest"),
            # A parent of many has rewards by the hundred thousand, of one campaign seldom more than a few.
            models.Index(fields=["campaign", "card"], name="loyalty_reward_campaign_card"),
            models.Index(
                fields=["milestone_card"],
                condition=Q(threshold__isnull=False, reversed__lt=F("granted")),
                name="loyalty_reward_milestones",
            ),
            models.Index(
                fields=["purchase"], condition=Q(purchase__isnull=False), name="loyalty_reward_purchase"
            ),
            models.Index(fields=["source"], condition=Q(source__isnull=False), name="loyalty_reward_source"),
        ]

    def __str__(self) -> str:
        return f"{self.granted - self.reversed}"


class LimitCounter(models.Model):
    """How much of a limit is used, for one scope and period."""

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="+", verbose_name=_("program"), db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="limit_counters", verbose_name=_("campaign"), db_index=False
    )
    key = models.CharField(_("key"), max_length=250, unique=True)
    card = models.ForeignKey(
        Card, models.PROTECT, null=True, blank=True, related_name="limit_counters", verbose_name=_("card")
    )
    period = models.CharField(
        _("period"), max_length=16, blank=True, help_text=_("Empty: the whole lifetime.")
    )
    used = models.BigIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("limit counter")
        verbose_name_plural = _("limit counters")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(condition=Q(used__gte=0), name="loyalty_limitcounter_not_negative")
        ]
        indexes = [models.Index(fields=["campaign", "period", "card"], name="loyalty_limitcounter_scope")]

    def __str__(self) -> str:
        return f"{self.key}: {self.used}"
