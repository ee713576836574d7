"""How many friends the card brought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django import forms
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from loyalty.rules import Asking, Condition, EventState, Need, Outcome, Settings
from loyalty.rules.phrases import Clause, Progress, Telling
from loyalty.rules.views import CardView
from referrals.conditions.counted_friends import friends_clause, friends_text
from referrals.journey import FACT

MATCHES = [("at", _("exactly")), ("every", _("every")), ("at_least", _("at least"))]
STAGES = [("registered", _("registered")), ("qualified", _("qualified"))]


class ReferredClients(Condition):
    """The card brought exactly, every, or at least `count` friends who got to `stage`.

    The first two are milestones (S20): a reward stands while its count is reached.
    """

    kind = "referrals.referred_clients"
    label = _("Referred N clients")
    reasons = {
        "count_passed": _("The card had brought more friends than that already."),
        "not_a_multiple": _("The number of friends brought was between two milestones."),
    }

    class Params(forms.Form):
        match = forms.ChoiceField(label=_("match"), choices=MATCHES)
        count = forms.IntegerField(label=_("count"), min_value=1, max_value=1_000_000)
        stage = forms.ChoiceField(label=_("stage"), choices=STAGES, initial="qualified")

    def needs(self, params: Settings) -> Iterable[Need]:
        return [Need(FACT)]

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        wanted, actual = params["count"], self.count(about, params)
        if params["match"] == "at_least":
            return Outcome.when(actual >= wanted, code="count_not_reached", expected=wanted, actual=actual)
        if params["match"] == "at":
            code = "count_passed" if actual > wanted else "count_not_reached"
            holds, threshold = actual == wanted, wanted
        else:
            code, holds, threshold = "not_a_multiple", actual > 0 and actual % wanted == 0, actual
        outcome = Outcome.when(holds, code=code, expected=wanted, actual=actual)
        return replace(outcome, threshold=threshold) if holds else outcome

    def count(self, about: CardView, params: Settings) -> int:
        known = about.fact(FACT)
        friends: int = known.qualified if params["stage"] == "qualified" else known.registered
        return friends

    def is_milestone(self, params: Settings) -> bool:
        return bool(params["match"] != "at_least")

    def audience(self, params: Settings, asking: Asking) -> Q:
        name, wanted = f"referrer_stats__{params['stage']}", params["count"]
        if params["match"] == "at":
            return Q(**{name: wanted})
        if params["match"] == "at_least":
            return Q(**{f"{name}__gte": wanted})
        return Q(Exact(Mod(Coalesce(F(name), 0), wanted), 0), **{f"{name}__gt": 0})

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        return friends_clause(params, telling)

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        target, friends = params["count"], self.count(about, params)
        current = friends % target if params["match"] == "every" else min(friends, target)
        is_open = params["match"] != "at" or friends < target
        return Progress(Decimal(current), Decimal(target), friends_text(current, target), is_open)
