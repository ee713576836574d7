"""One card's wallet in the real database against the naive ledger, step by step.

Points come by purchases and go by refunds, so what decides and what stores stand between the two ledgers. About
LOYALTY_STEPS steps are taken in all, 1,000 by default and as many as LOYALTY_SOAK says in a soak.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty.exceptions import LoyaltyError
from loyalty.models import Evaluation, Lot, Spend, Wallet
from loyalty.processing.calls import execute
from loyalty.processing.inbox import write_event
from loyalty.processing.process import process_card
from tests.integration.law.budget import STEPS_STORED
from tests.integration.law.scene import CampaignPlan, CardPlan, Scene, day
from tests.integration.law.stage import put, strictly
from tests.loyalty.ledger.model import Buckets, LedgerModel, LotState, SpendState, Terms

STEPS_OF_A_HISTORY = 25

# What a purchase cost is what it earns.
ACTION: dict[str, Any] = {"slot": "buyer", "kind": "loyalty.credit", "currency": "points"}
ACTION["amount"] = {"kind": "loyalty.percent", "of": "total", "percent": "100"}
ALL_OF_IT = CampaignPlan(
    "all", ({"key": "all", "trigger": {"kind": "loyalty.purchase"}, "actions": [ACTION]},)
)

amounts = st.integers(1, 60)
delays = st.sampled_from([0, 0, 0, 0, 1, 3, 10, 25]).map(timedelta)
which = st.integers(0, 5)


class LedgerMachine(RuleBasedStateMachine):
    """A host that buys, spends and returns; with `calls` a refusal leaves no trace, in the inbox it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.today = day(0)
        self.number = 0
        self.lots: list[str] = []
        self.bought: dict[str, list[int]] = {}  # what was earned, and what is kept of it
        self.spends: list[str] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(
        hold=st.sampled_from([0, 0, 3, 14]),
        validity=st.sampled_from([None, 5, 20, 60]),
        end_of_day=st.booleans(),
        clawback=st.sampled_from(["debt", "debt", "within_balance"]),
        zone=st.sampled_from(["UTC", "Europe/Moscow", "America/New_York"]),
        calls=st.booleans(),
    )
    def begin(self, hold, validity, end_of_day, clawback, zone, calls):
        self.calls = calls
        terms = Terms(hold, validity, end_of_day, clawback, zone=zone)
        self.model = LedgerModel(terms, is_refusal_undone=calls)
        points = {"code": "points", "hold": f"P{hold}D", "expires_end_of_day": end_of_day}
        if validity is not None:
            points["validity"] = f"P{validity}D"
        scene = Scene(zone, ({**points, "clawback": clawback},), (CardPlan(),), (ALL_OF_IT,), ())
        staged = put(scene)
        self.program, (self.card_id,) = staged.program, staged.cards

    # Telling the database

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}-{self.number}"

    def tell(self, kind: str, key: str, at: Any, **payload: Any) -> str:
        """Let it happen; answers the code of its refusal, or ""."""
        told = {
            "program": self.program,
            "source": "shop",
            "kind": f"loyalty.{kind}",
            "key": key,
            "card_id": self.card_id,
            "occurred_at": at,
            "payload": payload,
        }
        if self.calls and kind not in ("purchase", "refund"):
            try:
                execute(**told)
            except LoyaltyError as refusal:
                return refusal.code
            return ""
        pk, _created = write_event(**told)
        with strictly():
            process_card(card_id=self.card_id)
        outcome = Evaluation.objects.get(event=pk).outcome
        return "" if outcome == "applied" else outcome

    # What happens

    @rule(days=st.integers(0, 12), hours=st.sampled_from([0, 0, 12]))
    def pass_days(self, days, hours):
        self.today += timedelta(days, hours=hours)

    @precondition(lambda self: self.model.clock is not None)
    @rule()
    def sweep(self):
        assert self.tell("settled", self.name("settled"), self.today) == ""
        self.model.touch(self.today)

    @rule(amount=amounts, delay=delays)
    def buy(self, amount, delay):
        at, name = self.today - delay, self.name("bought")
        assert self.tell("purchase", name, at, total=f"{amount}.00") == ""
        self.model.earn(name, amount, at)
        self.lots.append(name)
        self.bought[name] = [amount, amount]

    @precondition(lambda self: any(kept for _earned, kept in self.bought.values()))
    @rule(which=which, amount=st.none() | amounts, delay=delays)
    def give_back(self, which, amount, delay):
        at, name = self.today - delay, self.pick([n for n, (_, kept) in self.bought.items() if kept], which)
        amount = min(amount or 60, self.bought[name][1])
        payload = {"purchase": name, "amount": f"{amount}.00"}
        assert self.tell("refund", self.name("refund"), at, **payload) == ""
        self.model.claw_back(name, amount, at)
        self.bought[name][1] -= amount

    @rule(amount=amounts | st.integers(-60, -1), delay=delays)
    def adjust(self, amount, delay):
        at, name = self.today - delay, self.name("adjusted")
        code = self.model.adjust(name, amount, at)
        assert self.tell("adjusted", name, at, currency="points", amount=str(amount)) == code
        if amount > 0:
            self.lots.append(name)

    @rule(amount=amounts, delay=delays)
    def spend(self, amount, delay):
        at, name = self.today - delay, self.name("spend")
        code = self.model.spend(name, amount, at)
        assert self.tell("spend", name, at, currency="points", amount=str(amount)) == code
        if not code:
            self.spends.append(name)

    @rule(amount=amounts, delay=delays, days=st.integers(0, 15))
    def hold(self, amount, delay, days):
        at, name = self.today - delay, self.name("hold")
        ends_at = at + timedelta(days)
        code = self.model.hold(name, amount, at, ends_at)
        payload = {"currency": "points", "amount": str(amount), "expires_at": ends_at.isoformat()}
        assert self.tell("hold", name, at, **payload) == code
        if not code:
            self.spends.append(name)

    @precondition(lambda self: self.spends)
    @rule(which=which, amount=st.none() | amounts, delay=delays)
    def capture(self, which, amount, delay):
        at, name = self.today - delay, self.pick(self.spends, which)
        part = {} if amount is None else {"amount": str(amount)}
        code = self.model.capture(name, at, amount)
        assert self.tell("hold_captured", self.name("capture"), at, spend=name, **part) == code

    @precondition(lambda self: self.spends)
    @rule(which=which, delay=delays)
    def void(self, which, delay):
        at, name = self.today - delay, self.pick(self.spends, which)
        code = self.model.void(name, at)
        assert self.tell("hold_voided", self.name("void"), at, spend=name) == code

    @precondition(lambda self: self.spends)
    @rule(which=which, delay=delays)
    def cancel(self, which, delay):
        at, name = self.today - delay, self.pick(self.spends, which)
        if self.model.spends()[name].status != "spent":
            return  # refused before the wallet is asked, which the model does not know
        code = self.model.cancel(name, at)
        assert self.tell("spend_cancelled", self.name("cancel"), at, spend=name) == code

    def pick(self, names, which):
        return names[-1 - which % len(names)]

    # What must hold

    @invariant()
    def agrees_with_the_model(self):
        row = Wallet.objects.filter(card=self.card_id).first()
        assert (row.clock if row else None) == self.model.clock
        buckets = Buckets(row.available, row.pending, row.held, row.debt) if row else Buckets(0, 0, 0, 0)
        assert buckets == self.model.buckets()
        lots = [
            LotState(
                lot.remaining,
                lot.held,
                lot.expired,
                lot.expired_reversed,
                lot.remaining > 0 and not lot.matured,
            )
            for lot in Lot.objects.filter(wallet__card=self.card_id).order_by("pk")
        ]
        assert dict(zip(self.lots, lots, strict=True)) == self.model.lots()
        spends = {
            spend.key.removeprefix("shop/"): (spend.status, spend.captured, spend.returned)
            for spend in Spend.objects.filter(wallet__card=self.card_id)
        }
        assert spends == {name: _told(spend) for name, spend in self.model.spends().items()}


def _told(spend: SpendState) -> tuple[str, int, int]:
    return spend.status, spend.captured, spend.returned


TestStoredLedger = LedgerMachine.TestCase
TestStoredLedger.settings = settings(
    max_examples=max(1, STEPS_STORED // STEPS_OF_A_HISTORY),
    stateful_step_count=STEPS_OF_A_HISTORY,
    suppress_health_check=list(HealthCheck),
)
TestStoredLedger = pytest.mark.django_db(TestStoredLedger)
