"""Backtests: the stored history decided by other campaigns, in memory. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import router
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.ledger.book import CurrencyRules
from loyalty.models import Card, Currency, Event, Program
from loyalty.money import to_decimal_string
from loyalty.processing.campaigns import campaign_book, currency_rules, load_program_rules
from loyalty.processing.replay import Replayed, replay
from loyalty.processing.synthetic import Calendar
from loyalty.rules.compile import compile_campaign, effective_from
from loyalty.rules.compiled import CampaignBook, Publication
from loyalty.rules.state import ProgramRules, RewardState
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.backtest_report import Report
from loyalty.services.backtest_rows import (
    Backtest,
    BacktestBalance,
    BacktestCampaign,
    BacktestPurchase,
    BacktestReward,
    BacktestWeek,
)
from loyalty.services.backtest_tally import Tally
from loyalty.services.campaign_document import read_file, with_segments
from loyalty.services.campaign_text import Kind
from loyalty.services.draft_books import Draft, draft_book, with_drafts

__all__ = [
    "Backtest",
    "BacktestBalance",
    "BacktestCampaign",
    "BacktestPurchase",
    "BacktestReward",
    "BacktestWeek",
    "run_backtest",
]

# A campaign of a file that names no beginning has always decided: what it would have done is the question.
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_WAITING = (Event.Status.PENDING, Event.Status.FAILED)
# A backtest holds every card in memory: from here on it is for a terminal.
_MOST_CARDS = 100_000


def is_beyond_a_request(program: Program) -> bool:
    """Whether a program has more cards than a backtest should hold while somebody waits for a page or an answer."""
    return Card.objects.filter(program=program).order_by("pk")[_MOST_CARDS : _MOST_CARDS + 1].exists()


def run_backtest(
    *,
    program: ProgramLike = None,
    text: str | None = None,
    kind: Kind | None = None,
    drafts: Sequence[Draft] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], bool] | None = None,
) -> Backtest:
    """Decide a program's processed history anew, in the order in which it was processed, and report (see `Backtest`).

    `text` is a campaign file, whose campaigns decide instead of all that are published; one without
    `effective_from` has always decided, and a currency that the program lacks exists for the backtest only.
    The program is the file's unless another is named. `drafts` (campaigns of the program, or definitions as in a
    file) decide beside those campaigns, each in place of the one of its key and as if it always had. Events up to
    `until` (default: all) are run, and balances are as of then; rewards, weeks and totals are of events from `since` on,
    with what became of those later. Scheduled campaigns of a file and scheduled drafts act from the first card's
    enrolment on, unless they say from when.
    `progress` hears (events done, events in all) and stops by answering False. Raises CampaignFileInvalid,
    CampaignInvalid for a file that does not fit another program, ProgramNotFound, ProgramAmbiguous.
    """
    file = None if text is None else read_file(text, kind=kind)
    where = Program.objects.get(pk=get_program(program or (file.program.slug if file else None)).pk)
    rules = load_program_rules(where)
    if file is None:
        campaigns = campaign_book(where)
    else:
        rules, _mistakes = with_segments(_with_currencies(rules, file.missing), file.segments)
        campaigns = _book_of(file.campaigns, rules)
    made = None if file is None else campaigns
    if drafts:
        made = draft_book(drafts, program=where) if made is None else with_drafts(made, drafts, program=where)
        campaigns = with_drafts(campaigns, drafts, program=where)
    history = _history(where, until)
    total = history.filter(evaluation__isnull=False).count()
    tally, at = Tally(zone=rules.zone, since=since), until or timezone.now()
    replayed = replay(
        program=where,
        rules=rules,
        campaigns=campaigns,
        since=since,
        until=until,
        progress=None if progress is None else lambda done: progress(done, total),
        hear=tally.hear,
        calendar=None if made is None else Calendar(made, rules, until=at),
    )
    if progress is not None and not replayed.stopped:
        progress(replayed.events, total)
    slots = {action.slot: action.slot_name for item in campaigns.campaigns for action in item.actions}
    keys = _keys_of_cards(where)
    report = Report(tally, campaigns, rules)
    totals = report.sum_up()
    return Backtest(
        program=where,
        since=since,
        at=at,
        events=replayed.events,
        total=total,
        stopped=replayed.stopped,
        balances=_balances(replayed, at, keys),
        rewards=[_reward_row(reward, replayed, slots, keys) for reward in replayed.rewards],
        campaigns=report.campaigns(),
        refused=dict(sorted(replayed.refused.items())),
        missing=replayed.missing,
        waiting=history.filter(evaluation=None, status__in=_WAITING).count(),
        as_of_today=[
            *replayed.as_of_today,
            _("currencies: %(names)s") % {"names": ", ".join(sorted(rules.currencies))},
        ],
        weeks=report.weeks(),
        dearest=report.dearest(replayed.rewards, keys),
        members=totals.members,
        revenue=totals.revenue,
        cost=totals.cost,
        percent=totals.percent,
        without_worth=totals.without_worth,
    )


def _history(program: Program, until: datetime | None) -> QuerySet[Event]:
    events = Event.objects.using(router.db_for_read(Event)).filter(program=program, cascaded=False)
    return events if until is None else events.filter(occurred_at__lte=until)


def _with_currencies(rules: ProgramRules, rows: Sequence[Currency]) -> ProgramRules:
    """The rules with currencies that are not stored; their keys are nobody's."""
    new: dict[str, CurrencyRules] = {
        row.code: replace(currency_rules(row), pk=-number)
        for number, row in enumerate(rows, start=1)
        if row.code not in rules.currencies
    }
    return replace(rules, currencies={**rules.currencies, **new}) if new else rules


