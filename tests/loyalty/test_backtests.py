"""Backtests: the stored history decided by other campaigns, with nothing written."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.exceptions import CampaignFileInvalid, ProgramNotFound
from loyalty.models import Program, Reward
from loyalty.processing import replay
from loyalty.services import (
    block_card,
    create_program,
    enrol_card,
    process_inbox,
    publish_campaign,
    record_purchase,
    record_refund,
    save_draft,
    spend_points,
)
from loyalty.services.backtests import run_backtest

pytestmark = pytest.mark.django_db

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def five_percent(**more: Any) -> dict[str, Any]:
    return {
        "key": "five-percent",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "percent": "5"},
            }
        ],
        **more,
    }


def fixed(value: str, *, key: str = "fixed", currency: str = "points", **more: Any) -> dict[str, Any]:
    action = {"slot": "gift", "kind": "loyalty.credit", "currency": currency}
    amount = {"kind": "loyalty.fixed", "value": value}
    return {
        "key": key,
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [{**action, "amount": amount}],
        **more,
    }


def campaign_file(*campaigns: dict[str, Any], program: str = "shop", currencies: Any = ()) -> str:
    content = {"format": "loyalty-campaigns/1", "program": program, "campaigns": list(campaigns)}
    return json.dumps({**content, "currencies": list(currencies)} if currencies else content)


@pytest.fixture
def program() -> Program:
    """A shop that gave 5 %: two members, three purchases, a refund, a spend, a refused refund."""
    program = create_program(slug="shop")
    campaign = save_draft(program=program, definition=five_percent())
    publish_campaign(campaign=campaign, effective_from=START - DAY, allow_past=True)
    anna = enrol_card(external_id="anna", at=START - DAY)
    boris = enrol_card(external_id="boris", at=START - DAY)
    record_purchase(card=anna, external_id="1", total="100.00", occurred_at=START)
    record_purchase(card=boris, external_id="2", total="200.00", occurred_at=START + DAY)
    process_inbox()
    record_refund(purchase_id="1", external_id="r1", amount="50.00", occurred_at=START + 2 * DAY)
    record_refund(purchase_id="1", external_id="r2", amount="80.00", occurred_at=START + 2 * DAY)
    spend_points(card=boris, amount=4, at=START + 3 * DAY, allow_past=True)
    record_purchase(card=boris, external_id="3", total="19.99", occurred_at=START + 4 * DAY)
    process_inbox()
    return program


@contextmanager
def refusing_writes() -> Iterator[None]:
    """Any statement but a SELECT fails the test."""

    def watch(execute, sql, params, many, context):
        assert sql.lstrip().upper().startswith(("SELECT", "DECLARE", "FETCH", "CLOSE", "BEGIN")), sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def dump() -> str:
    """Every row of ours."""
    models = [model for name in ("loyalty",) for model in apps.get_app_config(name).get_models()]
    return serializers.serialize("json", [row for model in models for row in model.objects.order_by("pk")])


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("loyalty_backtest", *arguments, stdout=out)
    return out.getvalue()


def balances(result) -> dict[str, str]:
    return {row.external_id: row.balance for row in result.balances}


def test_what_is_published_gives_what_it_gave(program):
    with refusing_writes():
        result = run_backtest()

    assert balances(result) == {"anna": "2", "boris": "6"}
    assert [(row.card, row.granted, row.reversed) for row in result.rewards] == [
        ("anna", "5", "3"),
        ("boris", "10", "0"),
    ]
    stored = Reward.objects.order_by("pk").values_list("event__key", "base", "granted", "reversed")
    assert list(stored) == [("1", 100_00, 5, 3), ("2", 200_00, 10, 0)]
    assert result.refused == {"refund_too_large": 1}
    assert (result.events, result.total, result.stopped) == (8, 8, False)


def test_other_campaigns_give_something_else_and_nothing_is_written(program):
    before = dump()

    with refusing_writes():
        result = run_backtest(text=campaign_file(five_percent(), fixed("10")))

    assert dump() == before
    assert balances(result) == {"anna": "12", "boris": "26"}
    assert [
        (row.campaign, row.times, row.members, row.requested, row.granted, row.cut, row.reversed)
        for row in result.campaigns
    ] == [("five-percent", 2, 2, "15", "15", "0", "3"), ("fixed", 3, 2, "30", "30", "0", "0")]


def test_a_spend_that_other_campaigns_do_not_cover_is_refused(program):
    result = run_backtest(text=campaign_file(fixed("1")))

    assert result.refused == {"refund_too_large": 1, "insufficient_points": 1}
    assert balances(result) == {"anna": "1", "boris": "2"}


def test_a_file_without_dates_counts_from_the_beginning(program):
    late = fixed("10", effective_from="2025-03-02T00:00:00Z")

    assert balances(run_backtest(text=campaign_file(fixed("10"))))["anna"] == "10"
    assert balances(run_backtest(text=campaign_file(late)))["anna"] == "0"


def test_what_a_limit_cuts_to_nothing_is_told(program):
    limit = {"per": "recipient", "measure": "amount", "max": "15", "period": "lifetime"}

    (total,) = run_backtest(text=campaign_file(fixed("10", limits=[limit]))).campaigns

    assert (total.times, total.requested, total.granted, total.cut) == (3, "30", "25", "5")

    limit = {"per": "campaign", "measure": "times", "max": "1", "period": "lifetime"}
    (total,) = run_backtest(text=campaign_file(fixed("10", limits=[limit]))).campaigns

    assert (total.times, total.members, total.requested, total.granted, total.cut) == (1, 1, "30", "10", "20")


def test_rewards_and_totals_are_from_since_on_balances_of_all(program):
    result = run_backtest(text=campaign_file(fixed("10")), since=START + DAY)

    assert [(row.card, row.occurred_at) for row in result.rewards] == [
        ("boris", START + DAY),
        ("boris", START + 4 * DAY),
    ]
    assert result.campaigns[0].times == 2
    assert balances(result) == {"anna": "10", "boris": "16"}


def test_what_happened_after_until_is_left_out(program):
    result = run_backtest(until=START + DAY)

    assert balances(result) == {"anna": "5", "boris": "10"}
    assert (result.events, result.at) == (4, START + DAY)


def test_points_expire_by_the_moment_of_the_balances(program):
    currencies = [{"code": "miles", "validity": "P1D"}]
    text = campaign_file(fixed("7", currency="miles"), currencies=currencies)

    during = run_backtest(text=text, until=START + DAY)
    after = run_backtest(text=text, until=START + 3 * DAY)

    assert [(row.external_id, row.currency, row.balance) for row in during.balances] == [
        ("anna", "miles", "0"),
        ("anna", "points", "0"),
        ("boris", "miles", "7"),
        ("boris", "points", "0"),
    ]
    assert {row.balance for row in after.balances} == {"0"}
    assert not program.currencies.filter(code="miles").exists()


def test_what_is_blocked_and_what_waits_is_seen(program):
    anna = program.cards.get(external_id="anna")
    block_card(card=anna, reason="test", at=START - DAY / 2)
    record_purchase(card=anna, external_id="4", total="10.00", occurred_at=START + 5 * DAY)

    result = run_backtest(text=campaign_file(fixed("10")))

    # Replayed in the order of processing: the block was told after the purchase.
    assert balances(result)["anna"] == "10"
    assert result.waiting == 1


def test_what_has_no_history_is_named(program):
    condition = {
        "kind": "loyalty.card_attribute",
        "params": {"name": "region", "operator": "is", "value": "north"},
    }
    try:
        result = run_backtest(text=campaign_file(fixed("10", conditions=[[condition]])))
    except CampaignFileInvalid as error:
        pytest.fail(str(error.details))

    assert result.as_of_today == ["card attributes: region", "currencies: points"]


def test_a_file_with_mistakes_is_refused_with_their_places(program, tmp_path):
    file = tmp_path / "campaigns.json"
    file.write_text(campaign_file(five_percent(priority="high")))

    with pytest.raises(CampaignFileInvalid):
        run_backtest(text=file.read_text())
    with pytest.raises(CommandError, match=r"campaigns.json:1: campaigns\[0\].priority: "):
        run(str(file))


def test_a_program_that_does_not_exist_has_no_history(program):
    with pytest.raises(ProgramNotFound):
        run_backtest(text=campaign_file(five_percent(), program="other", currencies=[{"code": "points"}]))


def test_another_program_may_be_named(program):
    text = campaign_file(fixed("10"), program="other", currencies=[{"code": "points"}])

    assert balances(run_backtest(text=text, program="shop")) == {"anna": "10", "boris": "16"}


def test_csv_has_the_balances(program):
    assert run("--format", "csv") == "external_id,currency,balance\nanna,points,2\nboris,points,6\n"


def test_csv_is_what_loyalty_balances_prints(program):
    enrol_card(at=START)
    enrol_card(external_id="=cmd()", at=START)
    owing = enrol_card(external_id="Äda", at=START)
    record_purchase(card=owing, external_id="9", total="100.00", occurred_at=START)
    process_inbox()
    spend_points(card=owing, amount=5)
    record_refund(purchase_id="9", external_id="r9")
    process_inbox()
    out = io.StringIO()
    call_command("loyalty_balances", "--format", "csv", stdout=out)

    assert run("--format", "csv") == out.getvalue()
    assert "\nÄda,points,-5\n" in out.getvalue()
    assert "\n'=cmd(),points,0\n" in out.getvalue()


def test_csv_can_have_the_rewards(program):
    first, *_rest = csv.DictReader(io.StringIO(run("--format", "csv", "--rewards")))

    assert first == {
        "event": "shop/loyalty.purchase/1",
        "occurred_at": "2025-03-01T12:00:00Z",
        "campaign": "five-percent",
        "slot": "buyer",
        "card": "anna",
        "level": "0",
        "currency": "points",
        "base": "100.00",
        "requested": "5",
        "granted": "5",
        "reversed": "3",
        "cut_reason": "",
    }


def test_json_has_everything(program, tmp_path):
    file = tmp_path / "campaigns.json"
    file.write_text(campaign_file(fixed("10")))

    told = json.loads(run(str(file), "--format", "json", "--rewards", "--to", "2025-03-02T12:00:00Z"))

    assert told["format"] == "loyalty-backtest/1"
    assert told["partial"] is False
    assert told["at"] == "2025-03-02T12:00:00Z"
    assert told["balances"][1] == {"external_id": "boris", "currency": "points", "balance": "10"}
    assert told["campaigns"][0]["granted"] == "20"
    assert [row["card"] for row in told["rewards"]] == ["anna", "boris"]


def test_table_ends_with_totals_and_notes(program):
    told = run()

    assert "five-percent  points        2" in told
    assert "refused: refund_too_large, 1 times" in told
    assert "Nothing was written." in told


def test_ctrl_c_ends_with_a_partial_result_that_says_so(program, monkeypatch):
    for number in range(120):
        record_purchase(card="anna", external_id=f"n{number}", total="20.00", occurred_at=START + 9 * DAY)
    process_inbox()
    decide, before = replay.decide, signal.getsignal(signal.SIGINT)

    def interrupt_at_the_tenth(state, event, *args, **kwargs):
        if event.key == "n9":
            os.kill(os.getpid(), signal.SIGINT)
        return decide(state, event, *args, **kwargs)

    monkeypatch.setattr(replay, "decide", interrupt_at_the_tenth)
    out = io.StringIO()

    with refusing_writes(), pytest.raises(CommandError) as stopped:
        call_command("loyalty_backtest", "--format", "json", stdout=out)

    assert stopped.value.returncode == 130
    assert str(stopped.value) == "PARTIAL: stopped after 100 of 128 events."
    told = json.loads(out.getvalue())
    assert (told["partial"], told["events"], told["events_in_all"]) == (True, 100, 128)
    assert signal.getsignal(signal.SIGINT) is before
