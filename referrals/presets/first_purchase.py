"""What presets for friends share: on what a bonus is paid, and the question about the friend's first purchase."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.rules.fields import DurationField, MoneyField
from loyalty.rules.params import decimal_text

PURCHASE, REGISTRATION = "purchase", "registration"
MOMENTS = (
    (PURCHASE, _("when the friend makes the first purchase")),
    (REGISTRATION, _("as soon as the friend registers")),
)


def paid_field(**options: Any) -> forms.ChoiceField:
    """On what a bonus is paid: the purchase, unless told otherwise, since registrations alone cost nothing to invent."""
    return forms.ChoiceField(choices=MOMENTS, initial=PURCHASE, **options)


def minimum_field() -> MoneyField:
    """The smallest purchase that counts as the first."""
    return MoneyField(
        label=_("of a purchase of at least"),
        round_up=True,
        min_value=Decimal("0.01"),
        initial=Decimal("0.01"),
    )


def hold_field() -> DurationField:
    """How long a bonus waits: the time in which a purchase can be sent back."""
    return DurationField(
        label=_("hold"), initial="P14D", help_text=_("As long as a purchase can be sent back, e.g. P14D.")
    )


def first_purchase(minimum: Decimal) -> list[list[dict[str, Any]]]:
    """The conditions that a client who came by a link makes the first purchase of at least so much since then."""
    params = {"match": "first", "since": "link", "minimum_total": decimal_text(minimum)}
    return [
        [
            {"kind": "referrals.registered_via_link"},
            {"kind": "loyalty.purchase_number", "params": params},
        ]
    ]
