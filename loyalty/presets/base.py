"""What a preset is, and the parts that definitions are put together from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.rules.fields import CurrencyField
from loyalty.rules.params import decimal_text
from loyalty.rules.registry import Registry
from loyalty.rules.state import ProgramRules

Definition = dict[str, Any]


class PresetCurrency(forms.Form):
    """In which currency the programme pays; a form of settings for presets begins with it."""

    currency = CurrencyField(label=_("currency"), max_length=32)


class Preset:
    """A programme as a few campaigns. `key` is a name such as "yourapp.something"."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]

    # The figures that a marketer may change, with their defaults.
    Params: ClassVar[type[PresetCurrency]] = PresetCurrency

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        """The definitions, as in a campaign file; names in the active language. Pure."""
        raise NotImplementedError(f"{type(self).__name__} must define campaigns()")


presets: Registry[Preset] = Registry("preset", Preset, attribute="key")
register_preset = presets.register


def amount_field(**options: Any) -> forms.DecimalField:
    """A figure that becomes an amount of the currency."""
    return forms.DecimalField(**{"min_value": 0, "max_digits": 15, "decimal_places": 6, **options})


def factor_field(**options: Any) -> forms.DecimalField:
    """A figure that becomes the factor of a multiplier."""
    bounds = {"min_value": Decimal("0.0001"), "max_digits": 9, "decimal_places": 4}
    return forms.DecimalField(**{**bounds, **options})


def percent(value: Decimal, *, of: str = "total") -> Definition:
    """A percentage of the purchase, or of a granted reward."""
    return {"kind": "loyalty.percent", "of": of, "percent": decimal_text(value)}


def fixed(value: Decimal) -> Definition:
    """A fixed amount."""
    return {"kind": "loyalty.fixed", "value": decimal_text(value)}


def credit(slot: str, amount: Definition, *, currency: str, to: Any = "card", **more: Any) -> Definition:
    """An action that gives an amount; `to` is the recipient."""
    return {
        "slot": slot,
        "kind": "loyalty.credit",
        "recipient": to,
        "currency": currency,
        "amount": amount,
        **more,
    }


def multiply(slot: str, factor: Decimal, *, currency: str) -> Definition:
    """An action that multiplies what base campaigns give."""
    return {
        "slot": slot,
        "kind": "loyalty.multiply",
        "currency": currency,
        "params": {"factor": decimal_text(factor)},
    }
