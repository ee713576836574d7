"""The forms of a test: which card, and an example basket or what else happens."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import key_of
from loyalty.admin.moments import MomentField
from loyalty.models import Card, Program
from loyalty.selectors import search_cards

if TYPE_CHECKING:
    BaseFormSet = forms.BaseFormSet[Any]
else:
    BaseFormSet = forms.BaseFormSet

_EMPTY_LINES, _MORE_LINES, _MOST_LINES = 2, 3, 100
_MOST_FOUND = 10


class CardForm(forms.Form):
    """Which card it happens to, and when."""

    card = forms.CharField(
        label=_("Card"),
        required=False,
        max_length=200,
        help_text=_("Its number, your own key for it, or the name of its user."),
    )
    occurred_at = MomentField(
        label=_("Moment"), required=False, help_text=_("Empty: now. It may lie in the past or in the future.")
    )

    def __init__(
        self, *args: Any, program: Program, may_see_cards: bool, needs_card: bool, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.program = program
        field = self.fields["card"]
        if not may_see_cards:
            field.disabled = True
            field.help_text = _("You may not see cards, so the test is for somebody without one.")
        elif not needs_card:
            field.help_text = _(
                "Its number, your own key for it, or the name of its user. Empty: somebody without a card."
            )
        field.required = needs_card

    def clean_card(self) -> Card | None:
        """The one card of the program that was typed."""
        typed = self.cleaned_data["card"].strip()
        if not typed:
            return None
        rows = Card.objects.filter(pk__in=search_cards(typed), program=self.program)
        found = list(rows.prefetch_related("numbers").order_by("pk")[:_MOST_FOUND])
        if not found:
            raise ValidationError(_("There is no such card. Check the number."), code="card_not_found")
        if len(found) > 1:
            raise ValidationError(
                _("Several cards fit: %(cards)s. Type one of these numbers."),
                code="several_cards",
                params={"cards": ", ".join(str(card) for card in found)},
            )
        return found[0]


class BasketForm(forms.Form):
    """The purchase as a whole."""

    total = forms.DecimalField(
        label=_("Total"),
        min_value=0,
        max_digits=15,
        decimal_places=4,
        required=False,
        localize=True,
        help_text=_("Empty: the sum of the lines."),
    )
    tax = forms.DecimalField(
        label=_("Tax within it"), min_value=0, max_digits=15, decimal_places=4, required=False, localize=True
    )
    discount = forms.DecimalField(
        label=_("Discounts within it"),
        min_value=0,
        max_digits=15,
        decimal_places=4,
        required=False,
        localize=True,
    )
    channel = forms.CharField(
        label=_("Channel"), max_length=64, required=False, help_text=_("For example web, app or till.")
    )

    def settle(self, lines: LineFormSet) -> bool:
        """Take the sum of the lines where no total was given; whether both fit together."""
        amounts = [Decimal(line["amount"]) for line in lines.lines]
        total = self.cleaned_data["total"]
        if total is None and not amounts:
            self.add_error("total", _("Give a total, or at least one line."))
        elif total is None:
            self.cleaned_data["total"] = sum(amounts, Decimal(0))
        elif sum(amounts) > total:
            self.add_error("total", _("The lines come to more than the total."))
        return not self.errors


class LineForm(forms.Form):
    """One line of the basket; an empty one is left out."""

    sku = forms.CharField(label=_("Item number"), max_length=128, required=False)
    category = forms.CharField(label=_("Category"), max_length=128, required=False)
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=0, max_digits=12, decimal_places=3, required=False, localize=True
    )
    amount = forms.DecimalField(
        label=_("Amount"), min_value=0, max_digits=15, decimal_places=4, required=False, localize=True
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        says_something = any(values.get(name) not in (None, "") for name in ("sku", "category", "quantity"))
        if says_something and values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Say what this line costs."))
        return values

    @property
    def line(self) -> dict[str, Any] | None:
        """The line as a purchase has it; None for an empty one."""
        values = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return {name: str(value) for name, value in values.items()} if "amount" in values else None


class LineFormSet(BaseFormSet):
    """The lines of the basket: a button adds more of them, with a script or without."""

    @classmethod
    def read(cls, request: HttpRequest) -> LineFormSet:
        """As posted, with more empty lines where that was asked for."""
        made: Any = forms.formset_factory(
            LineForm, formset=cls, extra=_EMPTY_LINES, max_num=_MOST_LINES, absolute_max=_MOST_LINES
        )
        if request.method != "POST":
            return made(prefix="lines")  # type: ignore[no-any-return]
        data = request.POST.copy()
        if adds_lines(request):
            count = key_of(data.get("lines-TOTAL_FORMS"))
            count = _EMPTY_LINES if count is None else count
            data["lines-TOTAL_FORMS"] = str(min(count + _MORE_LINES, _MOST_LINES))
        return made(data, prefix="lines")  # type: ignore[no-any-return]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines that say something."""
        return [line for form in self.forms if (line := form.line) is not None]


def adds_lines(request: HttpRequest) -> bool:
    """Whether the button for more lines was pressed, and not the one that tests."""
    return "add_lines" in request.POST
