"""R12: each invariant is silent on sound books and finds what is planted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from loyalty.auditing import Finding, invariants, run_invariants
from loyalty.models import (
    Event,
    LedgerEntry,
    LimitCounter,
    Lot,
    Program,
    Reward,
    Spend,
    Wallet,
)
from tests.loyalty.check_books import guard_again, unguard, write_books
from tests.loyalty.check_damage import PLANTED


@pytest.fixture(scope="module")
def written(django_db_setup: None, django_db_blocker: Any) -> Iterator[Program]:
    """A program in which nearly everything has happened, once for all tests: each works in a savepoint within."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield write_books()
        transaction.set_rollback(True)


@pytest.fixture
def books(written: Program, db: None) -> Program:
    """The same, for one test."""
    return written


@pytest.fixture
def unguarded(books: Program) -> Iterator[Program]:
    """The same without the constraints and triggers that would refuse the damage."""
    unguard()
    yield books
    guard_again()


def broken() -> dict[str, Finding]:
    """The invariants that do not hold."""
    return {finding.key: finding for finding in run_invariants() if not finding.is_sound}


def test_sound_books_break_nothing(books: Program) -> None:
    # What the test is about is there at all.
    assert set(Spend.objects.values_list("status", flat=True)) == {"held", "spent", "voided", "cancelled"}
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) == set(LedgerEntry.Kind.values)
    assert Wallet.objects.filter(debt__gt=0, pending__gt=0).exists()
    assert Reward.objects.filter(reversed__gt=0, reversed__lt=F("granted")).exists()
    assert Lot.objects.filter(expired_reversed__gt=0).exists()
    assert LimitCounter.objects.filter(used__gt=0).count() > 3
    assert Event.objects.filter(status="parked").exists()

    assert broken() == {}


@pytest.mark.parametrize(("key", "plant"), PLANTED.values(), ids=list(PLANTED))
def test_what_is_planted_is_found(key: str, plant: Callable[[], Any], unguarded: Program) -> None:
    name = str(plant())

    found = broken()

    assert key in found
    assert name in found[key].first
    assert found[key].count >= len(found[key].first) >= 1
    assert not any(finding.error for finding in found.values())


def test_something_is_planted_for_each_invariant() -> None:
    ours = {invariant.key for invariant in invariants if invariant.key.startswith("loyalty.")}

    assert ours == {key for key, _plant in PLANTED.values()}
    assert len(PLANTED) >= 25


def test_the_database_itself_refuses_to_change_an_entry(books: Program) -> None:
    with pytest.raises(IntegrityError):
        LedgerEntry.objects.update(available=F("available") + 1)
