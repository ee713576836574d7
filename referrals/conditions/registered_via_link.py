"""Whether somebody brought the card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules import Asking, Condition, EventState, Need, Outcome, Settings
from loyalty.rules.phrases import Clause, Telling, any_of
from loyalty.rules.views import CardView
from referrals.journey import FACT
from referrals.methods import Method


class MethodsField(forms.MultipleChoiceField):
    """Ways of attribution, in one order."""

    def __init__(self) -> None:
        super().__init__(
            label=_("methods"),
            choices=Method.choices,
            required=False,
            help_text=_("None chosen: any."),
        )

    def clean(self, value: Any) -> tuple[str, ...]:
        chosen = super().clean(value)
        return tuple(method for method in Method.values if method in chosen)


class RegisteredViaLink(Condition):
    """The card was brought by a referrer, before the event; by one of `methods`, if any are given."""

    kind = "referrals.registered_via_link"
    label = _("Registered via a referral link")
    lasting = True
    reasons = {
        "not_referred": _("The card was not brought by anybody."),
        "other_method": _("The card was brought in another way than the campaign asks for."),
    }

    class Params(forms.Form):
        methods = MethodsField()

    def needs(self, params: Settings) -> Iterable[Need]:
        return [Need(FACT)]

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        referral = about.fact(FACT).referral
        if referral is None or referral.registered_at > about.at:
            return Outcome.when(False, code="not_referred", expected=True, actual=False)
        methods = list(params["methods"])
        fits = not methods or referral.method in methods
        return Outcome.when(fits, code="other_method", expected=methods or True, actual=referral.method)

    def audience(self, params: Settings, asking: Asking) -> Q:
        chosen = {"referral__method__in": params["methods"]} if params["methods"] else {}
        return Q(referral__registered_at__lte=asking.at, **chosen)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        ways = any_of([str(Method(method).label) for method in params["methods"]])
        named = {"card": telling.card, "ways": ways}
        if ways:
            return Clause(
                gettext("%(card)s was brought in this way: %(ways)s") % named,
                gettext("%(card)s was not brought in this way: %(ways)s") % named,
            )
        return Clause(
            gettext("%(card)s was registered by link") % named,
            gettext("%(card)s was not registered by link") % named,
            who=gettext("a friend registered by your link")
            if telling.you
            else gettext("a client registered by link"),
        )
