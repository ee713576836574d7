"""Cards, their numbers, their history and their place in the tree."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.event import Event
from loyalty.models.program import Program


class Card(models.Model):
    """A holder's membership in a program: a user or nobody (plastic), the host's own key, a parent card or none."""

    class Status(models.TextChoices):
        """Whether the card earns and spends."""

        ACTIVE = "active", pgettext_lazy("of a card", "active")
        BLOCKED = "blocked", _("blocked")
        CLOSED = "closed", _("closed")

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="cards", verbose_name=_("program"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="loyalty_cards",
        verbose_name=_("user"),
    )
    external_id = models.CharField(  # noqa: DJ001 - null, because cards without a key must not collide
        _("host's key"),
        max_length=128,
        null=True,
        blank=True,
        help_text=_("The customer's key in your own system."),
    )
    additional = models.BooleanField(
        _("additional"),
        default=False,
        help_text=_("Enrolled on purpose beside another card of the same user."),
    )
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.ACTIVE)
    status_since = models.DateTimeField(_("status since"))
    enrolled_at = models.DateTimeField(_("enrolled at"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent card")
    )
    parent_since = models.DateTimeField(_("parent since"), null=True, blank=True)
    linked_at = models.DateTimeField(_("first linked at"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_cards",
        verbose_name=_("merged into"),
        editable=False,
    )
    purchases_count = models.PositiveBigIntegerField(_("kept purchases"), default=0, editable=False)
    spent_total = models.PositiveBigIntegerField(_("spent in all"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering = ["-pk"]
        permissions = [
            ("adjust_balance", "Can correct balances"),
            ("adjust_without_limit", "Can correct balances without a limit"),
            ("block_card", "Can block and unblock cards"),
            ("replace_number", "Can replace card numbers"),
            ("move_card", "Can move cards to another parent card"),
        ]
        constraints = [
            # The host's key finds one card.
            models.UniqueConstraint(
                fields=["program", "external_id"], name="loyalty_card_external_id_unique"
            ),
            # Two sign-ups at once must not give one user two cards (S36).
            models.UniqueConstraint(
                fields=["program", "user"],
                condition=Q(additional=False) & ~Q(status="closed"),
                name="loyalty_card_one_per_user_by_default",
            ),
            # The first link of every cycle.
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("pk")), name="loyalty_card_not_its_own_parent"
            ),
            # A link without a date could not be judged at a moment.
            models.CheckConstraint(
                condition=Q(parent=None) | Q(parent_since__isnull=False, linked_at__isnull=False),
                name="loyalty_card_parent_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "blocked", "closed"]), name="loyalty_card_status_known"
            ),
            # Who looks for the survivor must not turn in a circle at its first step (S29).
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                name="loyalty_card_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or self.number or f"#{self.pk}"

    @property
    def number(self) -> str:
        """The current card number; empty for a card that was never given one."""
        current = next((row for row in self.numbers.all() if row.retired_at is None), None)
        return current.number if current else ""


class CardNumber(models.Model):
    """A number under which a card is found: the current one, or one that it replaced (S30)."""

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="+", verbose_name=_("program"), db_index=False
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="numbers", verbose_name=_("card"))
    number = models.CharField(_("number"), max_length=32)
    issued_at = models.DateTimeField(_("issued at"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("card number")
        verbose_name_plural = _("card numbers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="loyalty_cardnumber_unique"),
            models.UniqueConstraint(
                fields=["card"], condition=Q(retired_at=None), name="loyalty_cardnumber_one_current_per_card"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CardHistory(models.Model):
    """What happened to a card and when: base of the dated rows below. Actor and reason live here, never in the ledger."""

    event = models.ForeignKey(
        Event, models.PROTECT, related_name="+", verbose_name=_("event"), null=True, blank=True
    )
    since = models.DateTimeField(_("since"))
    reason = models.TextField(_("reason"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )

    class Meta:
        abstract = True


class CardStatusChange(CardHistory):
    """One change of a card's status, so that a late event is judged by the status of its own time (S13)."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="status_changes", verbose_name=_("card"))
    status = models.CharField(_("status"), max_length=16, choices=Card.Status.choices)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.status}"


class ParentChange(CardHistory):
    """One change of a card's parent (S28)."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="parent_changes", verbose_name=_("card"))
    old_parent = models.ForeignKey(
        Card, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent before")
    )
    new_parent = models.ForeignKey(
        Card, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent after")
    )

    class Meta:
        verbose_name = _("change of parent")
        verbose_name_plural = _("changes of parent")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.old_parent_id} → {self.new_parent_id}"


class CardAttribute(models.Model):
    """One value of a card's attribute and since when it holds (S37): birthday, region, plan."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="attributes", verbose_name=_("card"))
    name = models.SlugField(pgettext_lazy("of a thing", "name"), max_length=64)
    value = models.CharField(_("value"), max_length=255)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("card attribute")
        verbose_name_plural = _("card attributes")
        ordering = ["card", "name", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "name", "since"], name="loyalty_cardattribute_one_value_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class CardHolder(models.Model):
    """Somebody who uses a card together with its owner: a family or a company pooling its points."""

    card = models.ForeignKey(
        Card, models.CASCADE, related_name="holders", verbose_name=_("card"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shared_loyalty_cards", verbose_name=_("user")
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("card holder")
        verbose_name_plural = _("card holders")
        ordering = ["card", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["card", "user"], name="loyalty_cardholder_once_per_card"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.user_id}"


class CardMerge(CardHistory):
    """One card was merged into another (S29); `undone` is the event that parted them again, with a reason of its own."""

    survivor = models.ForeignKey(
        Card, models.PROTECT, related_name="merges", verbose_name=_("card that stayed")
    )
    merged = models.ForeignKey(Card, models.PROTECT, related_name="+", verbose_name=_("card that went"))
    undone = models.OneToOneField(
        Event, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_reason = models.TextField(_("reason for parting"), blank=True)
    undone_actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("parted by"),
    )

    class Meta:
        verbose_name = _("merge of cards")
        verbose_name_plural = _("merges of cards")
        ordering = ["-pk"]
        constraints = [
            # A card goes into one other at a time.
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone=None), name="loyalty_cardmerge_one_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="loyalty_cardmerge_of_two_cards"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"


class CardQueue(models.Model):
    """The row that a worker claims to process a card's events (S3); apart from the card, so that claims never deadlock."""

    card = models.OneToOneField(
        Card, models.CASCADE, primary_key=True, related_name="queue", verbose_name=_("card")
    )
    claimed_at = models.DateTimeField(_("last claimed at"), null=True, blank=True)
    retry_at = models.DateTimeField(_("not before"), null=True, blank=True)

    class Meta:
        verbose_name = _("card queue")
        verbose_name_plural = _("card queues")

    def __str__(self) -> str:
        return str(self.pk)
