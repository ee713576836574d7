"""How long traces are kept, and that nothing but explanations needs them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import selectors, services
from loyalty.exceptions import LoyaltyError
from loyalty.models import Evaluation, Event
from loyalty.services import traces
from loyalty.testing import process_inbox

DAY = timedelta(days=1)
START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def history(card, ten_percent, now):
    """Ten purchases and a refund, processed a day apart, the last one a day ago; with the enrolment twelve events."""
    for number in range(10):
        services.record_purchase(
            card=card, external_id=number, total="50.00", occurred_at=START + number * DAY
        )
    process_inbox()
    services.record_refund(purchase_id="3", external_id="r3", occurred_at=START + 20 * DAY)
    process_inbox()
    rows = list(Evaluation.objects.order_by("pk"))
    assert len(rows) == 12
    for days_ago, row in zip(range(len(rows), 0, -1), rows, strict=True):
        Evaluation.objects.filter(pk=row.pk).update(processed_at=now - days_ago * DAY)
    return rows


def emptied() -> list[bool]:
    return [trace is None for trace in Evaluation.objects.order_by("pk").values_list("trace", flat=True)]


def test_traces_are_kept_for_ever_unless_told_otherwise(history, now):
    assert services.sweep(at=now + 1000 * DAY).traces == 0
    assert not any(emptied())


def test_the_sweep_empties_what_is_older_and_keeps_the_rows(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    keys = list(Evaluation.objects.order_by("pk").values_list("pk", "event_id", "outcome", "processed_at"))

    swept = services.sweep(at=now)

    assert swept.traces == 7
    assert emptied() == [True] * 7 + [False] * 5
    assert keys == list(
        Evaluation.objects.order_by("pk").values_list("pk", "event_id", "outcome", "processed_at")
    )
    assert services.sweep(at=now).traces == 0
    assert services.sweep(at=now + DAY).traces == 1


def test_a_run_is_bounded_and_the_next_goes_on(history, now, settings, monkeypatch):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    monkeypatch.setattr(traces, "_CHUNK", 2)

    assert traces.prune_traces(at=now, most=3) == 3
    assert emptied() == [True] * 3 + [False] * 9
    assert traces.prune_traces(at=now, most=3) == 3
    assert traces.prune_traces(at=now, most=3) == 1
    assert traces.prune_traces(at=now, most=3) == 0
    assert emptied() == [True] * 7 + [False] * 5


def test_a_run_that_was_killed_is_taken_up_again(history, now, settings, monkeypatch):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    monkeypatch.setattr(traces, "_CHUNK", 2)
    seen = []

    def die_at_the_third(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            seen.append(sql)
            if len(seen) == 3:
                raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die_at_the_third), pytest.raises(KeyboardInterrupt):
        traces.prune_traces(at=now)

    assert emptied() == [True] * 4 + [False] * 8
    assert traces.prune_traces(at=now) == 3


def test_clocks_of_workers_may_differ(history, now, settings):
    """A row that was processed later than the one after it, as far as the clocks say, is emptied later."""
    settings.LOYALTY = {"TRACE_DAYS": 5}
    late = history[6]
    Evaluation.objects.filter(pk=late.pk).update(processed_at=now - 4 * DAY)

    for _run in range(2):
        traces.prune_traces(at=now)
    assert Evaluation.objects.get(pk=late.pk).trace is not None
    for _run in range(2):
        traces.prune_traces(at=now + 2 * DAY)
    assert emptied() == [True] * 9 + [False] * 3


def test_gaps_between_keys_do_not_matter(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    last = history[-1]
    Evaluation.objects.filter(pk=last.pk).update(id=last.pk + 1_000_000)

    assert traces.prune_traces(at=now) == 7


def test_nothing_to_empty_takes_few_looks(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    traces.prune_traces(at=now)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        traces.prune_traces(at=now)

    # Two halvings of twelve rows, each with its bounds, and one look at what is due.
    assert len(queries) <= 2 * (1 + 4) + 1


def test_an_empty_table_is_nothing_to_do(db, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 1}

    assert traces.prune_traces(at=now) == 0


def test_the_explanation_says_that_the_trace_is_gone(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    purchase = Event.objects.get(kind="loyalty.purchase", key="0")
    assert "applied." in selectors.explain_event(purchase).as_lines()[1]

    services.sweep(at=now)

    purchase.refresh_from_db()
    assert selectors.explain_event(Event.objects.get(pk=purchase.pk)) == selectors.Explanation(
        "applied", "Processed. Its trace is no longer kept, so nothing more can be told."
    )


def test_of_a_refusal_the_code_is_left(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 1}
    services.record_refund(purchase_id="4", external_id="r4", amount="60.00")
    process_inbox()
    refused = Event.objects.get(key="r4")

    services.sweep(at=now + 2 * DAY)

    sentence = "Refused: refund_too_large. Its trace is no longer kept, so nothing more can be told."
    assert selectors.explain_event(refused) == selectors.Explanation("refund_too_large", sentence)
    assert "refund_too_large" in {error.code for error in LoyaltyError.__subclasses__()}


def test_s4_backtests_come_out_the_same_without_traces(history, now, settings):
    settings.LOYALTY = {"TRACE_DAYS": 5}
    before = services.run_backtest(until=now)

    services.sweep(at=now + 100 * DAY)

    assert all(emptied()[:12])
    assert services.run_backtest(until=now) == before
