"""A backtest of a draft for its page: run within a time that a person waits, beside what really happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty.admin.charts import Chart, Series
from loyalty.admin.figures import decimal_text, percent_text
from loyalty.models import Campaign, Purchase
from loyalty.periods import format_instant
from loyalty.services import Backtest, BacktestWeek, run_backtest

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """One campaign in one currency over the whole period, as the page shows it."""

    name: str
    own: bool
    currency: str
    times: int
    members: int
    requested: str
    granted: str
    cut: str
    reversed: str
    cost: str
    percent: str


@dataclass(frozen=True, slots=True)
class Dear:
    """One of the dearest purchases, with where to look at it."""

    purchase: str
    purchase_address: str
    card: str
    card_address: str
    occurred_at: datetime
    total: str
    granted: str
    cost: str
    percent: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The history with the draft, and as it was; `before` is None where it could not be run as far."""

    draft: Backtest
    before: Backtest | None
    campaign: Campaign
    since: date
    until: date


def compare(campaign: Campaign, *, since: date, until: date) -> Comparison:
    """Run the history with the draft, then as it was, within `SECONDS` in all. Raises CampaignInvalid."""
    zone, program = campaign.program.zone, campaign.program
    first = datetime.combine(since, time.min, tzinfo=zone)
    last = datetime.combine(until + timedelta(1), time.min, tzinfo=zone) - timedelta(microseconds=1)
    begun = monotonic()
    draft = run_backtest(
        program=program,
        drafts=[campaign],
        since=first,
        until=last,
        progress=lambda _done, _total: monotonic() - begun < SECONDS / 2,
    )
    before = run_backtest(
        program=program,
        since=first,
        until=last,
        progress=lambda done, _total: (
            monotonic() - begun < SECONDS and not (draft.stopped and done >= draft.events)
        ),
    )
    alike = before.events == draft.events
    return Comparison(draft, before if alike else None, campaign, since, until)


def describe_command(campaign: Campaign, *, since: date, until: date) -> str:
    """What runs the whole of it in a terminal."""
    zone = campaign.program.zone
    first = datetime.combine(since, time.min, tzinfo=zone)
    last = datetime.combine(until + timedelta(1), time.min, tzinfo=zone) - timedelta(seconds=1)
    return (
        f"python manage.py loyalty_backtest --draft {campaign.key} --program {campaign.program.slug} "
        f"--from {format_instant(first)} --to {format_instant(last)}"
    )


def draw_weeks(compared: Comparison) -> Chart:
    """Cost by week: with the draft, of it the draft's own, and as it was; units where nothing has a worth."""
    draft, before = compared.draft, compared.before
    program = draft.program
    in_money = any(week.cost is not None for week in draft.weeks)
    first = next((row.currency for row in draft.campaigns if row.campaign == compared.campaign.key), None)
    unit = program.purchase_currency if in_money else (first or "")
    decimals = program.decimals if in_money else 0
    starts = sorted({week.starts_on for run in (draft, before) if run for week in run.weeks})

    def values(weeks: Iterable[BacktestWeek], key: str = "") -> list[Decimal]:
        sums = dict.fromkeys(starts, Decimal(0))
        for week in weeks:
            if key in ("", week.campaign) and (in_money or week.currency == first):
                cost = week.cost or "0" if in_money else Decimal(week.granted) - Decimal(week.reversed)
                sums[week.starts_on] += Decimal(cost)
        return [sums[start] for start in starts]

    series = [
        Series(_("All campaigns, with this draft"), values(draft.weeks)),
        Series(_("Of it this campaign"), values(draft.weeks, compared.campaign.key)),
    ]
    if before is not None:
        series.append(Series(_("As it was"), values(before.weeks), kind="line"))
    title = _("Cost by week") if in_money else _("Granted by week, less what was taken back")
    labels = [date_format(date.fromisoformat(start), "SHORT_DATE_FORMAT") for start in starts]
    return Chart(title=title, labels=labels, series=series, unit=unit, decimals=decimals)


def list_campaigns(compared: Comparison) -> list[Row]:
    """Each campaign with what it would have given, the draft first."""
    program, key = compared.draft.program, compared.campaign.key
    names = dict(Campaign.objects.filter(program=program).values_list("key", "name"))
    rows = [
        Row(
            name=names.get(row.campaign) or row.campaign,
            own=row.campaign == key,
            currency=row.currency or "",
            times=row.times,
            members=row.members,
            requested=decimal_text(row.requested),
            granted=decimal_text(row.granted),
            cut=decimal_text(row.cut),
            reversed=decimal_text(row.reversed),
            cost=decimal_text(row.cost),
            percent=percent_text(row.percent),
        )
        for row in compared.draft.campaigns
    ]
    return sorted(rows, key=lambda row: not row.own)


def list_dearest(compared: Comparison, *, site: str) -> list[Dear]:
    """The purchases that would have cost most. One query."""
    dearest = compared.draft.dearest
    found = {
        (source, external_id): (pk, card)
        for source, external_id, pk, card in Purchase.objects.filter(
            program=compared.draft.program, external_id__in=[row.purchase for row in dearest]
        ).values_list("source", "external_id", "pk", "card_id")
    }

    def address(name: str, pk: int | None) -> str:
        return "" if pk is None else reverse(f"{site}:loyalty_{name}_change", args=[pk])

    rows = []
    for row in dearest:
        purchase, card = found.get((row.source, row.purchase), (None, None))
        rows.append(
            Dear(
                purchase=row.purchase,
                purchase_address=address("purchase", purchase),
                card=row.card,
                card_address=address("card", card),
                occurred_at=row.occurred_at,
                total=decimal_text(row.total),
                granted=", ".join(f"{decimal_text(value)} {code}" for code, value in row.granted.items()),
                cost=decimal_text(row.cost),
                percent=percent_text(row.percent),
            )
        )
    return rows
