"""The two small forms of a new site: a program, and what its members collect."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from loyalty.models import Currency, Program
from loyalty.models.program import known_timezones, validate_iso_currency
from loyalty.services import create_currency, create_program


class ProgramForm(forms.Form):
    """The program: whose it is, in which money people pay, and where its days begin."""

    name = forms.CharField(
        label=_("Name of the program"), max_length=200, help_text=_("For example Coffee Club.")
    )
    purchase_currency = forms.CharField(
        label=_("Currency of purchases"),
        max_length=3,
        initial="EUR",
        help_text=_("Three letters, such as EUR, USD or RUB."),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Where its days begin and end; it decides what Tuesday is.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zone = self.fields["timezone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name.replace("_", " ")) for name in sorted(known_timezones())]
        zone.initial = timezone.get_default_timezone_name()

    def clean_purchase_currency(self) -> str:
        """The code in capital letters."""
        code: str = self.cleaned_data["purchase_currency"].strip().upper()
        validate_iso_currency(code)
        return code


class CurrencyForm(forms.Form):
    """What members collect."""

    name = forms.CharField(label=_("What members collect"), max_length=100, initial=_("Points"))
    hold = forms.IntegerField(
        label=_("Days until it can be spent"),
        min_value=0,
        max_value=3650,
        initial=0,
        help_text=_(
            "As long as purchases can be returned, so that nobody spends points of something sent back."
        ),
    )
    validity = forms.IntegerField(
        label=_("Days that it is valid"),
        min_value=1,
        max_value=36500,
        required=False,
        help_text=_("From the day on which it can be spent. Empty: for ever."),
    )
    worth = forms.DecimalField(
        label=_("What one costs you"),
        min_value=Decimal("0.0001"),
        max_digits=12,
        decimal_places=4,
        required=False,
        localize=True,
        help_text=_("In the currency of purchases, such as 0.01. It tells what campaigns cost."),
    )

    def fields_of(self, *, taken: set[str]) -> dict[str, Any]:
        """The fields of the currency; its code is made of the name, and is not one of those `taken`."""
        values = self.cleaned_data
        return {
            "code": free_slug(values["name"], taken=taken, fallback="points"),
            "name": values["name"],
            "hold": f"P{values['hold']}D",
            "validity": f"P{values['validity']}D" if values["validity"] else None,
            "worth": values["worth"],
        }


def make_program(program: forms.Form, currency: CurrencyForm) -> Program:
    """The program with its first currency. Raises Django's ValidationError."""
    values = program.cleaned_data
    taken = set(Program.objects.values_list("slug", flat=True))
    return create_program(
        slug=free_slug(values["name"], taken=taken, fallback="club"),
        name=values["name"],
        purchase_currency=values["purchase_currency"],
        timezone=values["timezone"],
        currencies=[currency.fields_of(taken=set())],
    )


def make_currency(program: Program, currency: CurrencyForm) -> Currency:
    """One more currency of a program. Raises Django's ValidationError."""
    taken = set(Currency.objects.filter(program=program).values_list("code", flat=True))
    return create_currency(program=program, **currency.fields_of(taken=taken))


def free_slug(name: str, *, taken: set[str], fallback: str) -> str:
    """A slug made of a name; names without Latin letters get the fall-back, those that are taken a number."""
    slug = slugify(name)[:28].strip("-") or fallback
    if slug not in taken:
        return slug
    return next(f"{slug}-{number}" for number in count(2) if f"{slug}-{number}" not in taken)
