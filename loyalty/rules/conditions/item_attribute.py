"""What was bought: items with an attribute such as a brand."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Result, Settings
from loyalty.rules.conditions.comparing import Comparison, compare, comparison
from loyalty.rules.conditions.items import Enough, enough, includes
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.views import CardView


class ItemAttributeParams(Comparison, Enough):
    """The attribute's name, what to compare it with, and how much of such items is enough."""

    name = forms.CharField(label=_("attribute"), max_length=128)
    field_order = ("name", "operator", "value", "values", "minimum_quantity", "minimum_amount")


class ItemAttribute(Condition):
    """Of the items whose attribute compares as asked enough was bought and not returned."""

    kind = "loyalty.item_attribute"
    label = _("Attribute of the items bought")
    Params = ItemAttributeParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        if event.purchase is None:
            return Outcome.not_applicable("no_purchase")
        return self.recheck(event.purchase, params)

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome:
        name = params["name"]
        return enough(
            [
                line
                for line in purchase.lines
                if compare(line.attributes.get(name) or None, params).result is Result.PASS
            ],
            params,
        )

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        asked = comparison(params["name"], params)
        return Clause(includes(gettext("items whose %(comparison)s") % {"comparison": asked}, params))
