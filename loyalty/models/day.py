"""Stored figures of each day, so that the dashboard reads some hundred rows at any size."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.card import Card
from loyalty.models.program import Currency, Program


class DayActivity(models.Model):
    """What members did on one local day of a program; amounts in minor units of the purchase currency.

    `by_children` are the purchases of cards that had a parent card at the time. `closed` are the cards closed for good.
    """

    program = models.ForeignKey(
        Program, models.CASCADE, related_name="days", verbose_name=_("program"), db_index=False
    )
    on = models.DateField(_("day"))
    enrolled = models.PositiveIntegerField(_("new members"), default=0)
    closed = models.PositiveIntegerField(_("closed cards"), default=0)
    purchases = models.PositiveIntegerField(_("purchases"), default=0)
    purchased = models.BigIntegerField(_("purchased"), default=0)
    refunded = models.BigIntegerField(_("refunded"), default=0)
    purchases_by_children = models.PositiveIntegerField(_("purchases by child cards"), default=0)
    purchased_by_children = models.BigIntegerField(_("purchased by child cards"), default=0)

    class Meta:
        verbose_name = _("activity of a day")
        verbose_name_plural = _("activity by day")
        ordering = ["program", "-on"]
        constraints = [
            models.UniqueConstraint(fields=["program", "on"], name="loyalty_dayactivity_once"),
        ]

    def __str__(self) -> str:
        return str(self.on)


class DayParent(models.Model):
    """What the children of one parent card bought on one local day, less what went back since, in minor units.

    A purchase counts for the card that was the buyer's parent card at the time, while something of it is kept.
    """

    program = models.ForeignKey(
        Program, models.CASCADE, related_name="parent_days", verbose_name=_("program"), db_index=False
    )
    on = models.DateField(_("day"))
    card = models.ForeignKey(
        Card, models.CASCADE, related_name="parent_days", verbose_name=_("parent card"), db_index=False
    )
    purchases = models.PositiveIntegerField(_("kept purchases"))
    purchased = models.BigIntegerField(_("remaining after refunds"))

    class Meta:
        verbose_name = _("purchases of a day by parent card")
        verbose_name_plural = _("purchases by day and parent card")
        ordering = ["program", "-on", "card"]
        constraints = [
            models.UniqueConstraint(fields=["program", "on", "card"], name="loyalty_dayparent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.card_id}"


class DayMovement(models.Model):
    """What moved in one currency on one local day, in its minor units; taken from ledger entries by `effective_at`."""

    currency = models.ForeignKey(
        Currency, models.CASCADE, related_name="days", verbose_name=_("currency"), db_index=False
    )
    on = models.DateField(_("day"))
    granted = models.BigIntegerField(_("granted"), default=0)
    reversed = models.BigIntegerField(_("taken back"), default=0)
    adjusted = models.BigIntegerField(_("adjusted"), default=0)
    spent = models.BigIntegerField(_("spent"), default=0)
    expired = models.BigIntegerField(_("expired"), default=0)

    class Meta:
        verbose_name = _("movement of a day")
        verbose_name_plural = _("movements by day")
        ordering = ["currency", "-on"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="loyalty_daymovement_once"),
        ]

    def __str__(self) -> str:
        return str(self.on)


class Dashboard(Program):
    """A program as the dashboard shows it; no row of its own: so the admin lists the dashboard among the models."""

    class Meta:
        proxy = True
        default_permissions = ()  # the program's `view_dashboard` decides
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")


class DayRefresh(models.Model):
    """Up to where the days of a program were counted: the rows that came later change days anew.

    `ahead_until` is the last day counted before it had come, by a sweep that was told to look ahead.
    """

    program = models.OneToOneField(
        Program, models.CASCADE, primary_key=True, related_name="day_refresh", verbose_name=_("program")
    )
    refreshed_at = models.DateTimeField(_("refreshed at"))
    ahead_until = models.DateField(_("counted ahead until"), null=True, blank=True)

    class Meta:
        verbose_name = _("state of the days")
        verbose_name_plural = _("states of the days")

    def __str__(self) -> str:
        return str(self.refreshed_at)
