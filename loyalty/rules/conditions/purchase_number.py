"""Which purchase of the card it is: the first, the fifth, every tenth (S9)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Need, Outcome, Settings
from loyalty.rules.conditions.reaching import purchases_text
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.fields import Money, MoneyField
from loyalty.rules.phrases import Clause, Progress, Telling, money, number
from loyalty.rules.views import CardView

FACT = "loyalty.purchases"
MATCHES = (
    ("first", _("the first")),
    ("at", _("number N")),
    ("every", _("every Nth")),
    ("at_least", _("number N or later")),
)
SINCES = (("ever", _("of all")), ("link", _("since the card has a parent card")))


# Noun phrases in the accusative: they replace "a purchase".
WITHOUT_MINIMUM = {
    "first": _("the first purchase"),
    "at": _("purchase number %(count)s"),
    "every": _("purchase number %(count)s, %(second)s, %(third)s and so on"),
    "at_least": _("purchase number %(count)s or a later one"),
}
WITH_MINIMUM = {
    "first": _("the first purchase of at least %(minimum)s"),
    "at": _("purchase number %(count)s of those of at least %(minimum)s"),
    "every": _("purchase number %(count)s, %(second)s, %(third)s and so on of those of at least %(minimum)s"),
    "at_least": _("purchase number %(count)s or a later one of those of at least %(minimum)s"),
}


class PurchaseNumberParams(forms.Form):
    """Only purchases of which at least `minimum_total` remains are counted."""

    match = forms.ChoiceField(label=_("which"), choices=MATCHES, initial="first")
    count = forms.IntegerField(label=_("N"), min_value=1, initial=1)
    minimum_total = MoneyField(label=_("minimum total"), round_up=True, initial="0.01")
    since = forms.ChoiceField(label=_("counted"), choices=SINCES, initial="ever")
    shown_when = {"count": ("match", ("at", "every", "at_least"))}

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("match") == "first" and self.cleaned_data.get("count", 1) != 1:
            raise ValidationError(
                _("The first has no number: leave N at 1, or choose another."), code="count_unused"
            )
        return self.cleaned_data


class PurchaseNumber(Condition):
    """The purchase itself must qualify, and stand at this place among the card's qualifying purchases."""

    kind = "loyalty.purchase_number"
    label = _("Number of the purchase")
    Params = PurchaseNumberParams

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(FACT, (str(params["minimum_total"]), params["since"])),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        purchase = event.purchase
        if purchase is None or purchase.card_id != about.pk:
            return Outcome.not_applicable("no_purchase" if purchase is None else "purchase_of_another_card")
        if params["since"] == "link" and (about.linked_at is None or purchase.occurred_at < about.linked_at):
            return Outcome.when(False, code="no_link")
        too_small = self.recheck(purchase, params)
        if too_small is not None:
            return too_small
        tally = about.fact(FACT).tally(minimum=str(params["minimum_total"]), since=params["since"])
        return Outcome.when(
            stands_at(tally, params["match"], params["count"]),
            code="other_number",
            expected={"match": params["match"], "count": params["count"]},
            actual=tally,
        )

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome | None:
        # Which number it was is never asked again (S9): there is no PASS that a "not" could turn round.
        minimum = params["minimum_total"]
        if purchase.qualifies(minimum=minimum.minor):
            return None
        actual = minimum.like(purchase.remaining)
        return Outcome.when(
            False, code="purchase_too_small", expected={"minimum": str(minimum)}, actual=actual
        )

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        minimum: Money = params["minimum_total"]
        texts = WITH_MINIMUM if minimum.minor > 1 else WITHOUT_MINIMUM
        count = params["count"]
        named = {"minimum": money(minimum), "count": number(count)}
        multiples = {"second": number(2 * count), "third": number(3 * count)}
        what = str(texts[params["match"]]) % {**named, **multiples}
        if params["since"] == "link" and not telling.linked:
            what = gettext("%(purchase)s since the parent card is set") % {"purchase": what}
        return Clause(
            gettext("%(card)s makes %(purchase)s") % {"card": telling.card, "purchase": what}, what=what
        )

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        match, target = params["match"], 1 if params["match"] == "first" else params["count"]
        if params["since"] == "link" and about.linked_at is None:
            return Progress(open=False)
        made = about.fact(FACT).tally(minimum=str(params["minimum_total"]), since=params["since"])
        current = made % target if match == "every" else min(made, target)
        text = purchases_text(current, target)
        return Progress(
            Decimal(current), Decimal(target), text, match in ("every", "at_least") or made < target
        )


def stands_at(tally: int, match: str, count: int) -> bool:
    """Whether a place in the row is the one that is asked for."""
    if match == "every":
        return tally > 0 and tally % count == 0
    if match == "at_least":
        return tally >= count
    return tally == (1 if match == "first" else count)
