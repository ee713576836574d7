"""Rows of people: users, programs, cards."""

import factory
from django.contrib.auth import get_user_model
from factory import LazyFunction, SelfAttribute, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory

from loyalty import codes, models
from tests.factories.moments import START


class UserFactory(DjangoModelFactory):
    """A user of the host."""

    class Meta:
        model = get_user_model()

    username = Sequence(lambda n: f"user-{n}")


class ProgramFactory(DjangoModelFactory):
    """A program without currencies."""

    class Meta:
        model = models.Program

    slug = Sequence(lambda n: f"program-{n}")
    name = "Club"
    purchase_currency = "EUR"
    timezone = "UTC"


class CurrencyFactory(DjangoModelFactory):
    """Whole points that are available at once and never expire."""

    class Meta:
        model = models.Currency

    program = SubFactory(ProgramFactory)
    code = "points"
    name = "Points"

    class Params:
        holding = Trait(hold="P14D")
        expiring = Trait(validity="P365D")
        status_only = Trait(code="status", name="Status", spendable=False)


class CardFactory(DjangoModelFactory):
    """A card with a queue row; `numbered` gives it a number, `held` a user."""

    class Meta:
        model = models.Card
        skip_postgeneration_save = True

    program = SubFactory(ProgramFactory)
    external_id = Sequence(lambda n: f"customer-{n}")
    status_since = START
    enrolled_at = START
    queue = factory.RelatedFactory("tests.factories.CardQueueFactory", "card")

    class Params:
        held = Trait(user=SubFactory(UserFactory))
        numbered = Trait(number=factory.RelatedFactory("tests.factories.CardNumberFactory", "card"))
        blocked = Trait(status="blocked")
        closed = Trait(status="closed")
        child = Trait(
            parent=SubFactory("tests.factories.CardFactory", program=SelfAttribute("..program")),
            parent_since=START,
            linked_at=START,
        )


class CardQueueFactory(DjangoModelFactory):
    """The row that workers claim."""

    class Meta:
        model = models.CardQueue

    card = SubFactory(CardFactory, queue=None)


class CardNumberFactory(DjangoModelFactory):
    """A current card number."""

    class Meta:
        model = models.CardNumber

    card = SubFactory(CardFactory)
    program = SelfAttribute("card.program")
    number = LazyFunction(codes.generate)
    issued_at = START


class CardAttributeFactory(DjangoModelFactory):
    """An attribute's value since the start."""

    class Meta:
        model = models.CardAttribute

    card = SubFactory(CardFactory)
    name = "region"
    value = "north"
    since = START
