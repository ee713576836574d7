"""Forms of the shop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from example_project.shop import basket


class PiecesForm(forms.Form):
    """How many pieces of a product should lie in the basket."""

    quantity = forms.IntegerField(min_value=0, max_value=basket.MOST)


class CheckoutForm(forms.Form):
    """Who orders. Members may pay a part with points."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Only for questions about this order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    use_points = forms.BooleanField(label=_("Pay a part with my points"), required=False)


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]
    """A new customer: the card comes with it, and whoever sent them may be named by code."""

    code = forms.CharField(
        label=_("Code of a friend"),
        required=False,
        max_length=100,
        help_text=_("Leave it empty if you came by a friend's link, or if nobody sent you."),
    )

    class Meta:
        model = get_user_model()
        fields = ("first_name", "username", "email")

    field_order = ("first_name", "username", "email", "password1", "password2", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].label = _("Your name")
        self.fields["first_name"].required = True
        self.fields["email"].required = False
        self.fields["username"].help_text = _("You sign in with it.")
        self.fields["password1"].help_text = _("Eight characters or more, and not only digits.")
        self.fields["password2"].help_text = ""
