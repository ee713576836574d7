"""The campaigns that are open to a member now, and how far the member is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db import router
from django.utils import timezone

from loyalty.models import Card, Event, Program
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.load import load_state
from loyalty.rules.base import Result
from loyalty.rules.compiled import CampaignBook, CompiledCampaign, CompiledCondition, Publication
from loyalty.rules.events import EventState
from loyalty.rules.limits import find_counter, scope_of
from loyalty.rules.phrases import CARD, PARENT, Progress, Telling
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import ACTIVE, ProgramRules, State
from loyalty.rules.views import CardView
from loyalty.selectors.cards import resolve_card
from loyalty.selectors.sentence_parts import read_compiled
from loyalty.selectors.sentences import describe_parts

logger = logging.getLogger("loyalty.selectors")

# Stands for "nothing has happened": a kind that every program knows and that changes nothing.
_NOTHING = "loyalty.card_enrolled"


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """A campaign that is open to a card, told to its holder.

    `role` says as what the card takes part: "card" for what its holder does, "parent_card" for what friends do. `text` is
    the progress in words ("1 of 3 friends"), empty with `current` and `target` None where nothing is counted. `ends_at`
    is when the offer ends, None: not known to end.
    """

    key: str
    name: str
    role: str
    sentence: str
    current: Decimal | None
    target: Decimal | None
    text: str
    ends_at: datetime | None


def open_campaigns(card: Card, *, at: datetime | None = None) -> list[CampaignProgress]:
    """The published campaigns that the card could still gain by, at `at` (default: now), in the order in which they apply.

    Left out is what is not in effect, over, or used up for this card; what asks for something lasting that the card does
    not have, such as a segment; and what tells nothing to a member, such as a bonus for staying away. A card that is not
    active gets none. One campaign may be there twice, in both roles. Nothing of other cards is told. A constant number
    of queries, whatever the number of campaigns and of friends.
    """
    card = resolve_card(card)
    moment = timezone.now() if at is None else at
    program = Program.objects.get(pk=card.program_id)
    rules = load_program_rules(program)
    campaigns = _in_effect(campaign_book(program), moment)
    if not campaigns:
        return []
    event = EventState("progress", _NOTHING, "progress", card.pk, moment, {})
    state = load_state(
        program=rules,
        campaigns=_Asked(Publication(one.key, moment, replace(one, actions=())) for one in campaigns),
        events=[event],
        facts=list(fact_registry),
        using=router.db_for_read(Event),
        lock=False,
    )
    if state.cards[card.pk].status_at(moment) != ACTIVE:
        return []
    looking = _Looking(state, event, rules)
    return [found for campaign in campaigns for found in looking.at(campaign)]


def _in_effect(book: CampaignBook, moment: datetime) -> list[CompiledCampaign]:
    """What decides at a moment (S5) and is an offer: not a trial, not broken, not before its dates or after them."""
    latest = {item.campaign_key: item for item in book.publications if item.effective_from <= moment}
    found = [item.campaign for item in latest.values() if item.campaign is not None and not item.shadow]
    return sorted(
        (
            one
            for one in found
            if not one.error
            and (one.starts_at is None or one.starts_at <= moment)
            and (one.ends_at is None or one.ends_at > moment)
        ),
        key=lambda campaign: campaign.order,
    )


class _Asked(CampaignBook):
    """What the conditions of campaigns read is loaded, not what granting or taking back would need."""

    @cached_property
    def has_milestones(self) -> bool:
        return False


class _Looking:
    """One card's view of campaigns."""

    def __init__(self, state: State, event: EventState, rules: ProgramRules) -> None:
        assert event.card_id is not None
        self.state, self.event, self.rules, self.card_id = state, event, rules, event.card_id

    def at(self, campaign: CompiledCampaign) -> Iterator[CampaignProgress]:
        """The campaign in each role in which it is open."""
        if not self._has_room(campaign):
            return
        for role in (CARD, PARENT):
            if not any((action.recipient.role == CARD) == (role == CARD) for action in campaign.actions):
                continue
            reached = self._progress(campaign, role)
            if reached is not None:
                yield self._tell(campaign, role, reached)

    def _tell(self, campaign: CompiledCampaign, role: str, reached: Progress) -> CampaignProgress:
        counted = bool(reached.text)
        return CampaignProgress(
            key=campaign.key,
            name=campaign.name or campaign.key,
            role=role,
            sentence=describe_parts(read_compiled(campaign, self.rules), self.rules, you=role),
            current=reached.current if counted else None,
            target=reached.target if counted else None,
            text=reached.text,
            ends_at=campaign.ends_at,
        )

    def _has_room(self, campaign: CompiledCampaign) -> bool:
        """Whether no limit is used up for this card, as far as it is its own or everybody's."""
        for limit in campaign.limits:
            if limit.per == "pair":
                continue
            scope = scope_of(self.state, self.event, limit, self.card_id)
            counter = find_counter(self.state, campaign=campaign, limit=limit, scope=scope, at=self.event.at)
            if counter.used >= limit.maximum:
                return False
        return True

    def _progress(self, campaign: CompiledCampaign, role: str) -> Progress | None:
        """How far the card is in the group that it is nearest to; None where it can reach none."""
        if not campaign.groups:
            return Progress()
        found = [self._group(campaign, group, role) for group in campaign.groups]
        return max((one for one in found if one is not None), key=_share, default=None)

    def _group(
        self, campaign: CompiledCampaign, group: tuple[CompiledCondition, ...], role: str
    ) -> Progress | None:
        """The first count that is not reached yet, else the last that is; only of questions about the card itself."""
        view = CardView(self.state, self.state.cards[self.card_id], self.event.at, campaign.key)
        telling = Telling(self.rules, you=role, about=role, trigger=campaign.trigger)
        counted: list[Progress] = []
        for item in group:
            if item.about != role:
                continue  # it asks about somebody else's card
            if item.condition.lasting and not self._holds(item, view):
                return None
            reached = None if item.negate else _reached(item, view, telling)
            if reached is not None and not reached.open:
                return None
            if reached is not None and reached.text:
                counted.append(reached)
        return min(counted, key=_share, default=Progress())

    def _holds(self, item: CompiledCondition, view: CardView) -> bool:
        try:
            result = item.condition.check(view, self.event, item.params).result
        except Exception:
            logger.exception("Condition %s raised for a look at open campaigns", item.condition.kind)
            return False
        return result is (Result.FAIL if item.negate else Result.PASS)


def _reached(item: CompiledCondition, view: CardView, telling: Telling) -> Progress | None:
    """How far the card is; not open where a host's own rule raises: that must not take a member's page down."""
    try:
        return item.condition.progress(view, item.params, telling)
    except Exception:
        logger.exception("Condition %s could not say how far a card is", item.condition.kind)
        return Progress(open=False)


def _share(reached: Progress) -> Decimal:
    return reached.current / reached.target if reached.target else Decimal(0)
