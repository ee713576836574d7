"""A short statement of a program: what `manage.py demo` prints at the end."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Sum

from example_project.terminal import Terminal
from loyalty.models import Card, LedgerEntry, Program, Purchase, Reward
from loyalty.money import to_decimal_string
from loyalty.selectors import explain_event, get_balances, get_statement, program_totals
from referrals.selectors import top_referrers

POINTS = "points"
LONGEST_HISTORY = 20


def print_statement(terminal: Terminal, *, program: Program, at: datetime) -> None:
    """The program in figures, its best parent cards, one card's history, and a purchase that earned nothing."""
    _print_totals(terminal, program, at)
    _print_campaigns(terminal, program)
    _print_parents(terminal, program, at)
    _print_history(terminal, _find_eventful_card(program), at)
    _print_why_not(terminal, program)


def _print_totals(terminal: Terminal, program: Program, at: datetime) -> None:
    totals = program_totals(program=program, at=at)
    points = totals.currencies[POINTS]
    money = program.purchase_currency
    terminal.heading(f"{program.name} on {at:%d %B %Y}")
    terminal.table(
        ["", ""],
        [
            ["Members", f"{totals.members:,}"],
            ["Purchases", f"{totals.purchases:,}"],
            [f"Purchased, {money}", _money(totals.purchased, program)],
            [f"Refunded, {money}", _money(totals.refunded, program)],
            ["Points granted", f"{points.granted:,}"],
            ["Points reversed", f"{points.reversed:,}"],
            ["Points adjusted", f"{points.adjusted:,}"],
            ["Points spent", f"{points.spent:,}"],
            ["Points owed to members", f"{points.owed.available + points.owed.pending + points.owed.held:,}"],
            ["  of them pending", f"{points.owed.pending:,}"],
            ["  of them held", f"{points.owed.held:,}"],
            ["Points members owe", f"{points.owed.debt:,}"],
        ],
    )


def _print_campaigns(terminal: Terminal, program: Program) -> None:
    rows = (
        Reward.objects.filter(campaign__program=program)
        .values("campaign__name", "campaign__priority", "campaign__key")
        .annotate(
            times=Count("pk"),
            members=Count("card", distinct=True),
            granted_sum=Sum("granted"),
            reversed_sum=Sum("reversed"),
        )
        .order_by("-granted_sum")
    )
    terminal.heading("Campaigns")
    terminal.table(
        ["campaign", "times", "members", "granted", "reversed"],
        [
            [
                row["campaign__name"],
                f"{row['times']:,}",
                f"{row['members']:,}",
                f"{row['granted_sum']:,}",
                f"{row['reversed_sum']:,}",
            ]
            for row in rows
        ],
    )


def _print_parents(terminal: Terminal, program: Program, at: datetime) -> None:
    """The ten cards that brought most friends who bought something and kept it."""
    leaders = top_referrers(program=program, limit=10)
    kept = dict(
        Reward.objects.filter(card__in=[row.card_id for row in leaders], level=1)
        .values_list("card")
        .annotate(kept=Sum(F("granted") - F("reversed")))
    )
    terminal.heading("Top ten parent cards")
    terminal.table(
        ["customer", "card", "friends", "bought", "points for friends", "balance"],
        [
            [
                row.card.external_id,
                row.card.number,
                row.registered,
                row.qualified,
                f"{kept.get(row.card_id, 0):,}",
                f"{get_balances(row.card, at=at)[POINTS].balance:,}",
            ]
            for row in leaders
        ],
        words=2,
    )


def _find_eventful_card(program: Program) -> Card:
    """The card to which most different things happened."""
    entries = LedgerEntry.objects.filter(wallet__card__program=program).values_list("wallet__card")
    busiest = entries.annotate(kinds=Count("kind", distinct=True), times=Count("pk")).order_by(
        "-kinds", "-times"
    )
    return Card.objects.select_related("program").get(pk=busiest[0][0])


def _print_history(terminal: Terminal, card: Card, at: datetime) -> None:
    statement = get_statement(card, currency=POINTS, until=at, limit=200)
    moved = [line for line in statement.lines if line.amount]
    terminal.heading(f"The history of {card.external_id}, newest first")
    terminal.table(
        ["date", "movement", "campaign", "purchase", "amount", "balance"],
        [
            [
                f"{line.effective_at.astimezone(card.program.zone):%d %b %Y}",
                line.label,
                line.campaign,
                line.purchase,
                f"{line.amount:+,}",
                f"{line.balance:,}",
            ]
            for line in moved[:LONGEST_HISTORY]
        ],
        words=4,
    )
    balance = get_balances(card, at=at)[POINTS]
    terminal.say(
        f"Available {balance.available:,}, pending {balance.pending:,}, held {balance.held:,}, owed {balance.debt:,}."
    )


def _print_why_not(terminal: Terminal, program: Program) -> None:
    """The last purchase that earned its buyer nothing, and the engine's own reasons."""
    barren = Purchase.objects.filter(program=program).exclude(rewards__card=F("card"))
    purchase = barren.select_related("card", "event__evaluation").order_by("-occurred_at", "-pk").first()
    if purchase is None:
        return
    price = f"{_money(purchase.total, program)} {program.purchase_currency}"
    day = f"{purchase.occurred_at.astimezone(program.zone):%A %d %B %Y}"
    terminal.heading(
        f"Why {purchase.external_id} ({price}, {day}) earned {purchase.card.external_id} nothing"
    )
    for line in explain_event(purchase.event).as_lines():
        terminal.say(line)


def _money(minor: int, program: Program) -> str:
    return f"{Decimal(to_decimal_string(minor, program.decimals)):,}"
