"""Whether the card belongs to a segment."""

from collections.abc import Iterable

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Result, Settings
from loyalty.rules.conditions.days import NOBODY
from loyalty.rules.evaluate import Views, find_passed
from loyalty.rules.events import EventState
from loyalty.rules.fields import SegmentField
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.segments import CONDITION, LISTS, Segment, is_listed
from loyalty.rules.views import CardView


class InSegment(Condition):
    """The card is in the segment as that is defined at the moment of the event. (The settings hold it compiled.)"""

    kind = CONDITION
    label = _("In the segment")
    lasting = True

    class Params(forms.Form):
        segment = SegmentField(label=_("segment"), max_length=64)

    def needs(self, params: Settings) -> Iterable[Need]:
        segment: Segment = params["segment"]
        return segment.needs()

    def levels(self, params: Settings) -> int:
        segment: Segment = params["segment"]
        return segment.levels

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        segment: Segment = params["segment"]
        meant = segment.at(about.at)
        if meant is None:
            return Outcome.when(False, code="segment_not_in_effect", expected=segment.key)
        if meant.error:
            return Outcome(Result.ERROR, "segment_broken", expected=segment.key)
        if meant.listed:
            holds = is_listed(about.fact(LISTS), segment.key, about.at)
        elif (passed := find_passed(meant.groups, Views.of(about), event)) is not None:
            holds = bool(passed) or not meant.groups
        else:
            return Outcome(Result.ERROR, "condition_raised", expected=segment.key)
        return Outcome.when(holds, code="not_in_segment", expected=segment.key)

    def audience(self, params: Settings, asking: Asking) -> Q | None:
        segment: Segment = params["segment"]
        meant = segment.at(asking.at)
        if meant is None:
            return NOBODY
        return None if meant.error else registry.facts.get(LISTS).query((segment.key, meant), asking)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        segment: Segment = params["segment"]
        named = {"card": telling.card, "segment": segment.key}
        return Clause(
            gettext("%(card)s is in the segment “%(segment)s”") % named,
            gettext("%(card)s is not in the segment “%(segment)s”") % named,
        )
