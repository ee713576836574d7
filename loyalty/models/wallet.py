"""The ledger: wallets, lots, entries and what the entries took from the lots. Amounts are minor units of the currency."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.card import Card
from loyalty.models.event import Event
from loyalty.models.program import Currency


class Wallet(models.Model):
    """One card's balance in one currency, by bucket, and the clock up to which it is settled (S1)."""

    card = models.ForeignKey(
        Card, models.PROTECT, related_name="wallets", verbose_name=_("card"), db_index=False
    )
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="wallets", verbose_name=_("currency"))
    available = models.BigIntegerField(_("available"), default=0)
    pending = models.BigIntegerField(_("pending"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    debt = models.BigIntegerField(_("debt"), default=0)
    clock = models.DateTimeField(_("settled up to"))

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        ordering = ["card", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["card", "currency"], name="loyalty_wallet_one_per_currency"),
            # No bucket may ever be overdrawn (R1).
            models.CheckConstraint(
                condition=Q(available__gte=0, pending__gte=0, held__gte=0, debt__gte=0),
                name="loyalty_wallet_buckets_not_negative",
            ),
            # A debt is repaid by what becomes available before anything else (S11).
            models.CheckConstraint(
                condition=Q(available=0) | Q(debt=0), name="loyalty_wallet_no_points_beside_debt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.currency_id}"

    @property
    def balance(self) -> int:
        """Available, pending and held less debt, as stored: settle up to a moment with `selectors.get_balances`."""
        return self.available + self.pending + self.held - self.debt


class Spend(models.Model):
    """Points that a card spent at once, or held first and then captured or gave back."""

    class Status(models.TextChoices):
        """Where the spend stands."""

        HELD = "held", _("held")
        SPENT = "spent", _("spent")
        VOIDED = "voided", _("voided")
        CANCELLED = "cancelled", _("cancelled")

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="spends", verbose_name=_("wallet"))
    event = models.OneToOneField(Event, models.PROTECT, related_name="spend", verbose_name=_("event"))
    key = models.CharField(_("key"), max_length=270)
    amount = models.BigIntegerField(_("amount"))
    captured = models.BigIntegerField(_("captured"), default=0)
    returned = models.BigIntegerField(_("returned"), default=0)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices)
    occurred_at = models.DateTimeField(_("occurred at"))
    expires_at = models.DateTimeField(_("hold ends at"), null=True, blank=True)

    class Meta:
        verbose_name = _("spend")
        verbose_name_plural = _("spends")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loyalty_spend_amount_positive"),
            models.CheckConstraint(
                condition=Q(captured__gte=0, returned__gte=0, amount__gte=F("captured")),
                name="loyalty_spend_captured_within_amount",
            ),
            # A hold ends once.
            models.CheckConstraint(
                condition=Q(status__in=["held", "spent", "voided", "cancelled"]),
                name="loyalty_spend_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "expires_at"], condition=Q(status="held"), name="loyalty_spend_open_holds"
            )
        ]

    def __str__(self) -> str:
        return self.key


class Lot(models.Model):
    """One earned amount with its own dates; spends draw from lots, the earliest expiry first."""

    wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="lots", verbose_name=_("wallet"), db_index=False
    )
    reward = models.OneToOneField(
        "loyalty.Reward", models.PROTECT, null=True, blank=True, related_name="lot", verbose_name=_("reward")
    )
    origin = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("carries on"),
        db_index=False,
    )
    amount = models.BigIntegerField(_("amount"))
    remaining = models.BigIntegerField(_("remaining"))
    held = models.BigIntegerField(_("held"), default=0)
    expired = models.BigIntegerField(_("expired"), default=0)
    expired_reversed = models.BigIntegerField(_("expired and then taken back"), default=0)
    matured = models.BooleanField(_("available"), default=True)
    earned_at = models.DateTimeField(_("earned at"))
    available_at = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    remaining__gte=0, held__gte=0, amount__gt=0, amount__gte=F("remaining") + F("held")
                ),
                name="loyalty_lot_remaining_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(expired__gte=F("expired_reversed"), expired_reversed__gte=0),
                name="loyalty_lot_expired_not_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "expires_at"],
                condition=Q(remaining__gt=0) | Q(held__gt=0),
                name="loyalty_lot_open",
            ),
            models.Index(
                fields=["wallet", "available_at"],
                condition=Q(matured=False, remaining__gt=0),
                name="loyalty_lot_to_mature",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(matured=True, remaining__gt=0),
                name="loyalty_lot_to_expire",
            ),
            models.Index(fields=["origin"], condition=Q(origin__isnull=False), name="loyalty_lot_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.amount}"


class LedgerEntry(models.Model):
    """One immutable movement of a wallet: what it added to each bucket, when, and which event caused it."""

    class Kind(models.TextChoices):
        """Why the balance moved."""

        EARN = "earn", _("earned")
        MATURE = "mature", _("became available")
        EXPIRE = "expire", _("expired")
        REPAY = "repay", _("repaid debt")
        SPEND = "spend", _("spent")
        HOLD = "hold", _("held")
        CAPTURE = "capture", _("captured")
        VOID = "void", _("released")
        RETURN = "return", _("returned")
        REVERSE = "reverse", _("taken back")
        ADJUST = "adjust", _("adjusted")
        TRANSFER = "transfer", _("moved by a merge of cards")

    wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="entries", verbose_name=_("wallet"), db_index=False
    )
    event = models.ForeignKey(Event, models.PROTECT, related_name="entries", verbose_name=_("event"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    available = models.BigIntegerField(_("available"), default=0)
    pending = models.BigIntegerField(_("pending"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    debt = models.BigIntegerField(_("debt"), default=0)
    effective_at = models.DateTimeField(_("effective at"))
    posted_at = models.DateTimeField(_("posted at"))
    reward = models.ForeignKey(
        "loyalty.Reward",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("reward"),
    )
    spend = models.ForeignKey(
        Spend,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("spend"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-pk"]
        constraints = [
            # An entry that moves nothing says nothing.
            models.CheckConstraint(
                condition=~Q(available=0, pending=0, held=0, debt=0),
                name="loyalty_ledgerentry_moves_something",
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-id"], name="loyalty_entry_wallet_latest"),
            models.Index(fields=["spend"], condition=Q(spend__isnull=False), name="loyalty_entry_spend"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.available + self.pending + self.held - self.debt:+d}"


class LotAllocation(models.Model):
    """What one entry took from one lot (positive) or gave back to it (negative)."""

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="allocations", verbose_name=_("entry")
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="allocations", verbose_name=_("lot"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="loyalty_lotallocation_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount:+d}"


class Adjustment(models.Model):
    """A correction by a person: why and by whom. Apart from the entry, so that erasing a person leaves the books alone."""

    event = models.OneToOneField(Event, models.PROTECT, related_name="adjustment", verbose_name=_("event"))
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="adjustments", verbose_name=_("wallet"))
    amount = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="loyalty_adjustment_not_zero")]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
