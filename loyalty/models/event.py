"""The inbox and the trace of what became of each event."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.program import Program


class Event(models.Model):
    """One occurrence in the inbox, unique for ever by program, source, kind and key; body and order never change."""

    class Status(models.TextChoices):
        """Where the event stands."""

        PENDING = "pending", _("pending")
        PROCESSED = "processed", _("processed")
        PARKED = "parked", _("waits for its purchase")
        FAILED = "failed", _("failed, waits for a person")

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="events", verbose_name=_("program"), db_index=False
    )
    source = models.CharField(_("source"), max_length=64)
    kind = models.CharField(_("kind"), max_length=64)
    key = models.CharField(_("key"), max_length=200)
    card = models.ForeignKey(
        "loyalty.Card",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("card"),
        db_index=False,
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    payload = models.JSONField(_("payload"), default=dict)
    body_hash = models.CharField(_("hash of the body"), max_length=64)
    purchase_key = models.CharField(
        _("purchase"),
        max_length=270,
        blank=True,
        help_text=_("Source and id of the purchase that the event is about."),
    )
    cause = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="effects",
        verbose_name=_("caused by"),
        db_index=False,
    )
    cascaded = models.BooleanField(_("made by the engine in the transaction of its cause"), default=False)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]
        permissions = [
            ("retry_event", "Can retry failed events"),
        ]
        constraints = [
            # An event counts once, for ever (R2).
            models.UniqueConstraint(
                fields=["program", "source", "kind", "key"], name="loyalty_event_counts_once"
            ),
            # Only what waits for its purchase may be without a card.
            models.CheckConstraint(
                condition=Q(card__isnull=False) | Q(status__in=["parked", "failed"]),
                name="loyalty_event_has_card_unless_parked",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "processed", "parked", "failed"]),
                name="loyalty_event_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program", "id"], condition=Q(status="pending"), name="loyalty_event_pending"
            ),
            models.Index(fields=["card"], condition=Q(status="pending"), name="loyalty_event_card_pending"),
            # Few: those that wait for a person are counted and listed.
            models.Index(fields=["program", "id"], condition=Q(status="failed"), name="loyalty_event_failed"),
            models.Index(fields=["card", "occurred_at", "id"], name="loyalty_event_card_time"),
            models.Index(fields=["cause"], condition=Q(cause__isnull=False), name="loyalty_event_cause"),
            models.Index(
                fields=["program", "purchase_key"], condition=Q(status="parked"), name="loyalty_event_parked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}/{self.key}"


class Evaluation(models.Model):
    """What became of one event: its outcome and every campaign looked at. The key is the order of processing (S4)."""

    event = models.OneToOneField(Event, models.PROTECT, related_name="evaluation", verbose_name=_("event"))
    outcome = models.CharField(_("outcome"), max_length=64, default="applied")
    trace = models.JSONField(_("trace"), null=True, blank=True)
    processed_at = models.DateTimeField(_("processed at"))

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.outcome}"
