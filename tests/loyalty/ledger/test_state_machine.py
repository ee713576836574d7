"""The book against the naive ledger, step by step: buckets, lots, spends, refusals, the past.

LOYALTY_STEPS says how many steps to take in all; without it there are as many histories as the Hypothesis
profile says, and at least 100.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.exceptions import LoyaltyError
from loyalty.ledger import book
from tests.loyalty.ledger.desk import Desk, assert_books_check, on
from tests.loyalty.ledger.model import Buckets, LedgerModel, LotState, SpendState, Terms
from tests.loyalty.ledger.shelf import BUCKETS, Shelf

STEPS_OF_A_HISTORY = 40

amounts = st.integers(1, 60)
# Parts of what there is: mostly less than that, sometimes all, seldom more.
parts = st.sampled_from([0.1, 0.3, 0.5, 0.5, 0.8, 0.8, 1, 1, 1.2])
# Whole days and few of them, so that instants meet; late by nothing mostly.
delays = st.sampled_from([0, 0, 0, 0, 0, 1, 3, 10, 25]).map(timedelta)
# Which of the lots or spends made so far, counted from the newest.
which = st.integers(0, 20)
# Go on with the objects in memory, or put them away and load all, or load only what the operation needs.
loading = st.sampled_from(["keep", "all", "due"])


class LedgerMachine(RuleBasedStateMachine):
    """One wallet, done twice."""

    @initialize(
        hold_days=st.sampled_from([0, 0, 3, 10]),
        validity_days=st.sampled_from([None, 5, 10, 30, 60]),
        expires_end_of_day=st.booleans(),
        clawback=st.sampled_from(["debt", "debt", "debt", "within_balance"]),
        zone=st.sampled_from(["UTC", "Europe/Berlin"]),
        earned=st.lists(amounts, min_size=2, max_size=6),
    )
    def open_wallet(self, hold_days, validity_days, expires_end_of_day, clawback, zone, earned):
        self.model = LedgerModel(
            Terms(hold_days, validity_days, expires_end_of_day, clawback, spendable=True, zone=zone)
        )
        self.desk = Desk(
            hold=f"P{hold_days}D",
            validity=None if validity_days is None else f"P{validity_days}D",
            expires_end_of_day=expires_end_of_day,
            clawback=clawback,
            zone=zone,
        )
        self.shelf = Shelf(self.desk.rules)
        self.lots, self.spends = {}, {}
        self.granted = {}  # by lot, what may still be taken back
        self.today = on(3, 15, 9)
        for amount in earned:
            self.earn(amount, timedelta(), "keep")
            self.today += timedelta(1)
        self.pass_days(hold_days, 0)
        self.touch("keep")

    # Loading

    def open(self, loading: str, at: datetime) -> None:
        """Have the wallet ready for an operation at `at`, loaded in one of three ways."""
        wallet = self.desk.wallet
        if loading == "keep" and wallet.complete:
            return
        self.shelf.save(wallet)
        until = None if loading != "due" else max(at, wallet.clock or at)
        lots = {name: lot.pk for name, lot in self.lots.items()}
        spends = {name: spend.pk for name, spend in self.spends.items()}
        self.desk.wallet, by_pk, spends_by_pk = self.shelf.load(until)
        self.lots = {name: by_pk[pk] for name, pk in lots.items()}
        self.spends = {name: spends_by_pk[pk] for name, pk in spends.items()}

    def outcome(self, operation, *values, **named):
        """What an operation on the book gave, and the code of its refusal or ""."""
        try:
            return operation(*values, **named), ""
        except LoyaltyError as refusal:
            return None, refusal.code

    def pick(self, items, which):
        return list(items)[-1 - which % len(items)]

    def pick_spend(self, status, which):
        """One with the status mostly, so that not nearly all tries are refused."""
        return self.pick((which < 17 and self.with_status(status)) or self.spends, which)

    def with_status(self, *statuses):
        return [name for name, spend in self.spends.items() if spend.status in statuses]

    def part_of_available(self, part):
        return max(1, int(self.desk.wallet.available * part))

    # What happens

    @rule(days=st.sampled_from([0, 0, 1, 1, 2, 3, 5, 12]), hours=st.sampled_from([0, 0, 0, 12]))
    def pass_days(self, days, hours):
        self.today += timedelta(days, hours=hours)

    @rule(loading=loading)
    def touch(self, loading):
        self.open(loading, self.today)
        self.desk.touch(self.today)
        self.model.touch(self.today)

    @rule(amount=amounts, delay=delays, loading=loading)
    def earn(self, amount, delay, loading):
        at, name = self.today - delay, f"lot {len(self.lots)}"
        self.open(loading, at)
        self.lots[name] = self.desk.earn(amount, at)
        self.model.earn(name, amount, at)
        self.granted[name] = amount

    @rule(amount=amounts | parts, delay=delays, loading=st.sampled_from(["keep", "all"]))
    def adjust(self, amount, delay, loading):
        """Upwards by an amount, or downwards by a part."""
        amount = amount if isinstance(amount, int) and amount > 1 else -self.part_of_available(amount)
        at, name = self.today - delay, f"lot {len(self.lots)}"
        self.open(loading, at)
        lot, code = self.outcome(self.desk.adjust, amount, at)
        assert self.model.adjust(name, amount, at) == code
        if lot is not None:
            self.lots[name] = lot

    @precondition(lambda self: self.desk.wallet.available or self.desk.wallet.debt)
    @rule(part=parts, delay=delays, loading=st.sampled_from(["keep", "all"]))
    def spend(self, part, delay, loading):
        amount = self.part_of_available(part)
        at, name = self.today - delay, f"spend {len(self.spends)}"
        self.open(loading, at)
        spend, code = self.outcome(self.desk.spend, amount, at, key=name)
        assert self.model.spend(name, amount, at) == code
        if spend is not None:
            self.spends[name] = spend

    @precondition(lambda self: self.desk.wallet.available or self.desk.wallet.debt)
    @rule(
        part=parts,
        delay=delays,
        days=st.none() | st.integers(0, 15),
        loading=st.sampled_from(["keep", "all"]),
    )
    def hold(self, part, delay, days, loading):
        amount = self.part_of_available(part)
        at, name = self.today - delay, f"spend {len(self.spends)}"
        ends_at = None if days is None else at + timedelta(days)
        self.open(loading, at)
        spend, code = self.outcome(self.desk.hold, amount, at, ends_at, key=name)
        assert self.model.hold(name, amount, at, ends_at) == code
        if spend is not None:
            self.spends[name] = spend

    @precondition(lambda self: self.with_status("held", "voided"))
    @rule(which=which, part=st.none() | parts, delay=delays, loading=loading)
    def capture(self, which, part, delay, loading):
        at, name = self.today - delay, self.pick_spend("held", which)
        amount = None if part is None else max(1, int(self.spends[name].amount * part))
        self.open(loading, at)
        _, code = self.outcome(self.desk.capture, self.spends[name], at, amount)
        assert self.model.capture(name, at, amount) == code

    @precondition(lambda self: self.with_status("held", "voided"))
    @rule(which=which, delay=delays, loading=loading)
    def void(self, which, delay, loading):
        at, name = self.today - delay, self.pick_spend("held", which)
        self.open(loading, at)
        _, code = self.outcome(self.desk.void, self.spends[name], at)
        assert self.model.void(name, at) == code

    @precondition(lambda self: self.with_status("spent"))
    @rule(which=which, part=st.none() | parts, delay=delays, loading=loading)
    def cancel(self, which, part, delay, loading):
        at, name = self.today - delay, self.pick_spend("spent", which)
        amount = None if part is None else max(1, int(self.spends[name].amount * part))
        self.open(loading, at)
        _, code = self.outcome(self.desk.cancel, self.spends[name], at, amount)
        assert self.model.cancel(name, at, amount) == code

    @precondition(lambda self: any(self.granted.values()))
    @rule(which=which, part=parts, delay=delays, loading=st.sampled_from(["keep", "all"]))
    def claw_back(self, which, part, delay, loading):
        at = self.today - delay
        name = self.pick([lot for lot, granted in self.granted.items() if granted], which)
        amount = max(1, int(self.granted[name] * min(part, 1)))
        self.open(loading, at)
        taken_back = self.desk.claw_back(self.lots[name], amount, at)
        assert taken_back == self.model.claw_back(name, amount, at)
        assert sum(taken_back) == amount
        self.granted[name] -= amount

    @rule(days=st.integers(-60, 60))
    def look(self, days):
        """Back at what had taken effect by a moment, or ahead at what will expire by then."""
        wallet, clock = self.desk.wallet, self.desk.wallet.clock
        moment = clock + timedelta(days)
        if moment <= clock:
            entries = [entry for entry in self.entries() if entry.effective_at <= moment]
            assert self.sums(entries) == self.model.buckets_as_of(moment)
        elif wallet.complete:
            assert book.expiring(wallet=wallet, until=moment) == self.model.expiring(moment)

    # What must hold

    def entries(self):
        return self.shelf.entries + self.desk.wallet.entries

    def sums(self, entries) -> Buckets:
        return Buckets(*(sum(getattr(entry, bucket) for entry in entries) for bucket in BUCKETS))

    @invariant()
    def agrees_with_the_model(self):
        assert self.desk.buckets == self.model.buckets()
        assert self.desk.wallet.clock == self.model.clock
        lots = {
            name: LotState(
                lot.remaining,
                lot.held,
                lot.expired,
                lot.expired_reversed,
                is_pending=lot.remaining > 0 and not lot.matured,
            )
            for name, lot in self.lots.items()
        }
        assert lots == self.model.lots()
        names = {id(lot): name for name, lot in self.lots.items()}
        spends = {
            name: SpendState(
                spend.status,
                spend.captured,
                spend.returned,
                {names[id(draw.lot)]: draw.amount for draw in spend.draws},
            )
            for name, spend in self.spends.items()
        }
        assert spends == self.model.spends()

    @invariant()
    def books_check(self):
        wallet, entries = self.desk.wallet, self.entries()
        assert self.sums(entries) == self.desk.buckets
        effective = [entry.effective_at for entry in entries]
        assert effective == sorted(effective)
        assert all(self.sums([entry]) != (0, 0, 0, 0) for entry in entries)
        if wallet.complete:
            assert_books_check(wallet)

    @invariant()
    def lots_are_what_entries_left_of_them(self):
        taken = Counter()
        for entry in self.entries():
            for lot, amount in entry.allocations:
                taken[lot.pk or id(lot)] += amount
        for lot in self.lots.values():
            assert lot.remaining == lot.amount - taken[lot.pk or id(lot)]


def histories() -> int:
    steps = os.environ.get("LOYALTY_STEPS")
    return -(-int(steps) // STEPS_OF_A_HISTORY) if steps else max(settings().max_examples, 100)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=histories(), stateful_step_count=STEPS_OF_A_HISTORY)
TestLedger = pytest.mark.once(TestLedger)
