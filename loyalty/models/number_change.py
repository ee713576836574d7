"""Why cards got other numbers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.card import Card, CardHistory, CardNumber


class NumberChange(CardHistory):
    """Why a card got another number, and by whom (S30); `number` is the new one."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="number_changes", verbose_name=_("card"))
    number = models.OneToOneField(
        CardNumber, models.PROTECT, related_name="change", verbose_name=_("new number")
    )

    class Meta:
        verbose_name = _("change of number")
        verbose_name_plural = _("changes of number")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.number_id}"
