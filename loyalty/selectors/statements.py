"""A card's statement: what moved its balance, newest first, with the balance after each movement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from loyalty.exceptions import CurrencyNotFound
from loyalty.models import Card, Currency, LedgerEntry, Wallet
from loyalty.selectors.balances import BUCKETS

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement; amounts in minor units. `amount` is what it did to the balance, `balance` what that came
    to, None in a statement of one kind of movements.

    `campaign` is the name of the campaign whose reward moved, `purchase` the shop's id of what it was for,
    `spend` the key of the spending; each empty where there is none. `own_purchase` is the purchase where it is
    the card's own: only that may be shown to its holder.
    """

    pk: int
    kind: str
    label: str
    effective_at: datetime
    posted_at: datetime
    available: int
    pending: int
    held: int
    debt: int
    amount: int
    balance: int | None
    campaign: str
    purchase: str
    own_purchase: str
    spend: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of a statement. `older` is where the next page begins, None when this is the last."""

    currency: str
    decimals: int
    lines: list[StatementLine]
    older: int | None


def get_statement(
    card: Card,
    *,
    currency: str,
    since: datetime | None = None,
    until: datetime | None = None,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Statement:
    """The movements that took effect from `since` to before `until`, newest first, at most 200 at a time.

    `kind` is one of `LedgerEntry.Kind`, `before` the `older` of the page before. Only what is posted is shown:
    what fell due since stands in `get_balances`. Four queries at any size. Raises CurrencyNotFound.
    """
    found = Currency.objects.filter(program_id=card.program_id, code=currency).first()
    if found is None:
        raise CurrencyNotFound(currency=currency)
    # Asked for by key, so that the index on (wallet, newest first) serves every page.
    wallet = Wallet.objects.filter(card=card, currency=found).values_list("pk", flat=True).first() or 0
    page = LedgerEntry.objects.filter(wallet_id=wallet).order_by("-pk")
    page = page.select_related("reward__campaign", "reward__purchase", "spend")
    if since is not None:
        page = page.filter(effective_at__gte=since)
    if until is not None:
        page = page.filter(effective_at__lt=until)
    if kind is not None:
        page = page.filter(kind=kind)
    if before is not None:
        page = page.filter(pk__lt=before)
    size = max(1, min(limit, _LONGEST))
    rows = list(page[: size + 1])
    shown = rows[:size]
    # Entries of a wallet take effect in the order of their keys (S1), so a span of time has no gaps.
    after = _sum_up_to(wallet, shown[0].pk) if shown and kind is None else 0
    lines = []
    for row in shown:
        line = _read(row, None if kind is not None else after, card)
        lines.append(line)
        after -= line.amount
    return Statement(found.code, found.decimals, lines, shown[-1].pk if len(rows) > size else None)


def _sum_up_to(wallet: int, pk: int) -> int:
    """The balance once this entry was posted."""
    change = F("available") + F("pending") + F("held") - F("debt")
    total = LedgerEntry.objects.filter(wallet_id=wallet, pk__lte=pk).aggregate(total=Sum(change))["total"]
    return int(total or 0)


def _read(row: LedgerEntry, balance: int | None, card: Card) -> StatementLine:
    purchase = row.reward.purchase if row.reward else None
    reward = row.reward
    return StatementLine(
        pk=row.pk,
        kind=row.kind,
        label=str(row.get_kind_display()),
        effective_at=row.effective_at,
        posted_at=row.posted_at,
        **{name: getattr(row, name) for name in BUCKETS},
        amount=row.available + row.pending + row.held - row.debt,
        balance=balance,
        campaign=str(reward.campaign) if reward else "",
        purchase=purchase.external_id if purchase else "",
        own_purchase=purchase.external_id if purchase and purchase.card_id == card.pk else "",
        spend=row.spend.key if row.spend else "",
    )
