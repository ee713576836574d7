"""Who brought whom, how and when, and how far it got."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from referrals.methods import Method
from referrals.models.link import ReferralLink
from referrals.models.visit import Visit


class Referral(models.Model):
    """One friend's coming: one row per referee card for ever.

    `referrer` follows a move by staff; none: staff detached the friend. `counted`: the registration was
    processed and stands in the referrer's statistics. `qualifying_purchases` are those that qualify now (S9);
    `qualified_by` and `qualified_at` name the one that made them more than none.
    """

    class Status(models.TextChoices):
        """How far the friend got."""

        REGISTERED = "registered", _("registered")
        QUALIFIED = "qualified", _("qualified")

    program = models.ForeignKey(
        "loyalty.Program", models.PROTECT, related_name="referrals", verbose_name=_("program")
    )
    # One referrer per referee for ever: also what decides a race of two codes.
    referee = models.OneToOneField(
        "loyalty.Card", models.PROTECT, related_name="referral", verbose_name=_("referee")
    )
    referrer = models.ForeignKey(
        "loyalty.Card",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="referrals",
        verbose_name=_("referrer"),
    )
    link = models.ForeignKey(
        ReferralLink, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name=_("link")
    )
    visit = models.ForeignKey(
        Visit, models.SET_NULL, null=True, blank=True, related_name="referrals", verbose_name=_("visit")
    )
    code = models.CharField(_("code used"), max_length=64, blank=True)
    method = models.CharField(_("method"), max_length=16, choices=Method.choices)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.REGISTERED)
    registered_at = models.DateTimeField(_("registered at"))
    counted = models.BooleanField(_("counted"), default=False)
    minimum = models.BigIntegerField(
        _("smallest qualifying purchase"),
        default=1,
        help_text=_("Minor units of the purchase currency, as set when the friend registered."),
    )
    qualifying_purchases = models.PositiveIntegerField(_("qualifying purchases"), default=0)
    qualified_at = models.DateTimeField(_("first qualifying purchase at"), null=True, blank=True)
    qualified_by = models.CharField(_("first qualifying purchase"), max_length=270, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-pk"]
        constraints = [
            # Nobody refers themselves.
            models.CheckConstraint(
                condition=Q(referrer=None) | ~Q(referrer=F("referee")), name="loyalty_referral_not_of_oneself"
            ),
            # Qualified means: counted, and at least one purchase qualifies now (S20).
            models.CheckConstraint(
                condition=Q(status="qualified", counted=True, qualifying_purchases__gt=0)
                | Q(status="registered", counted=False)
                | Q(status="registered", qualifying_purchases=0),
                name="loyalty_referral_qualified_by_purchases",
            ),
            # Whoever reads "qualified" must find the purchase that it rests on.
            models.CheckConstraint(
                condition=Q(qualifying_purchases=0, qualified_at=None, qualified_by="")
                | (Q(qualifying_purchases__gt=0, qualified_at__isnull=False) & ~Q(qualified_by="")),
                name="loyalty_referral_names_its_purchase",
            ),
            # A cookie that is sent again and again brings nobody a second time.
            models.UniqueConstraint(fields=["visit"], name="loyalty_referral_one_per_visit"),
            # A purchase of nothing never qualifies (S9).
            models.CheckConstraint(condition=Q(minimum__gt=0), name="loyalty_referral_minimum_positive"),
        ]
        indexes = [models.Index(fields=["referrer", "-id"], name="loyalty_referral_of_referrer")]

    def __str__(self) -> str:
        return f"{self.referrer_id} → {self.referee_id}"
