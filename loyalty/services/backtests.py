"""Backtests: the stored history decided by other campaigns, in memory. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import router
from django.db.models import Q, QuerySet
from django.utils import timezone

from loyalty.ledger.book import CurrencyRules
from loyalty.models import Card, Currency, Event, Program
from loyalty.money import to_decimal_string
from loyalty.processing.campaigns import campaign_book, currency_rules, load_program_rules
from loyalty.processing.replay import Replayed, replay
from loyalty.rules.compile import compile_campaign, effective_from
from loyalty.rules.compiled import CampaignBook, Publication
from loyalty.rules.state import ProgramRules, RewardState
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.campaign_document import read_file
from loyalty.services.campaign_text import Kind

__all__ = ["Backtest", "BacktestBalance", "BacktestCampaign", "BacktestReward", "run_backtest"]

# A campaign of a file that names no beginning has always decided: what it would have done is the question.
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_WAITING = (Event.Status.PENDING, Event.Status.FAILED)


@dataclass(frozen=True, slots=True)
class BacktestBalance:
    """What a card would have; `balance` is available + pending + held - debt, a decimal string.

    `external_id` is the host's key of the card, the card's number where it has none.
    """

    external_id: str
    currency: str
    balance: str


@dataclass(frozen=True, slots=True)
class BacktestReward:
    """One reward as it stands at the end; amounts are decimal strings, `base` in the currency of purchases.

    `event` names its source, kind and key; `card` is as in `BacktestBalance`. Actions that give no currency count
    times: their amounts are 1 or 0.
    """

    event: tuple[str, str, str]
    occurred_at: datetime
    campaign: str
    slot: str
    card: str
    level: int
    currency: str | None
    base: str | None
    requested: str
    granted: str
    reversed: str
    cut_reason: str


@dataclass(frozen=True, slots=True)
class BacktestCampaign:
    """What one campaign would have given in one currency: how often, to how many members, how much of it was cut.

    `requested` includes what limits withheld altogether; `granted` is before refunds took `reversed` back.
    """

    campaign: str
    currency: str | None
    times: int
    members: int
    requested: str
    granted: str
    cut: str
    reversed: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a backtest came to. With `stopped` it is partial: only the first `events` of `total` were run.

    Balances are as of `at`. `refused` counts the events that were refused, by code; `missing` those that found no
    purchase; `waiting` those of the inbox that are not processed yet and were left out. `as_of_today` names what has
    no history: a change of it in the past is not seen.
    """

    program: Program
    since: datetime | None
    at: datetime
    events: int
    total: int
    stopped: bool
    balances: list[BacktestBalance]
    rewards: list[BacktestReward]
    campaigns: list[BacktestCampaign]
    refused: Mapping[str, int]
    missing: int
    waiting: int
    as_of_today: list[str]


def run_backtest(
    *,
    program: ProgramLike = None,
    text: str | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], bool] | None = None,
) -> Backtest:
    """Decide a program's processed history anew, in the order in which it was processed, and report.

    `text` is a campaign file, whose campaigns decide instead of all that are published; one without
    `effective_from` has always decided, and a currency that the program lacks exists for the backtest only.
    The program is the file's unless another is named. Events up to `until` (default: all) are run, and balances
    are as of then; rewards and totals are of events from `since` on. `progress` hears (events done, events in all)
    and stops by answering False. Raises CampaignFileInvalid, CampaignInvalid for a file that does not fit another
    program, ProgramNotFound, ProgramAmbiguous.
    """
    file = None if text is None else read_file(text, kind=kind)
    where = Program.objects.get(pk=get_program(program or (file.program.slug if file else None)).pk)
    rules = load_program_rules(where)
    if file is None:
        campaigns = campaign_book(where)
    else:
        rules = _with_currencies(rules, file.missing)
        campaigns = _book_of(file.campaigns, rules)
    history = _history(where, until)
    total = history.filter(evaluation__isnull=False).count()
    replayed = replay(
        program=where,
        rules=rules,
        campaigns=campaigns,
        since=since,
        until=until,
        progress=None if progress is None else lambda done: progress(done, total),
    )
    if progress is not None and not replayed.stopped:
        progress(replayed.events, total)
    at = until or timezone.now()
    slots = {action.slot: action.slot_name for item in campaigns.campaigns for action in item.actions}
    keys = _keys_of_cards(where)
    return Backtest(
        program=where,
        since=since,
        at=at,
        events=replayed.events,
        total=total,
        stopped=replayed.stopped,
        balances=_balances(replayed, at, keys),
        rewards=[_reward_row(reward, replayed, slots, keys) for reward in replayed.rewards],
        campaigns=_sum_up(replayed),
        refused=dict(sorted(replayed.refused.items())),
        missing=replayed.missing,
        waiting=history.filter(evaluation=None, status__in=_WAITING).count(),
        as_of_today=[*replayed.as_of_today, f"currencies: {', '.join(sorted(rules.currencies))}"],
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


def _sum_up(replayed: Replayed) -> list[BacktestCampaign]:
    groups: dict[tuple[str, str | None], list[RewardState]] = {key: [] for key in replayed.withheld}
    for reward in replayed.rewards:
        groups.setdefault((reward.campaign_key, reward.currency), []).append(reward)
    ordered = sorted(groups, key=lambda key: (key[0], key[1] or ""))
    return [_total(key, groups[key], replayed) for key in ordered]


def _total(key: tuple[str, str | None], rewards: list[RewardState], replayed: Replayed) -> BacktestCampaign:
    campaign, currency = key
    decimals = replayed.state.program.currencies[currency].decimals if currency else 0
    granted = sum(reward.granted for reward in rewards)
    requested = sum(reward.requested for reward in rewards) + replayed.withheld.get(key, 0)
    taken_back = sum(reward.reversed for reward in rewards)
    return BacktestCampaign(
        campaign=campaign,
        currency=currency,
        times=len(rewards),
        members=len({reward.card_id for reward in rewards}),
        requested=to_decimal_string(requested, decimals),
        granted=to_decimal_string(granted, decimals),
        cut=to_decimal_string(requested - granted, decimals),
        reversed=to_decimal_string(taken_back, decimals),
    )
