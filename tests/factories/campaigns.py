"""Rows of campaigns, rewards, limits and messages."""

from uuid import uuid4

from factory import LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from loyalty import models
from tests.factories.books import EventFactory
from tests.factories.cards import CardFactory, ProgramFactory
from tests.factories.moments import START


class CampaignFactory(DjangoModelFactory):
    """A campaign's draft without conditions and actions."""

    class Meta:
        model = models.Campaign

    program = SubFactory(ProgramFactory)
    key = Sequence(lambda n: f"campaign-{n}")
    name = "Campaign"
    trigger_kind = "loyalty.purchase"


class CampaignActionFactory(DjangoModelFactory):
    """An action of a draft."""

    class Meta:
        model = models.CampaignAction

    campaign = SubFactory(CampaignFactory)
    slot = LazyFunction(uuid4)
    slot_name = Sequence(lambda n: f"slot-{n}")
    kind = "loyalty.credit_amount"


class CampaignRevisionFactory(DjangoModelFactory):
    """A frozen definition; what it says is up to the test."""

    class Meta:
        model = models.CampaignRevision

    campaign = SubFactory(CampaignFactory)
    number = 1
    definition = LazyFunction(dict)


class CampaignPublicationFactory(DjangoModelFactory):
    """A publication since the start."""

    class Meta:
        model = models.CampaignPublication

    revision = SubFactory(CampaignRevisionFactory)
    campaign = SelfAttribute("revision.campaign")
    action = "publish"
    effective_from = START


class RewardFactory(DjangoModelFactory):
    """A reward of 100 for a purchase, all of it kept."""

    class Meta:
        model = models.Reward

    event = SubFactory(EventFactory)
    card = SelfAttribute("event.card")
    campaign = SubFactory(CampaignFactory, program=SelfAttribute("..event.program"))
    revision = SubFactory(CampaignRevisionFactory, campaign=SelfAttribute("..campaign"))
    slot = LazyFunction(uuid4)
    effect = "credit"
    requested = SelfAttribute("granted")
    granted = 100
    policy = "proportional"
    occurred_at = START
    created_at = START


class LimitCounterFactory(DjangoModelFactory):
    """A counter of nothing yet."""

    class Meta:
        model = models.LimitCounter

    campaign = SubFactory(CampaignFactory)
    program = SelfAttribute("campaign.program")
    key = Sequence(lambda n: f"counter-{n}")


class OutboxMessageFactory(DjangoModelFactory):
    """A message that nobody has sent yet."""

    class Meta:
        model = models.OutboxMessage

    program = SubFactory(ProgramFactory)
    topic = "event_failed"
    payload = LazyFunction(dict)


class ScheduleRunFactory(DjangoModelFactory):
    """A date that a scheduled campaign has begun."""

    class Meta:
        model = models.ScheduleRun

    campaign = SubFactory(CampaignFactory)
    date = START.date()
    started_at = START


class SchedulePresenceFactory(DjangoModelFactory):
    """A card that was in the segment of a campaign."""

    class Meta:
        model = models.SchedulePresence

    campaign = SubFactory(CampaignFactory)
    card = SubFactory(CardFactory)
