"""What a campaign has beside its rules, as forms: name and dates, and what stands around a condition, an action, a limit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.admin.campaign_editor.widgets import NameOrOther
from loyalty.models import Campaign
from loyalty.rules.compile_actions import LimitParams, PotParams
from loyalty.rules.compiled import ALL, FULL_ONLY, MILESTONE, NEVER, PROPORTIONAL, WHILE_MET
from loyalty.rules.fields import CurrencyField, PercentField


class NameForm(forms.Form):
    """What the campaign is called."""

    name = forms.CharField(
        label=pgettext_lazy("of a thing", "name"),
        max_length=200,
        help_text=_("What you and your colleagues call it."),
    )


class OldNameForm(NameForm):
    """The name of a campaign that may have come without one."""

    name = forms.CharField(label=pgettext_lazy("of a thing", "name"), max_length=200, required=False)


class DatesForm(forms.Form):
    """The offer's own dates."""

    starts_at = forms.DateTimeField(
        label=_("starts at"), required=False, help_text=_("Empty: as soon as it is published.")
    )
    ends_at = forms.DateTimeField(label=_("ends at"), required=False, help_text=_("Empty: it has no end."))


class CombiningForm(forms.Form):
    """How it stands to other campaigns."""

    priority = forms.IntegerField(
        label=_("priority"), initial=100, required=False, help_text=_("Lower applies first.")
    )
    phase = forms.ChoiceField(
        label=_("phase"),
        choices=Campaign.Phase.choices,
        initial=Campaign.Phase.BASE,
        help_text=_(
            "“Multiplier” for a campaign that multiplies what others give; it is applied after them."
        ),
    )
    stacking_group = forms.SlugField(
        label=_("stacking group"),
        max_length=64,
        required=False,
        help_text=_(
            "Give several campaigns the same word, and choose which of them apply. Empty: all apply."
        ),
    )
    stacking_mode = forms.ChoiceField(
        label=_("of the group apply"), choices=Campaign.Stacking.choices, initial=ALL
    )


class AboutForm(forms.Form):
    """About which card a condition asks, and whether it is turned round."""

    negate = forms.BooleanField(label=_("not"), required=False, help_text=_("The condition must not hold."))
    about = forms.ChoiceField(
        label=_("about"),
        choices=(("card", _("this card")), ("parent_card", _("its parent card"))),
        initial="card",
    )


class RecipientForm(forms.Form):
    """Who receives."""

    recipient = forms.ChoiceField(
        label=_("who receives"),
        choices=(
            ("card", _("child card (whose event it is)")),
            ("parent_card", _("parent card")),
            ("ancestors", _("ancestors, level by level")),
        ),
        initial="card",
    )
    blocked = forms.ChoiceField(
        label=_("a blocked ancestor"),
        choices=(
            ("keep_level", _("keeps its level and gets nothing")),
            ("compress", _("is skipped, the next moves up")),
            ("stop", _("ends the walk")),
        ),
        initial="keep_level",
    )
    currency = CurrencyField(label=_("currency"), max_length=32, required=False)


class RefundForm(forms.Form):
    """What a refund does to what was given."""

    on_refund = forms.ChoiceField(
        label=_("on refund"),
        required=False,
        choices=(
            ("", _("as is usual for what is given")),
            (PROPORTIONAL, _("taken back in proportion")),
            (WHILE_MET, _("kept while the conditions hold")),
            (FULL_ONLY, _("taken back when nothing remains")),
            (NEVER, _("never taken back")),
            (MILESTONE, _("kept while the count holds")),
        ),
    )


class PotForm(PotParams):
    """A pot that may be left out."""

    percent = PercentField(
        label=_("all recipients together get at most"),
        required=False,
        help_text=_("Of one purchase. Empty: no such bound."),
    )


class LimitForm(LimitParams):
    """A limit with words for whom it counts, in the order in which it is said."""

    field_order = ("max", "measure", "per", "period", "at_edge")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["per"].widget = NameOrOther(
            choices=(
                ("recipient", _("each card that receives")),
                ("campaign", _("the campaign as a whole")),
                ("pair", _("each pair of cards")),
            ),
            other=_("cards with the same attribute:"),
            placeholder=_("name of the attribute"),
        )
        self.fields["per"].label = _("for")
        self.fields["at_edge"].label = _("when it is reached")
        edge: Any = self.fields["at_edge"]
        edge.choices = (("cut", _("give what is left")), ("skip", _("give nothing")))
