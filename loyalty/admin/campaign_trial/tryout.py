"""The test of a draft on one card: an example basket, or whatever else triggers the campaign; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.campaign_trial.basket import BasketForm, CardForm, LineFormSet, adds_lines
from loyalty.admin.campaign_trial.drafts import problems_of
from loyalty.admin.campaign_trial.pages import TrialPage
from loyalty.admin.campaign_trial.texts import card_numbers, describe_recipient
from loyalty.admin.figures import decimal_text
from loyalty.exceptions import CampaignInvalid, EventPayloadInvalid, LoyaltyError
from loyalty.models import Card
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.params import to_json
from loyalty.rules.registry import event_kinds
from loyalty.selectors import CampaignExplained
from loyalty.services import Preview, PreviewedReward, preview_event, preview_purchase

_PURCHASE = "loyalty.purchase"


@dataclass(frozen=True, slots=True)
class Given:
    """One reward of the test as the page shows it. `own`: of the campaign that is tested."""

    reward: PreviewedReward
    own: bool
    recipient: str
    number: str
    requested: str
    granted: str

    @property
    def is_cut(self) -> bool:
        """Whether less is given than was asked for."""
        return self.reward.requested != self.reward.granted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test came to."""

    preview: Preview
    asked: list[CampaignExplained]
    others: list[CampaignExplained]
    given: list[Given]

    @property
    def applied(self) -> bool:
        """Whether the tested campaign applied at least once."""
        return any(one.applied for one in self.asked)


class TryoutPage(TrialPage):
    """Which conditions hold for this card, what each would get, and when it can be spent."""

    slug, label, template = "test", _("Test"), "tryout.html"

    def respond(self) -> HttpResponse:
        if self.draft.definition is None:
            return self.show()
        kind = event_kinds.get(self.draft.definition["trigger"]["kind"])
        forms_ = self._forms(kind)
        single = [forms_[name] for name in ("card_form", "basket_form", "payload_form") if forms_[name]]
        context: dict[str, Any] = {**forms_, "form_list": single, "kind": kind, "follows": kind.follows}
        if self.request.method == "POST" and not adds_lines(self.request):
            valid = [one.is_valid() for one in forms_.values() if one is not None]
            basket, lines = forms_["basket_form"], forms_["line_forms"]
            if all(valid) and (basket is None or basket.settle(lines)):
                context |= self._result(kind, forms_)
        return self.show(**context)

    def _forms(self, kind: EventKind) -> dict[str, Any]:
        posted = self.request.POST if self.request.method == "POST" and not adds_lines(self.request) else None
        kept = self.request.POST if adds_lines(self.request) else None
        sees = self.request.user.has_perm("loyalty.view_card")
        is_purchase = kind.about_purchase
        card_form = CardForm(
            posted,
            initial=_initial(kept),
            program=self.campaign.program,
            may_see_cards=sees,
            needs_card=not is_purchase,
        )
        payload = None if is_purchase or kind.follows else kind.Payload
        return {
            "card_form": card_form,
            "basket_form": BasketForm(posted, initial=_initial(kept)) if is_purchase else None,
            "line_forms": LineFormSet.read(self.request) if is_purchase else None,
            "payload_form": payload(posted, prefix="payload") if payload else None,
        }

    def _result(self, kind: EventKind, forms_: Mapping[str, Any]) -> dict[str, Any]:
        card = forms_["card_form"].cleaned_data["card"]
        moment = forms_["card_form"].cleaned_data["occurred_at"]
        try:
            if kind.about_purchase:
                preview = self._buy(card, moment, forms_["basket_form"], forms_["line_forms"])
            else:
                preview = preview_event(
                    kind=kind.kind,
                    card=card,
                    payload=_payload(forms_["payload_form"]),
                    occurred_at=moment,
                    draft=self.campaign,
                    include_others=True,
                )
        except CampaignInvalid as error:
            self.draft.definition, self.draft.problems = None, problems_of(error)
            return {}
        except EventPayloadInvalid as error:
            details = [one for one in error.details if isinstance(one, dict)]
            return {"refused": [one["message"] for one in details] or [str(error)]}
        except LoyaltyError as error:
            return {"refused": [str(error)]}
        return {"outcome": self._outcome(preview)}

    def _buy(self, card: Card | None, moment: Any, basket: forms.Form, lines: LineFormSet) -> Preview:
        values = basket.cleaned_data
        decimals = self.campaign.program.decimals
        return preview_purchase(
            total=_money(values["total"], decimals),
            tax=None if values["tax"] is None else _money(values["tax"], decimals),
            discount=None if values["discount"] is None else _money(values["discount"], decimals),
            channel=values["channel"],
            lines=lines.lines or None,
            card=card,
            occurred_at=moment,
            draft=self.campaign,
            include_others=True,
        )

    def _outcome(self, preview: Preview) -> Outcome:
        numbers = card_numbers(one.card_id for one in preview.rewards if one.card_id)
        key = self.campaign.key
        return Outcome(
            preview=preview,
            asked=[one for one in preview.campaigns if one.key == key],
            others=[one for one in preview.campaigns if one.key != key],
            given=[
                Given(
                    reward=one,
                    own=one.campaign == key,
                    recipient=describe_recipient(one.level),
                    number=numbers.get(one.card_id or 0, gettext("no card")),
                    requested=decimal_text(one.requested),
                    granted=decimal_text(one.granted),
                )
                for one in sorted(preview.rewards, key=lambda one: one.campaign != key)
            ],
        )


def _initial(posted: Any) -> dict[str, Any]:
    """What was typed, where the page is only drawn again with more lines."""
    return {} if posted is None else {name: posted[name] for name in posted}


def _money(value: Decimal, decimals: int) -> str:
    """As the shop would tell it; what is finer than the currency is for the engine to refuse."""
    exponent = value.as_tuple().exponent
    places = max(decimals, -exponent if isinstance(exponent, int) else 0)
    return f"{value:.{places}f}"


def _payload(form: forms.Form | None) -> dict[str, Any]:
    if form is None:
        return {}
    values = {name: to_json(value) for name, value in form.cleaned_data.items()}
    return {name: value for name, value in values.items() if value not in (None, "")}