def _book_of(definitions: Sequence[Mapping[str, Any]], rules: ProgramRules) -> CampaignBook:
    return CampaignBook(
        Publication(
            campaign_key=str(definition["key"]),
            effective_from=effective_from(definition) or _ALWAYS,
            campaign=compile_campaign(definition, program=rules, path=f"campaigns[{number}]"),
        )
        for number, definition in enumerate(definitions)
    )


def _keys_of_cards(program: Program) -> dict[int, str]:
    """How each card is called, in the order of `selectors.all_balances(by_external_id=True)`."""
    cards = Card.objects.using(router.db_for_read(Event)).filter(program=program)
    named = cards.exclude(external_id=None).order_by("external_id").values_list("pk", "external_id")
    current = Q(numbers__retired_at=None, numbers__isnull=False)
    others = cards.filter(current, external_id=None).order_by("pk").values_list("pk", "numbers__number")
    bare = cards.filter(external_id=None).order_by("pk").values_list("pk", flat=True)
    keys = {pk: external_id or "" for pk, external_id in named}
    numbers = dict(others)
    return keys | {pk: numbers.get(pk, "") for pk in bare}


def _balances(replayed: Replayed, at: datetime, keys: Mapping[int, str]) -> list[BacktestBalance]:
    rules, rows = replayed.state.program, dict[int, list[BacktestBalance]]()
    for card, code, minor in replayed.balances(at=at):
        text = to_decimal_string(minor, rules.currencies[code].decimals)
        rows.setdefault(card.pk, []).append(BacktestBalance(keys[card.pk], code, text))
    return [row for pk in keys if pk in rows for row in rows[pk]]


def _reward_row(
    reward: RewardState, replayed: Replayed, slots: Mapping[Any, str], keys: Mapping[int, str]
) -> BacktestReward:
    rules = replayed.state.program
    decimals = rules.currencies[reward.currency].decimals if reward.currency else 0
    return BacktestReward(
        event=reward.event.identity,
        occurred_at=reward.occurred_at,
        campaign=reward.campaign_key,
        slot=slots.get(reward.slot, str(reward.slot)),
        card=keys[reward.card_id],
        level=reward.level,
        currency=reward.currency,
        base=None if reward.base is None else to_decimal_string(reward.base, rules.decimals),
        requested=to_decimal_string(reward.requested, decimals),
        granted=to_decimal_string(reward.granted, decimals),
        reversed=to_decimal_string(reward.reversed, decimals),
        cut_reason=reward.cut_reason,
    )
