"""Rows of segments: what they mean, and who is on their lists."""

from factory import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from loyalty import models
from tests.factories.cards import CardFactory, ProgramFactory
from tests.factories.moments import START


class SegmentFactory(DjangoModelFactory):
    """A segment that means nothing yet."""

    class Meta:
        model = models.Segment

    program = SubFactory(ProgramFactory)
    key = Sequence(lambda n: f"segment-{n}")
    name = "Friends"


class SegmentRevisionFactory(DjangoModelFactory):
    """A list since the start."""

    class Meta:
        model = models.SegmentRevision

    segment = SubFactory(SegmentFactory)
    number = 1
    definition = {"listed": True}
    effective_from = START


class SegmentMemberFactory(DjangoModelFactory):
    """A card on the list since the start."""

    class Meta:
        model = models.SegmentMember

    segment = SubFactory(SegmentFactory)
    card = SubFactory(CardFactory, program=SelfAttribute("..segment.program"))
    since = START
