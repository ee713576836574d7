"""Segments: named groups of cards, by conditions or by a list, each with its history."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.card import Card
from loyalty.models.program import Program


class Segment(models.Model):
    """A named group of cards that campaigns can ask about."""

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="segments", verbose_name=_("program"), db_index=False
    )
    key = models.SlugField(
        _("key"), max_length=64, help_text=_("Stays the same for ever; campaigns name it by this.")
    )
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["program", "key"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="loyalty_segment_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name or self.key


class SegmentRevision(models.Model):
    """What a segment means from a moment on; for an event the last written row in effect by then holds, as in S5.

    The definition has `conditions` (groups as a campaign's), or `listed`: then the members are rows of `SegmentMember`.
    """

    segment = models.ForeignKey(
        Segment, models.PROTECT, related_name="revisions", verbose_name=_("segment"), db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    definition = models.JSONField(_("definition"))
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
        verbose_name = _("segment revision")
        verbose_name_plural = _("segment revisions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "number"], name="loyalty_segmentrevision_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} r{self.number}"


class SegmentMember(models.Model):
    """Since when a card is on a segment's list, or no longer on it."""

    segment = models.ForeignKey(
        Segment, models.PROTECT, related_name="members", verbose_name=_("segment"), db_index=False
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="segment_rows", verbose_name=_("card"))
    since = models.DateTimeField(_("since"))
    is_member = models.BooleanField(_("on the list"), default=True)

    class Meta:
        verbose_name = _("segment member")
        verbose_name_plural = _("segment members")
        ordering = ["segment", "card", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "card", "since"], name="loyalty_segmentmember_one_answer_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.card_id}"
