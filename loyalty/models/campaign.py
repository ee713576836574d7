"""Campaigns: rows are the draft, a revision is what was published, and dated rows say which revision decides when (S5)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.program import Currency, Program


class Campaign(models.Model):
    """One trigger, conditions, actions, dates and limits. Rows are the draft; the engine runs only published revisions."""

    class Phase(models.TextChoices):
        """When the campaign's effects are worked out within one event."""

        BASE = "base", _("base")
        MULTIPLIER = "multiplier", _("multiplier")

    class Stacking(models.TextChoices):
        """Which campaigns of a stacking group apply to one event (ADR 0009)."""

        ALL = "all", _("all of them")
        FIRST = "first", _("the first by priority")
        BEST = "best", _("the best for the member")
        EXCLUSIVE = "exclusive", _("the first, and nothing beside it")

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="campaigns", verbose_name=_("program"), db_index=False
    )
    key = models.SlugField(
        _("key"), max_length=100, help_text=_("Stays the same for ever; campaign files find it by this.")
    )
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    trigger_kind = models.CharField(_("trigger"), max_length=64)
    trigger_params = models.JSONField(_("trigger settings"), default=dict, blank=True)
    priority = models.IntegerField(_("priority"), default=100, help_text=_("Lower applies first."))
    phase = models.CharField(_("phase"), max_length=16, choices=Phase.choices, default=Phase.BASE)
    stacking_group = models.SlugField(
        _("stacking group"),
        max_length=64,
        blank=True,
        db_index=False,
        help_text=_(
            "Campaigns of one group share a rule of how they combine. Empty: the group of all others."
        ),
    )
    stacking_mode = models.CharField(
        _("of the group apply"), max_length=16, choices=Stacking.choices, default=Stacking.ALL
    )
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["program", "priority", "key"]
        permissions = [
            ("publish_campaign", "Can publish campaigns"),
            ("pause_campaign", "Can pause and resume campaigns"),
            ("archive_campaign", "Can archive campaigns"),
            ("backdate_campaign", "Can let campaigns decide about the past"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="loyalty_campaign_key_unique"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=models.F("ends_at")),
                name="loyalty_campaign_starts_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key


class CampaignCondition(models.Model):
    """One question of a draft; all of a group must hold, any group is enough."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="conditions", verbose_name=_("campaign")
    )
    group = models.PositiveSmallIntegerField(_("group"), default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=64)
    about = models.CharField(_("about"), max_length=16, default="card")
    negate = models.BooleanField(_("not"), default=False)
    params = models.JSONField(_("settings"), default=dict, blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["campaign", "group", "position", "pk"]

    def __str__(self) -> str:
        return self.kind


class CampaignAction(models.Model):
    """What a draft gives to whom. Its slot is kept over revisions, so that a grant is recognised for ever."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="actions", verbose_name=_("campaign"))
    slot = models.UUIDField(_("slot"), default=uuid.uuid4)
    slot_name = models.SlugField(_("slot name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=64)
    recipient = models.JSONField(_("recipient"), default=dict)
    currency = models.ForeignKey(
        Currency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("currency")
    )
    on_refund = models.CharField(_("on refund"), max_length=16, blank=True)
    amount_kind = models.CharField(_("amount"), max_length=64, blank=True)
    amount_params = models.JSONField(_("amount settings"), default=dict, blank=True)
    pot = models.JSONField(_("pot"), null=True, blank=True)
    params = models.JSONField(_("settings"), default=dict, blank=True)

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["campaign", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "slot"], name="loyalty_campaignaction_slot_unique"),
            models.UniqueConstraint(
                fields=["campaign", "slot_name"], name="loyalty_campaignaction_slot_name_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.slot_name


class CampaignLimit(models.Model):
    """How often or how much a draft may give: per campaign or recipient, per period."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="limits", verbose_name=_("campaign"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    per = models.CharField(_("per"), max_length=64, default="recipient")
    measure = models.CharField(_("measure"), max_length=16, default="times")
    maximum = models.CharField(_("at most"), max_length=32)
    period = models.CharField(_("period"), max_length=16, default="lifetime")
    at_edge = models.CharField(_("at the edge"), max_length=16, default="cut")

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ["campaign", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.maximum} {self.measure} / {self.per} / {self.period}"


class CampaignRevision(models.Model):
    """The immutable definition that Publish froze, in the form of a campaign file's entry."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="revisions", verbose_name=_("campaign"), db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    definition = models.JSONField(_("definition"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("campaign revision")
        verbose_name_plural = _("campaign revisions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="loyalty_campaignrevision_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} r{self.number}"


class CampaignPublication(models.Model):
    """One dated decision about a campaign; for an event the last written row that was in effect by then holds (S5)."""

    class Action(models.TextChoices):
        """What was decided."""

        PUBLISH = "publish", _("published")
        SHADOW = "shadow", _("in shadow mode")
        PAUSE = "pause", _("paused")
        RESUME = "resume", _("resumed")
        ARCHIVE = "archive", _("archived")

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="publications", verbose_name=_("campaign")
    )
    action = models.CharField(_("action"), max_length=16, choices=Action.choices)
    revision = models.ForeignKey(
        CampaignRevision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="publications",
        verbose_name=_("revision"),
    )
    effective_from = models.DateTimeField(_("in effect from"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-pk"]
        constraints = [
            # What decides must be known; what stops must name nothing.
            models.CheckConstraint(
                condition=Q(action__in=["publish", "shadow", "resume"], revision__isnull=False)
                | Q(action__in=["pause", "archive"], revision=None),
                name="loyalty_publication_names_its_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.action}"
