"""From what a replay counted to the rows of a report: amounts as texts, costs in money, the dearest purchases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from math import floor

from loyalty.money import to_decimal_string
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.events import PurchaseState
from loyalty.rules.state import ProgramRules, RewardState
from loyalty.services.backtest_rows import BacktestCampaign, BacktestPurchase, BacktestWeek
from loyalty.services.backtest_tally import Cell, Key, Tally

_DEAREST = 10


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of all campaigns together, as `Backtest` has them."""

    members: int
    revenue: str
    cost: str | None
    percent: str | None
    without_worth: list[str]


class Report:
    """The rows of one backtest. Costs are added up exactly and rounded, half up, only where they are shown."""

    def __init__(self, tally: Tally, campaigns: CampaignBook, rules: ProgramRules) -> None:
        self.tally, self.rules = tally, rules
        self.revenue = sum(tally.revenue.values())
        self.totals = tally.totals()
        named = {
            (campaign.key, action.currency) for campaign in campaigns.campaigns for action in campaign.actions
        }
        # A campaign that gave nothing is an answer too.
        self.keys = sorted(named | self.totals.keys(), key=lambda key: (key[0], key[1] or ""))

    def sum_up(self) -> Totals:
        """All campaigns together."""
        cards: set[int] = set().union(*(cell.cards for cell in self.totals.values()))
        costs = [self._cost(key[1], cell.granted - cell.reversed) for key, cell in self.totals.items()]
        known = [cost for cost in costs if cost is not None]
        given = {key[1] for key, cell in self.totals.items() if cell.granted}
        without = sorted(code for code in given if code and self.rules.currencies[code].worth is None)
        cost = sum(known, Fraction(0)) if known else None
        return Totals(
            members=len(cards),
            revenue=to_decimal_string(self.revenue, self.rules.decimals),
            cost=self._money(cost),
            percent=self._percent(cost, self.revenue),
            without_worth=without,
        )

    def campaigns(self) -> list[BacktestCampaign]:
        """Each campaign in each currency over the whole period."""
        return [self._campaign(key, self.totals.get(key) or Cell()) for key in self.keys]

    def weeks(self) -> list[BacktestWeek]:
        """Each week with each campaign in each currency."""
        rows = []
        for monday in self.tally.weeks():
            year, number, _weekday = monday.isocalendar()
            cells, revenue = self.tally.cells.get(monday, {}), self.tally.revenue.get(monday, 0)
            for key in self.keys:
                cell = cells.get(key) or Cell()
                cost = self._cost(key[1], cell.granted - cell.reversed)
                rows.append(
                    BacktestWeek(
                        week=f"{year:04d}-W{number:02d}",
                        starts_on=monday.isoformat(),
                        campaign=key[0],
                        currency=key[1],
                        members=len(cell.cards),
                        times=cell.times,
                        granted=self._text(key[1], cell.granted),
                        reversed=self._text(key[1], cell.reversed),
                        cut=self._cuts(key, cell),
                        cost=self._money(cost),
                        revenue=to_decimal_string(revenue, self.rules.decimals),
                        percent=self._percent(cost, revenue),
                    )
                )
        return rows

    def dearest(self, rewards: Iterable[RewardState], keys: Mapping[int, str]) -> list[BacktestPurchase]:
        """The purchases that cost most; where nothing has a worth, that gave most units."""
        of_purchase: dict[str, list[RewardState]] = {}
        for reward in rewards:
            if reward.purchase is not None and reward.currency is not None and reward.kept:
                of_purchase.setdefault(reward.purchase.key, []).append(reward)
        ranked = nsmallest(_DEAREST, of_purchase.values(), key=self._rank)
        return [self._purchase(several, keys) for several in ranked]

    def _rank(self, rewards: Sequence[RewardState]) -> tuple[Fraction, Fraction, str]:
        """The dearest first; of equal ones by key, so that the answer is always the same."""
        costs, units, purchase = Fraction(0), Fraction(0), rewards[0].purchase
        assert purchase is not None
        for reward in rewards:
            assert reward.currency is not None
            costs += self._cost(reward.currency, reward.kept) or 0
            units += Fraction(reward.kept, 10 ** self.rules.currencies[reward.currency].decimals)
        return -costs, -units, purchase.key

    def _purchase(self, rewards: Sequence[RewardState], keys: Mapping[int, str]) -> BacktestPurchase:
        purchase = rewards[0].purchase
        assert isinstance(purchase, PurchaseState)
        granted: dict[str, int] = {}
        for reward in rewards:
            granted[reward.currency or ""] = granted.get(reward.currency or "", 0) + reward.kept
        known = [cost for code, minor in granted.items() if (cost := self._cost(code, minor)) is not None]
        cost = sum(known, Fraction(0)) if known else None
        return BacktestPurchase(
            source=purchase.source,
            purchase=purchase.external_id,
            card=keys[purchase.card_id],
            occurred_at=purchase.occurred_at,
            total=to_decimal_string(purchase.total, self.rules.decimals),
            remaining=to_decimal_string(purchase.remaining, self.rules.decimals),
            granted={code: self._text(code, minor) for code, minor in sorted(granted.items())},
            cost=self._money(cost),
            percent=self._percent(cost, purchase.remaining),
        )

    def _campaign(self, key: Key, cell: Cell) -> BacktestCampaign:
        campaign, currency = key
        withheld = sum(cell.cuts.values())
        cost = self._cost(currency, cell.granted - cell.reversed)
        return BacktestCampaign(
            campaign=campaign,
            currency=currency,
            times=cell.times,
            members=len(cell.cards),
            requested=self._text(currency, cell.granted + withheld),
            granted=self._text(currency, cell.granted),
            cut=self._text(currency, withheld),
            reversed=self._text(currency, cell.reversed),
            cuts=self._cuts(key, cell),
            cost=self._money(cost),
            percent=self._percent(cost, self.revenue),
        )

    def _cuts(self, key: Key, cell: Cell) -> dict[str, str]:
        return {reason: self._text(key[1], amount) for reason, amount in sorted(cell.cuts.items())}

    def _text(self, currency: str | None, minor: int) -> str:
        return to_decimal_string(minor, self.rules.currencies[currency].decimals if currency else 0)

    def _cost(self, currency: str | None, minor: int) -> Fraction | None:
        """What an amount costs, in whole units of the currency of purchases."""
        rules = self.rules.currencies[currency] if currency else None
        if rules is None or rules.worth is None:
            return None
        return Fraction(minor, 10**rules.decimals) * Fraction(rules.worth)

    def _money(self, cost: Fraction | None) -> str | None:
        decimals = self.rules.decimals
        return None if cost is None else to_decimal_string(_round(cost * 10**decimals), decimals)

    def _percent(self, cost: Fraction | None, revenue: int) -> str | None:
        if cost is None or revenue <= 0:
            return None
        return to_decimal_string(_round(cost * 10**self.rules.decimals * 100 * 100 / revenue), 2)


def _round(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))
