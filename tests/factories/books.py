"""Rows of what happened: events, purchases, and the ledger."""

from factory import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from loyalty import models
from tests.factories.cards import CardFactory, CurrencyFactory
from tests.factories.moments import START


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
