"""`loyalty_check` as somebody runs it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loyalty.auditing import Invariant, invariants
from loyalty.models import Card, Wallet
from loyalty.services import process_inbox
from loyalty.testing import give_points


def check(**options: Any) -> str:
    out = io.StringIO()
    call_command("loyalty_check", stdout=out, stderr=out, no_color=True, **options)
    return out.getvalue()


def failing(**options: Any) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("loyalty_check", stdout=out, stderr=out, no_color=True, **options)
    assert failed.value.returncode == 1
    return f"{out.getvalue()}{failed.value}"


def test_an_empty_database_is_sound(db) -> None:
    printed = check()

    assert printed.count("ok    ") == len(list(invariants))
    assert f"All {len(list(invariants))} invariants hold." in printed


def test_what_is_wrong_is_named_and_the_rest_is_checked(card: Card) -> None:
    give_points(card, 10)
    process_inbox()
    Wallet.objects.update(available=9)

    printed = failing()

    wallet = Wallet.objects.get().pk
    assert (
        f"FAIL  loyalty.wallet_sums: A wallet's buckets are the sums of its entries.\n      1 violation: wallet {wallet}"
        in printed
    )
    assert "ok    loyalty.lot_remaining" in printed
    assert f"2 of {len(list(invariants))} invariants do not hold." in printed


def test_only_the_first_are_named(card: Card, program) -> None:
    for number in range(4):
        card.pk, card.external_id = None, f"copy{number}"
        card.save(force_insert=True)
    Card.objects.update(spent_total=5)

    printed = failing(only=["loyalty.card_purchases"], first=2)

    pks = list(Card.objects.order_by("pk").values_list("pk", flat=True)[:2])
    assert f"5 violations: card {pks[0]}, {pks[1]}, ...\n" in printed
    assert "1 of 1 invariants do not hold." in printed


def test_json_tells_the_same(card: Card) -> None:
    Card.objects.update(spent_total=5)
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("loyalty_check", format="json", stdout=out, stderr=io.StringIO())

    told = json.loads(out.getvalue())
    assert told["sound"] is False
    (broken,) = (one for one in told["invariants"] if one["count"])
    assert (broken["key"], broken["subject"], broken["count"], broken["first"]) == (
        "loyalty.card_purchases",
        "card",
        1,
        [str(card.pk)],
    )
    assert json.loads(check(format="json", only=["loyalty.wallet_sums"]))["sound"] is True


def test_an_unknown_key_is_told(db) -> None:
    with pytest.raises(CommandError, match=r"Unknown: loyalty\.nonsense"):
        check(only=["loyalty.nonsense"])


class Odd(Invariant):
    key = "school.odd"
    label = "Keys of cards are odd."
    subject = "card"
    sql = "SELECT id FROM {card} WHERE id %% 2 = 0 OR id IN (SELECT nonsense FROM {auth_permission} WHERE 1 = 0)"


class Fine(Invariant):
    key = "school.fine"
    label = "No card is called evil."
    subject = "card"
    sql = "SELECT id FROM {card} WHERE external_id LIKE 'evil%%'"


def test_an_app_registers_its_own(card: Card) -> None:
    with invariants.register_temporarily(Fine):
        assert "ok    school.fine" in check()
        Card.objects.update(external_id="evil one")
        assert f"1 violation: card {card.pk}" in failing()


def test_one_that_cannot_be_checked_stops_no_other(card: Card) -> None:
    with invariants.register_temporarily(Odd):
        printed = failing()

    assert "FAIL  school.odd" in printed
    assert "could not be checked: " in printed
    assert "ok    loyalty.wallet_sums" in printed
