"""Balances at any moment, right without a scheduler: what is due by then is settled on a copy that is not stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import router
from django.db.models import QuerySet, Sum
from django.utils import timezone

from loyalty.exceptions import CurrencyNotFound
from loyalty.ledger import book
from loyalty.models import Card, CardNumber, LedgerEntry, Program
from loyalty.money import to_decimal_string
from loyalty.processing.campaigns import load_program_rules
from loyalty.processing.load_wallets import load_wallets
from loyalty.rules.state import CardState, ProgramRules, State
from loyalty.selectors.programs import ProgramLike, get_program

BUCKETS = ("available", "pending", "held", "debt")
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Balance:
    """What a card has in one currency, in minor units; `as_text` gives decimal strings."""

    currency: str
    decimals: int
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0

    @property
    def balance(self) -> int:
        """Available, pending and held less debt; negative while in debt with nothing to come."""
        return self.available + self.pending + self.held - self.debt

    def as_text(self) -> dict[str, str]:
        """Each bucket and the balance as a decimal string in the currency's units."""
        return {name: to_decimal_string(getattr(self, name), self.decimals) for name in (*BUCKETS, "balance")}


@dataclass(frozen=True, slots=True)
class CardBalances:
    """A card with its balance in each currency of the program."""

    card_id: int
    external_id: str
    number: str
    balances: Mapping[str, Balance]


@dataclass(frozen=True, slots=True)
class Expiring:
    """An amount, in minor units, that expires at a moment."""

    at: datetime
    amount: int


def get_balances(card: Card, *, at: datetime | None = None) -> dict[str, Balance]:
    """The balance in each currency of the program, by code, as it was or will be at a moment (default now).

    A past moment counts what took effect by then. Of the future it is what follows if nothing else happens.
    """
    return _balances({card.pk: fresh_rules(card.program_id)}, at or timezone.now())[card.pk]


def card_balances(cards: Collection[Card], *, at: datetime | None = None) -> dict[int, dict[str, Balance]]:
    """As `get_balances`, of several cards by their keys; as many queries for any number of cards and of programs."""
    programs = Program.objects.in_bulk({card.program_id for card in cards})
    rules = {pk: load_program_rules(program) for pk, program in programs.items()}
    return _balances({card.pk: rules[card.program_id] for card in cards}, at or timezone.now())


def all_balances(
    *, program: ProgramLike = None, at: datetime | None = None, by_external_id: bool = False
) -> Iterator[CardBalances]:
    """Every card of the program with its balances, zeros included, in the order of enrolment.

    With `by_external_id` in the database's order of the host's keys, then the cards that have none.
    Read in chunks of 1,000 cards, each with a constant number of queries.
    """
    where, moment = get_program(program), at or timezone.now()
    rules = fresh_rules(where.pk)
    for chunk in _by_key(where) if by_external_id else _by_age(Card.objects.filter(program=where)):
        pks = [pk for pk, _external_id in chunk]
        numbers = dict(
            CardNumber.objects.filter(card_id__in=pks, retired_at=None).values_list("card_id", "number")
        )
        balances = _balances(dict.fromkeys(pks, rules), moment)
        for pk, external_id in chunk:
            yield CardBalances(pk, external_id or "", numbers.get(pk, ""), balances[pk])


def _by_age(cards: QuerySet[Card]) -> Iterator[Sequence[tuple[int, str | None]]]:
    rows, last = cards.order_by("pk").values_list("pk", "external_id"), 0
    while chunk := list(rows.filter(pk__gt=last)[:_CHUNK]):
        last = chunk[-1][0]
        yield chunk


def _by_key(program: Program) -> Iterator[Sequence[tuple[int, str | None]]]:
    cards = Card.objects.filter(program=program)
    keyed = cards.filter(external_id__isnull=False).order_by("external_id").values_list("pk", "external_id")
    chunk = list(keyed[:_CHUNK])
    while chunk:
        yield chunk
        chunk = list(keyed.filter(external_id__gt=chunk[-1][1])[:_CHUNK])
    yield from _by_age(cards.filter(external_id=None))


def get_expiring(card: Card, *, currency: str, until: datetime) -> list[Expiring]:
    """What expires by `until` (included) if nothing else happens, earliest first. Raises CurrencyNotFound."""
    expiring = all_expiring(card, until=until)
    if currency not in expiring:
        raise CurrencyNotFound(currency=currency)
    return expiring[currency]


def all_expiring(card: Card, *, until: datetime) -> dict[str, list[Expiring]]:
    """As `get_expiring`, in each currency of the program, by code."""
    rules = fresh_rules(card.program_id)
    expiring: dict[str, list[Expiring]] = {code: [] for code in rules.currencies}
    for (_card_id, code), wallet in load_settled(rules, [card.pk], timezone.now(), complete=True).items():
        expiring[code] = [Expiring(at, amount) for at, amount in book.expiring(wallet=wallet, until=until)]
    return expiring


def load_settled(
    rules: ProgramRules, cards: Collection[int], at: datetime, *, complete: bool = False
) -> dict[tuple[int, str], book.Wallet]:
    """Copies of the wallets of these cards, settled up to `at` where their clock is not later; nothing is stored."""
    state = State(rules)
    state.cards = {pk: CardState(pk=pk, enrolled_at=at) for pk in cards}
    using = router.db_for_read(Card)
    load_wallets(state, horizon=at, complete=set(cards) if complete else set(), using=using)
    for wallet in state.wallets.values():
        if wallet.clock is None or wallet.clock <= at:
            book.touch(wallet=wallet, at=at, event=None)
    return state.wallets


def fresh_rules(program_id: int) -> ProgramRules:
    """The program's rules as they are now: a card at hand may have come with an older program."""
    return load_program_rules(Program.objects.get(pk=program_id))


def _balances(rules: Mapping[int, ProgramRules], at: datetime) -> dict[int, dict[str, Balance]]:
    """By card; `rules` are those of each card's program."""
    found = {
        pk: {code: Balance(code, currency.decimals) for code, currency in program.currencies.items()}
        for pk, program in rules.items()
    }
    if not rules:
        return found
    wallets = load_settled(_together(rules.values()), list(rules), at)
    past = [
        wallet.pk
        for wallet in wallets.values()
        if wallet.pk is not None and wallet.clock is not None and wallet.clock > at
    ]
    sums = _sums_by(past, at) if past else {}
    for (card_id, code), wallet in wallets.items():
        amounts = {name: getattr(wallet, name) for name in BUCKETS}
        if wallet.clock is not None and wallet.clock > at:
            amounts = sums.get(wallet.pk or 0, dict.fromkeys(BUCKETS, 0))
        found[card_id][code] = Balance(code, wallet.rules.decimals, **amounts)
    return found


def _together(programs: Iterable[ProgramRules]) -> ProgramRules:
    """Rules to read wallets of several programs by: currencies are told apart by their keys, so the codes may be alike."""
    first, *others = {program.pk: program for program in programs}.values()
    if not others:
        return first
    named = (
        (f"{program.pk}/{code}", currency)
        for program in (first, *others)
        for code, currency in program.currencies.items()
    )
    return replace(first, currencies=dict(named))


def _sums_by(wallets: Collection[int], at: datetime) -> dict[int, dict[str, int]]:
    """What the wallets held at a moment before their clock: the sum of what had taken effect by then."""
    rows = LedgerEntry.objects.filter(wallet_id__in=wallets, effective_at__lte=at).order_by()
    sums = rows.values_list("wallet_id").annotate(*(Sum(name) for name in BUCKETS))
    return {pk: dict(zip(BUCKETS, amounts, strict=True)) for pk, *amounts in sums}
