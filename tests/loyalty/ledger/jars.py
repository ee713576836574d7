"""The inside of the naive ledger: jars of points, and what each operation moves from place to place.

A lot is a jar of points with a label for the place where each of them is, so none can be lost or made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

PENDING, AVAILABLE, EXPIRED, WRITTEN_OFF, GONE = "pending", "available", "expired", "written off", "gone"
FAR = datetime.max.replace(tzinfo=UTC)


class Buckets(NamedTuple):
    available: int
    pending: int
    held: int
    debt: int


class TakenBack(NamedTuple):
    taken: int
    from_expired: int
    debt: int
    forgiven: int


class LotState(NamedTuple):
    remaining: int
    held: int
    expired: int
    expired_reversed: int
    is_pending: bool


class SpendState(NamedTuple):
    status: str
    captured: int
    returned: int
    draws: dict[str, int]


@dataclass(frozen=True)
class Terms:
    """What a currency says, in whole days."""

    hold_days: int = 0
    validity_days: int | None = None
    expires_end_of_day: bool = False
    clawback: str = "debt"
    spendable: bool = True
    zone: str = "UTC"

    def days_later(self, moment: datetime, days: int) -> datetime:
        if not days:
            return moment
        zone = ZoneInfo(self.zone)
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days)
        return wall.replace(tzinfo=zone).astimezone(UTC)

    def expiry(self, available_at: datetime) -> datetime:
        if self.validity_days is None:
            return FAR
        expires_at = self.days_later(available_at, self.validity_days)
        if not self.expires_end_of_day:
            return expires_at
        zone = ZoneInfo(self.zone)
        midnight = datetime.combine(expires_at.astimezone(zone).date() + timedelta(1), datetime.min.time())
        return midnight.replace(tzinfo=zone).astimezone(UTC)


@dataclass
class Jar:
    """A lot: how many of its points are where."""

    number: int
    available_at: datetime
    expires_at: datetime
    places: Counter[str]

    def move(self, count: int, source: str, target: str) -> None:
        assert 0 <= count <= self.places[source]
        self.places[source] -= count
        self.places[target] += count

    def state(self) -> LotState:
        held = sum(count for place, count in self.places.items() if place.startswith("held:"))
        return LotState(
            remaining=self.places[PENDING] + self.places[AVAILABLE],
            held=held,
            expired=self.places[EXPIRED] + self.places[WRITTEN_OFF],
            expired_reversed=self.places[WRITTEN_OFF],
            is_pending=self.places[PENDING] > 0,
        )


@dataclass
class Slip:
    """A spend or hold."""

    status: str
    amount: int
    ends_at: datetime = FAR
    captured: int = 0
    returned: int = 0


@dataclass
class World:
    terms: Terms
    clock: datetime | None = None
    debt: int = 0
    jars: dict[str, Jar] = field(default_factory=dict)
    slips: dict[str, Slip] = field(default_factory=dict)
    expired_at: Counter[datetime] = field(default_factory=Counter)
    last_refusal: str = ""
    last_taken_back: TakenBack | None = None

    def buckets(self) -> Buckets:
        pending = sum(jar.places[PENDING] for jar in self.jars.values())
        held = sum(jar.state().held for jar in self.jars.values())
        return Buckets(self._available(), pending, held, self.debt)

    def spend_state(self, name: str) -> SpendState:
        slip = self.slips[name]
        place = f"{slip.status}:{name}"
        draws = {jar: self.jars[jar].places[place] for jar in self.jars if self.jars[jar].places[place]}
        return SpendState(slip.status, slip.captured, slip.returned, draws)

    # Time

    def pass_time(self, at: datetime) -> None:
        now = max(at, self.clock or at)
        while True:
            due: list[tuple[datetime, int, int, str]] = []
            for name, jar in self.jars.items():
                if jar.places[PENDING]:
                    due.append((jar.available_at, 1, jar.number, name))
                if jar.places[AVAILABLE]:
                    due.append((jar.expires_at, 3, jar.number, name))
            for number, (name, slip) in enumerate(self.slips.items()):
                if slip.status == "held":
                    due.append((slip.ends_at, 2, number, name))
            if not due or min(due)[0] > now:
                break
            instant, what, _, name = min(due)
            if what == 1:
                self.jars[name].move(self.jars[name].places[PENDING], PENDING, AVAILABLE)
                self._repay([self.jars[name]])
            elif what == 2:
                self._end_hold(name)
            else:
                self.expired_at[instant] += self.jars[name].places[AVAILABLE]
                self.jars[name].move(self.jars[name].places[AVAILABLE], AVAILABLE, EXPIRED)
        self.clock = now

    def _repay(self, jars: list[Jar]) -> None:
        """A debt leaves nothing available, so what these jars have available has just come."""
        for jar in sorted(jars, key=_in_draw_order):
            part = min(self.debt, jar.places[AVAILABLE])
            jar.move(part, AVAILABLE, GONE)
            self.debt -= part

    def _settle_again(self) -> None:
        """What was posted too late is overdue: it is dealt with in the same breath."""
        assert self.clock is not None
        self.pass_time(self.clock)

    # Operations; each returns the code of its refusal

    touch = pass_time

    def earn(self, at: datetime, name: str, amount: int, hold_days: int) -> None:
        self.pass_time(at)
        available_at = self.terms.days_later(at, hold_days)
        self.jars[name] = Jar(
            len(self.jars), available_at, self.terms.expiry(available_at), Counter({PENDING: amount})
        )
        self._settle_again()

    def draw(self, at: datetime, amount: int) -> str:
        self.pass_time(at)
        return self._move_out(amount, GONE)

    def spend(self, at: datetime, name: str, amount: int) -> str:
        refusal = self._refuse_spending(at) or self._move_out(amount, f"spent:{name}")
        if not refusal:
            self.slips[name] = Slip("spent", amount, captured=amount)
        return refusal

    def hold(self, at: datetime, name: str, amount: int, ends_at: datetime) -> str:
        refusal = self._refuse_spending(at) or self._move_out(amount, f"held:{name}")
        if not refusal:
            self.slips[name] = Slip("held", amount, ends_at)
            self._settle_again()
        return refusal

    def capture(self, at: datetime, name: str, amount: int | None) -> str:
        refusal = self._refuse_ended(at, name)
        slip = self.slips[name]
        wanted = slip.amount if amount is None else amount
        if refusal or wanted > slip.amount:
            return refusal or "capture_too_large"
        slip.status, slip.captured = "spent", wanted
        jars = self._drawn(f"held:{name}")
        for jar in jars:
            part = min(wanted, jar.places[f"held:{name}"])
            jar.move(part, f"held:{name}", f"spent:{name}")
            jar.move(jar.places[f"held:{name}"], f"held:{name}", AVAILABLE)
            wanted -= part
        self._repay(jars)
        self._settle_again()
        return ""

    def void(self, at: datetime, name: str) -> str:
        refusal = self._refuse_ended(at, name)
        if not refusal:
            self._end_hold(name)
            self._settle_again()
        return refusal

    def cancel(self, at: datetime, name: str, amount: int | None) -> str:
        self.pass_time(at)
        slip = self.slips[name]
        left = slip.captured - slip.returned
        wanted = left if amount is None else amount
        if slip.status != "spent" or wanted > left:
            return "spend_state_invalid"
        slip.returned += wanted
        jars = self._drawn(f"spent:{name}")
        for jar in reversed(jars):
            part = min(wanted, jar.places[f"spent:{name}"])
            jar.move(part, f"spent:{name}", AVAILABLE)
            wanted -= part
        if slip.returned == slip.captured:
            slip.status = "cancelled"
        self._repay(jars)
        self._settle_again()
        return ""

    def claw_back(self, at: datetime, name: str, amount: int) -> None:
        self.pass_time(at)
        own = self.jars[name]
        others = [jar for jar in sorted(self.jars.values(), key=_in_draw_order) if jar is not own]
        taken = Counter[str]()
        steps = [(own, PENDING, GONE), (own, AVAILABLE, GONE), (own, EXPIRED, WRITTEN_OFF)]
        for jar, source, target in [*steps, *((jar, AVAILABLE, GONE) for jar in others)]:
            part = min(amount, jar.places[source])
            jar.move(part, source, target)
            taken[target] += part
            amount -= part
        owed = amount if self.terms.clawback == "debt" else 0
        self.debt += owed
        self.last_taken_back = TakenBack(taken[GONE], taken[WRITTEN_OFF], owed, amount - owed)

    # Parts of operations

    def _available(self) -> int:
        return sum(jar.places[AVAILABLE] for jar in self.jars.values())

    def _move_out(self, amount: int, target: str) -> str:
        if amount > self._available():
            return "insufficient_points"
        for jar in sorted(self.jars.values(), key=_in_draw_order):
            part = min(amount, jar.places[AVAILABLE])
            jar.move(part, AVAILABLE, target)
            amount -= part
        return ""

    def _drawn(self, place: str) -> list[Jar]:
        return sorted((jar for jar in self.jars.values() if jar.places[place]), key=_in_draw_order)

    def _end_hold(self, name: str) -> None:
        self.slips[name].status = "voided"
        jars = self._drawn(f"held:{name}")
        for jar in jars:
            jar.move(jar.places[f"held:{name}"], f"held:{name}", AVAILABLE)
        self._repay(jars)

    def _refuse_spending(self, at: datetime) -> str:
        if not self.terms.spendable:
            return "currency_not_spendable"
        self.pass_time(at)
        return "debt_outstanding" if self.debt else ""

    def _refuse_ended(self, at: datetime, name: str) -> str:
        self.pass_time(at)
        slip = self.slips[name]
        if slip.status == "held":
            return ""
        is_late = slip.status == "voided" and self.clock is not None and slip.ends_at <= self.clock
        return "hold_expired" if is_late else "spend_state_invalid"


def _in_draw_order(jar: Jar) -> tuple[datetime, int]:
    return jar.expires_at, jar.number
