"""The forms of what staff do to a card: each wants a reason."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card
from loyalty.selectors import resolve_card

_LONGEST = 500


def words_of(error: LoyaltyError) -> list[str]:
    """What a refusal says to a person: its mistakes one by one if it lists them, else its sentence."""
    listed = error.details if isinstance(error.details, list) else []
    told = [str(one["message"]) for one in listed if one.get("message")]
    return told or [str(error)]


class CardForm(forms.Form):
    """A form about one card."""

    def __init__(self, *args: object, card: Card, **options: object) -> None:
        self.card = card
        super().__init__(*args, **options)  # type: ignore[arg-type]


def reason_field() -> forms.CharField:
    """Why it is done."""
    return forms.CharField(
        label=_("Reason"),
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("It is kept with your name, for colleagues and the audit. The member does not see it."),
    )


class ReasonForm(CardForm):
    """Only why."""

    reason = reason_field()


class AdjustForm(CardForm):
    """How much, of what, and why."""

    currency = forms.ChoiceField(label=_("Currency"))
    amount = forms.CharField(
        label=_("Amount"),
        max_length=32,
        help_text=_("Such as 50 to add, or -50 to take. More than the member has available cannot be taken."),
    )
    reason = reason_field()
    # The same form sent twice corrects once.
    key = forms.CharField(widget=forms.HiddenInput, initial=lambda: uuid4().hex, max_length=64)

    def __init__(self, *args: object, card: Card, **options: object) -> None:
        super().__init__(*args, card=card, **options)
        choices = [(one.code, one.name) for one in card.program.currencies.order_by("-spendable", "pk")]
        self.fields["currency"].choices = choices  # type: ignore[attr-defined]

    def clean_amount(self) -> str:
        """A comma is how many write decimals."""
        return str(self.cleaned_data["amount"]).strip().replace(",", ".").replace("\u2212", "-").lstrip("+")


class ReplaceForm(CardForm):
    """Which number, and why."""

    number = forms.CharField(
        label=_("New number"),
        max_length=64,
        required=False,
        help_text=_("From the new plastic card. Leave it empty, and a number is drawn."),
    )
    reason = reason_field()


class MoveForm(CardForm):
    """Under which card, and why."""

    parent = forms.CharField(
        label=_("New parent card"),
        max_length=128,
        required=False,
        help_text=_("Its number or the key in your own system."),
    )
    detach = forms.BooleanField(label=_("No parent card: take it out of the tree"), required=False)
    reason = reason_field()

    def clean(self) -> dict[str, object]:
        """Find the card. Exactly one of the two must be given."""
        values = dict(self.cleaned_data)
        typed, detach = str(values.get("parent") or "").strip(), values.get("detach")
        if bool(typed) == bool(detach):
            self.add_error("parent", _("Name the new parent card, or choose that there is none."))
        elif typed:
            try:
                values["parent"] = resolve_card(typed, program=self.card.program)
            except LoyaltyError as error:
                self.add_error("parent", words_of(error))
        else:
            values["parent"] = None
        return values
