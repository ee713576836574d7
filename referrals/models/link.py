"""The code that a card shares."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReferralLink(models.Model):
    """A code that a card shares with friends: the card's number. Public: knowing it authorises nothing."""

    program = models.ForeignKey(
        "loyalty.Program", models.PROTECT, related_name="referral_links", verbose_name=_("program")
    )
    card = models.OneToOneField(
        "loyalty.Card", models.PROTECT, related_name="referral_link", verbose_name=_("card")
    )
    code = models.CharField(_("code"), max_length=32)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("referral link")
        verbose_name_plural = _("referral links")
        ordering = ["-pk"]
        constraints = [
            # A code names one referrer.
            models.UniqueConstraint(fields=["program", "code"], name="loyalty_referrallink_code_unique"),
            # An empty code would attribute everybody who typed nothing.
            models.CheckConstraint(condition=~Q(code=""), name="loyalty_referrallink_has_code"),
        ]

    def __str__(self) -> str:
        return self.code
