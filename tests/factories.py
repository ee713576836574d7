"""Rows for tests, written past the services: a state as it may stand in the database, not how it came about."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factory
from django.contrib.auth import get_user_model
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory

from loyalty import codes, models

# A moment in the past, so that services take later ones for the present.
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


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


class EventFactory(DjangoModelFactory):
    """A processed event of a card."""

    class Meta:
        model = models.Event

    card = SubFactory(CardFactory)
    program = SelfAttribute("card.program")
    source = "shop"
    kind = "loyalty.purchase"
    key = Sequence(str)
    occurred_at = START
    body_hash = "0" * 64
    status = "processed"


class PurchaseFactory(DjangoModelFactory):
    """A purchase of 100.00 with nothing returned."""

    class Meta:
        model = models.Purchase

    event = SubFactory(EventFactory)
    program = SelfAttribute("event.program")
    card = SelfAttribute("event.card")
    source = "shop"
    external_id = Sequence(lambda n: f"order-{n}")
    occurred_at = START
    total = 10_000
    remaining = SelfAttribute("total")


class PurchaseLineFactory(DjangoModelFactory):
    """The first line of a purchase, all of its total."""

    class Meta:
        model = models.PurchaseLine

    purchase = SubFactory(PurchaseFactory)
    position = 0
    amount = SelfAttribute("purchase.total")
    remaining = SelfAttribute("amount")


class RefundFactory(DjangoModelFactory):
    """A return of 1.00."""

    class Meta:
        model = models.Refund

    purchase = SubFactory(PurchaseFactory)
    event = SubFactory(EventFactory, card=SelfAttribute("..purchase.card"), kind="loyalty.refund")
    amount = 100
    occurred_at = START


class WalletFactory(DjangoModelFactory):
    """An empty wallet."""

    class Meta:
        model = models.Wallet

    card = SubFactory(CardFactory)
    currency = SubFactory(CurrencyFactory, program=SelfAttribute("..card.program"))
    clock = START


class LotFactory(DjangoModelFactory):
    """A lot of 100, all of it available."""

    class Meta:
        model = models.Lot

    wallet = SubFactory(WalletFactory)
    amount = 100
    remaining = SelfAttribute("amount")
    earned_at = START
    available_at = START


class SpendFactory(DjangoModelFactory):
    """100 spent at once."""

    class Meta:
        model = models.Spend

    wallet = SubFactory(WalletFactory)
    event = SubFactory(EventFactory, card=SelfAttribute("..wallet.card"), kind="loyalty.spend")
    key = LazyAttribute(lambda spend: f"{spend.event.source}/{spend.event.key}")
    amount = 100
    captured = SelfAttribute("amount")
    status = "spent"
    occurred_at = START


class LedgerEntryFactory(DjangoModelFactory):
    """100 earned."""

    class Meta:
        model = models.LedgerEntry

    wallet = SubFactory(WalletFactory)
    event = SubFactory(EventFactory, card=SelfAttribute("..wallet.card"))
    kind = "earn"
    available = 100
    effective_at = START
    posted_at = START


class LotAllocationFactory(DjangoModelFactory):
    """1 taken from a lot."""

    class Meta:
        model = models.LotAllocation

    entry = SubFactory(LedgerEntryFactory)
    lot = SubFactory(LotFactory, wallet=SelfAttribute("..entry.wallet"))
    amount = 1


class AdjustmentFactory(DjangoModelFactory):
    """A correction of 100."""

    class Meta:
        model = models.Adjustment

    wallet = SubFactory(WalletFactory)
    event = SubFactory(EventFactory, card=SelfAttribute("..wallet.card"), kind="loyalty.adjusted")
    amount = 100
    reason = "Goodwill"


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
