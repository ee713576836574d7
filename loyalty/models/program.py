"""Program and the currencies that it counts in."""

from __future__ import annotations

import secrets
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty import codes, money, periods


@cache
def known_timezones() -> frozenset[str]:
    """The names of the IANA database. They are read from many files, once in a process."""
    return frozenset(available_timezones())


def validate_timezone(value: str) -> None:
    """Refuse a name that the IANA database does not know."""
    if value not in known_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name such as Europe/Berlin."), params={"value": value}
        )


def validate_iso_currency(value: str) -> None:
    """Refuse what cannot be an ISO 4217 code."""
    try:
        money.currency_decimals(value)
    except ValueError as error:
        raise ValidationError(
            _("“%(value)s” is not an ISO 4217 code. Use three capital letters such as EUR."),
            params={"value": value},
        ) from error


def validate_number_pattern(value: str) -> None:
    """Refuse a card number pattern that would give guessable or malformed numbers."""
    try:
        codes.validate_pattern(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def validate_duration(value: str) -> None:
    """Refuse what is not an ISO 8601 duration of days, weeks, months or years."""
    try:
        periods.Duration.parse(value)
    except ValueError as error:
        raise ValidationError(
            _("“%(value)s” is not a duration. Write P14D for 14 days, P3M for 3 months, P1Y for a year."),
            params={"value": value},
        ) from error


def random_version() -> int:
    """Where a program's version starts: never the same twice, so that nothing cached under it can be another program's."""
    return secrets.randbelow(2**40)


class Program(models.Model):
    """A loyalty program of a brand: the currency of its purchases and the time zone of its days. Every row hangs on one."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    purchase_currency = models.CharField(
        _("currency of purchases"),
        max_length=3,
        default="EUR",
        validators=[validate_iso_currency],
        help_text=_("ISO 4217 code."),
    )
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    card_number_pattern = models.CharField(
        _("card number pattern"),
        max_length=32,
        blank=True,
        validators=[validate_number_pattern],
        help_text=_(
            "# is a random character, * the check character at the end, anything else stands as it is."
        ),
    )
    campaigns_version = models.PositiveBigIntegerField(
        _("version of the published campaigns"), default=random_version, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["slug"]
        permissions = [
            ("use_till", "Can use the API of tills and shops"),
            ("spend_without_token", "Can let members spend by card number"),
            ("upload_events", "Can upload purchases in bulk"),
            ("view_dashboard", "Can see the dashboard"),
        ]

    def __str__(self) -> str:
        return self.name or self.slug

    @cached_property
    def zone(self) -> ZoneInfo:
        """The program's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def decimals(self) -> int:
        """Decimals of the currency of purchases (ISO 4217 exponent)."""
        return money.currency_decimals(self.purchase_currency)


class Currency(models.Model):
    """Something a program counts in: points, status points, store credit, megabytes."""

    class Clawback(models.TextChoices):
        """What happens when points to take back are already spent."""

        DEBT = "debt", _("becomes debt")
        WITHIN_BALANCE = "within_balance", _("is forgiven")

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="currencies", verbose_name=_("program"), db_index=False
    )
    code = models.SlugField(_("code"), max_length=32)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0, validators=[MaxValueValidator(6)])
    hold = models.CharField(
        _("hold"),
        max_length=32,
        default="P0D",
        validators=[validate_duration],
        help_text=_("How long what is earned stays pending, e.g. P14D."),
    )
    validity = models.CharField(  # noqa: DJ001 - null says "never expires", which no duration does
        _("validity"),
        max_length=32,
        null=True,
        blank=True,
        validators=[validate_duration],
        help_text=_("How long it can be spent from the day it becomes available, e.g. P1Y. Empty: for ever."),
    )
    expires_end_of_day = models.BooleanField(_("expires at the end of the day"), default=False)
    clawback = models.CharField(
        _("already spent points"), max_length=16, choices=Clawback.choices, default=Clawback.DEBT
    )
    spendable = models.BooleanField(_("can be spent"), default=True)
    worth = models.DecimalField(
        _("worth"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("What one unit costs you, in the currency of purchases. Budgets in money need it."),
    )

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ["program", "code"]
        constraints = [
            # A campaign file names a currency by its code alone.
            models.UniqueConstraint(fields=["program", "code"], name="loyalty_currency_code_unique"),
            # Six decimals keep every amount that a program could pay within 64 bits.
            models.CheckConstraint(
                condition=models.Q(decimals__lte=6), name="loyalty_currency_decimals_at_most_6"
            ),
            # What costs nothing would make a budget in money endless.
            models.CheckConstraint(
                condition=models.Q(worth=None) | models.Q(worth__gt=0), name="loyalty_currency_worth_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and let every process read the program's rules anew."""
        super().save(*args, **kwargs)
        programs = Program.objects.using(self._state.db).filter(pk=self.program_id)
        programs.update(campaigns_version=F("campaigns_version") + 1 + secrets.randbelow(2**30))
