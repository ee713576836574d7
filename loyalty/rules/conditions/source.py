"""Where the event came from."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.events import EventState
from loyalty.rules.fields import TextListField
from loyalty.rules.phrases import Clause, Telling, quoted
from loyalty.rules.views import CardView


class Source(Condition):
    """The event's source is one of `sources`."""

    kind = "loyalty.source"
    label = _("Source")

    class Params(forms.Form):
        sources = TextListField(label=_("sources"))

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        sources = params["sources"]
        return Outcome.when(
            event.source in sources, code="other_source", expected=list(sources), actual=event.source
        )

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"sources": quoted(params["sources"])}
        return Clause(
            gettext("the source of the event is %(sources)s") % named,
            gettext("the source of the event is not %(sources)s") % named,
        )
