"""What the shop told us: purchases, their lines and refunds. Amounts are minor units of the program's purchase currency."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.card import Card
from loyalty.models.event import Event
from loyalty.models.program import Program


class Purchase(models.Model):
    """A purchase as the shop told it, and what remains of it after refunds."""

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="purchases", verbose_name=_("program"), db_index=False
    )
    source = models.CharField(_("source"), max_length=64)
    external_id = models.CharField(_("id in the shop"), max_length=200)
    card = models.ForeignKey(
        Card, models.PROTECT, related_name="purchases", verbose_name=_("card"), db_index=False
    )
    event = models.OneToOneField(Event, models.PROTECT, related_name="purchase", verbose_name=_("event"))
    occurred_at = models.DateTimeField(_("occurred at"))
    channel = models.CharField(_("channel"), max_length=64, blank=True)
    total = models.BigIntegerField(_("total"))
    tax = models.BigIntegerField(_("tax within the total"), default=0)
    discount = models.BigIntegerField(_("discount within the total"), default=0)
    remaining = models.BigIntegerField(_("remaining after refunds"))

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "external_id"], name="loyalty_purchase_external_id_unique"
            ),
            # More than was bought can never come back.
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("total")),
                name="loyalty_purchase_remaining_within_total",
            ),
            models.CheckConstraint(
                condition=Q(tax__gte=0, discount__gte=0, total__gte=F("tax") + F("discount")),
                name="loyalty_purchase_parts_within_total",
            ),
        ]
        indexes = [models.Index(fields=["card", "occurred_at"], name="loyalty_purchase_card_time")]

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"


class PurchaseLine(models.Model):
    """One line of a purchase; what the lines leave of the total is one more line without an item (S37)."""

    purchase = models.ForeignKey(
        Purchase, models.PROTECT, related_name="lines", verbose_name=_("purchase"), db_index=False
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.CharField(_("item"), max_length=128, blank=True)
    category = models.CharField(_("category"), max_length=128, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=Decimal(1))
    amount = models.BigIntegerField(_("amount"))
    remaining = models.BigIntegerField(_("remaining after refunds"))
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    class Meta:
        verbose_name = _("purchase line")
        verbose_name_plural = _("purchase lines")
        ordering = ["purchase", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["purchase", "position"], name="loyalty_purchaseline_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount")),
                name="loyalty_purchaseline_remaining_within_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.sku}"


class Refund(models.Model):
    """One return: how much of a purchase went back, in all and by line."""

    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="refunds", verbose_name=_("purchase"))
    event = models.OneToOneField(Event, models.PROTECT, related_name="refund", verbose_name=_("event"))
    amount = models.BigIntegerField(_("amount"))
    by_line = models.JSONField(_("amount by line"), default=dict, blank=True)
    undone = models.ForeignKey(
        Event,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
        help_text=_("The reopening of the purchase that made it count again."),
    )
    occurred_at = models.DateTimeField(_("occurred at"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loyalty_refund_amount_positive")
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id}: -{self.amount}"
