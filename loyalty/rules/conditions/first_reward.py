"""Whether the campaign has rewarded the card before."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules import registry
from loyalty.rules.base import THIS_CAMPAIGN, Asking, Condition, Need, Outcome, Settings
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.views import REWARDED, CardView


class FirstReward(Condition):
    """The campaign has given the card nothing yet, or nothing of which anything is left."""

    kind = "loyalty.first_reward"
    label = _("First reward of this campaign")
    lasting = True

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(REWARDED, THIS_CAMPAIGN),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        kept = about.rewarded(about.campaign)
        return Outcome.when(not kept, code="rewarded_before", expected=0, actual=kept)

    def audience(self, params: Settings, asking: Asking) -> Q | None:
        # A segment belongs to no campaign.
        return ~registry.facts.get(REWARDED).query(asking.campaign, asking) if asking.campaign else None

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"card": telling.card}
        return Clause(
            gettext("%(card)s has not been rewarded by this campaign yet") % named,
            gettext("%(card)s has been rewarded by this campaign before") % named,
        )
