"""A condition's audience is who holds it: the query finds the cards for which the engine says yes, and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.models import Card
from loyalty.processing.audience import audience_query
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.load import load_state
from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Result
from loyalty.rules.compiled import CampaignBook, CompiledCampaign, CompiledCondition, Publication
from loyalty.rules.evaluate import Views, ask
from loyalty.rules.events import EventState
from loyalty.rules.params import clean_rule
from loyalty.rules.registry import facts
from tests.integration.law.budget import HISTORIES_STORED
from tests.integration.law.dice import Dice, entry_for
from tests.integration.law.histories import scenes
from tests.integration.law.rules import CONDITIONS
from tests.integration.law.scene import day
from tests.integration.law.stage import put, undone

pytestmark = pytest.mark.django_db

ASKED_OF_CARDS = sorted(
    rule.kind for rule in registry.conditions if type(rule).audience is not Condition.audience
)


@settings(max_examples=HISTORIES_STORED, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes(most_steps=30), seed=st.integers(0, 2**63), days=st.floats(0, 30))
def test_the_audience_of_each_condition_is_who_the_engine_says(scene, seed, days):
    dice = Dice(seed)
    with undone():
        staged = put(scene)
        staged.process(lambda: None)
        program = staged.program
        program.refresh_from_db()
        rules = load_program_rules(program)
        last = program.events.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
        at = (last or day(0)) + timedelta(days=days)
        keys = [campaign.key for campaign in campaign_book(program).campaigns]
        asking = Asking(rules, at, dice.one(keys) if keys else "nothing")
        for kind in ASKED_OF_CARDS:
            condition = registry.conditions.get(kind)
            params = clean_rule(condition, entry_for(CONDITIONS, kind)(dice), program=rules).values
            for about in ("card", "parent_card"):
                for negate in (False, True):
                    item = CompiledCondition(condition, about, negate, params)
                    assert found(item, asking) == said(item, asking, staged.cards), (kind, params, item)


def found(item: CompiledCondition, asking: Asking) -> set[int]:
    """Whom the query finds."""
    query = audience_query([[item]], asking)
    assert query is not None
    return set(Card.objects.filter(query, program_id=asking.program.pk).values_list("pk", flat=True))


def said(item: CompiledCondition, asking: Asking, cards: list[int]) -> set[int]:
    """For whom the engine says yes, asked of each card with a state loaded for it alone."""
    campaign = CompiledCampaign(pk=None, revision_pk=None, key=asking.campaign, groups=((item,),))
    book = CampaignBook([Publication(asking.campaign, day(-400), campaign)])
    holding = set()
    for card in cards:
        event = EventState("law", "school.lesson_finished", "asked", card, asking.at)
        state = load_state(
            program=asking.program,
            campaigns=book,
            events=[event],
            facts=list(facts),
            using="default",
            lock=False,
        )
        views = Views(state, event)
        views.ask_for(asking.campaign)
        answer = ask(item, views, event).result
        assert answer is not Result.ERROR
        if answer is Result.PASS:
            holding.add(card)
    return holding
