"""A table by what the host says of a card: so much for each plan, another currency for each country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Amount, Need, Occasion, Quote, Settings
from loyalty.rules.conditions.comparing import is_equal
from loyalty.rules.fields import CurrencyField, RewardAmountField
from loyalty.rules.phrases import Telling, units
from loyalty.rules.tables import TableField

ABOUT = (("card", _("the card of the event")), ("recipient", _("the recipient's card")))


class ByAttributeParams(forms.Form):
    """The first row whose `value` the attribute has counts. A row without a `currency` pays in the action's."""

    name = forms.SlugField(label=_("attribute"), max_length=64)
    about = forms.ChoiceField(label=_("of"), choices=ABOUT, initial="card")
    rows = TableField(
        label=_("table"),
        columns={
            "value": forms.CharField(label=_("value"), max_length=255),
            "amount": RewardAmountField(label=_("amount")),
            "currency": CurrencyField(
                label=_("currency"), max_length=32, required=False, empty_value=None, initial=None
            ),
        },
    )
    otherwise = RewardAmountField(label=_("otherwise"), required=False)

    def clean_rows(self) -> tuple[dict[str, Any], ...]:
        rows: tuple[dict[str, Any], ...] = self.cleaned_data["rows"]
        if len({row["value"] for row in rows}) < len(rows):
            raise ValidationError(_("Each value may stand in one row only."), code="value_twice")
        return rows


class ByAttribute(Amount):
    """The amount of the row that the attribute names, as it was at the moment of the event (S37)."""

    kind = "loyalty.by_attribute"
    label = _("Table by attribute")
    Params = ByAttributeParams

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need("loyalty.attributes", params["name"]),)

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        about = occasion.recipient if params["about"] == "recipient" else occasion.card
        value = about.attribute(params["name"])
        row = next(
            (row for row in params["rows"] if value is not None and is_equal(value, row["value"])), None
        )
        amount = params["otherwise"] if row is None else row["amount"]
        if amount is None:
            return None
        code = (row["currency"] if row else None) or occasion.currency.code
        return Quote(Fraction(amount) * 10 ** occasion.program.currencies[code].decimals, currency=code)

    def currencies(self, params: Settings) -> Iterable[str]:
        return [row["currency"] for row in params["rows"] if row["currency"]]

    def phrase(self, params: Settings, telling: Telling) -> str:
        def told(row: Mapping[str, Any]) -> str:
            own = replace(telling, currency=row["currency"] or telling.currency)
            return gettext("“%(value)s”: %(amount)s") % {
                "value": row["value"],
                "amount": units(row["amount"], own),
            }

        rows = [told(row) for row in params["rows"]]
        if params["otherwise"] is not None:
            rows.append(gettext("otherwise %(amount)s") % {"amount": units(params["otherwise"], telling)})
        named = {"name": params["name"], "rows": "; ".join(rows)}
        return gettext("an amount by “%(name)s” (%(rows)s)") % named
