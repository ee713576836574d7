"""What the host says of the card: region, level, plan, birthday (S37)."""

from collections.abc import Iterable

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.comparing import ATTRIBUTES, AttributeIs, Comparison, compare, comparison
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.views import CardView


class CardAttributeParams(Comparison):
    """The attribute's name and what to compare it with."""

    name = forms.SlugField(label=_("attribute"), max_length=64)
    field_order = ("name", "operator", "value", "values")


class CardAttribute(Condition):
    """The attribute's value at the moment of the event compares as asked."""

    kind = "loyalty.card_attribute"
    label = _("Attribute of the card")
    lasting = True
    Params = CardAttributeParams

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(ATTRIBUTES, params["name"]),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        return compare(about.attribute(params["name"]), params)

    def audience(self, params: Settings, asking: Asking) -> Q:
        values = params["values"] or ((params["value"],) if params["value"] else ())
        return registry.facts.get(ATTRIBUTES).query(
            AttributeIs(params["name"], params["operator"], values), asking
        )

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"of_card": telling.of_card, "comparison": comparison(params["name"], params)}
        return Clause(gettext("%(comparison)s for %(of_card)s") % named)
