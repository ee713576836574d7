"""What scheduled campaigns have done: which dates are done, and who was in a segment at the last look (S7)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.campaign import Campaign
from loyalty.models.card import Card


class ScheduleRun(models.Model):
    """A local date for which a scheduled campaign was run; each date once, also after an outage.

    Cards are looked at by key: `reached` is the last one, so that a run that was killed goes on where it stood.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="schedule_runs", verbose_name=_("campaign"), db_index=False
    )
    date = models.DateField(_("date"))
    events = models.PositiveIntegerField(_("events"), default=0)
    reached = models.BigIntegerField(_("reached"), default=0, editable=False)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("run of a schedule")
        verbose_name_plural = _("runs of schedules")
        ordering = ["campaign", "-date"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "date"], name="loyalty_schedulerun_once_a_date"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.date}"


class SchedulePresence(models.Model):
    """A card that was in the segment of a campaign when it was last looked at: who entered or left is told by this."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name=_("campaign"), db_index=False
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="+", verbose_name=_("card"))

    class Meta:
        verbose_name = _("presence in a segment")
        verbose_name_plural = _("presences in segments")
        ordering = ["campaign", "card"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "card"], name="loyalty_schedulepresence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.card_id}"
