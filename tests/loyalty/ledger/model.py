"""A second ledger, slow and simple on purpose, to check the first against.

It keeps the list of operations and works everything out from the beginning each time it is asked. Nothing is
shared with `loyalty.ledger`, not even the calendar.
"""

from __future__ import annotations

from datetime import datetime

from tests.loyalty.ledger.jars import FAR, Buckets, LotState, SpendState, TakenBack, Terms, World

__all__ = ["Buckets", "LedgerModel", "LotState", "SpendState", "TakenBack", "Terms"]


class LedgerModel:
    """One wallet. Lots and spends go by names of the caller's choice; amounts are ints above 0.

    Operations that can be refused return the code of the refusal, or "" when they went through. A refused
    call has settled the wallet, so its clock has moved; with `is_refusal_undone` it leaves no trace at all,
    as in a transaction that is rolled back.
    """

    def __init__(self, terms: Terms, *, is_refusal_undone: bool = False) -> None:
        self.terms = terms
        self.is_refusal_undone = is_refusal_undone
        self.operations: list[tuple[str, datetime, tuple[object, ...]]] = []

    # What happens

    def touch(self, at: datetime) -> None:
        self._do("touch", at)

    def earn(self, lot: str, amount: int, at: datetime) -> None:
        self._do("earn", at, lot, amount, self.terms.hold_days)

    def spend(self, spend: str, amount: int, at: datetime) -> str:
        return self._do("spend", at, spend, amount)

    def hold(self, spend: str, amount: int, at: datetime, ends_at: datetime | None = None) -> str:
        return self._do("hold", at, spend, amount, ends_at or FAR)

    def capture(self, spend: str, at: datetime, amount: int | None = None) -> str:
        return self._do("capture", at, spend, amount)

    def void(self, spend: str, at: datetime) -> str:
        return self._do("void", at, spend)

    def cancel(self, spend: str, at: datetime, amount: int | None = None) -> str:
        return self._do("cancel", at, spend, amount)

    def claw_back(self, lot: str, amount: int, at: datetime) -> TakenBack:
        self._do("claw_back", at, lot, amount)
        taken_back = self._now().last_taken_back
        assert taken_back is not None
        return taken_back

    def adjust(self, lot: str, amount: int, at: datetime) -> str:
        """Signed amount; `lot` names the lot that a correction upwards makes."""
        if amount > 0:
            return self._do("earn", at, lot, amount, 0)
        return self._do("draw", at, -amount)

    # What is

    @property
    def clock(self) -> datetime | None:
        return self._now().clock

    def buckets(self, at: datetime | None = None) -> Buckets:
        """The wallet as it stands, or as it would when settled up to `at`."""
        world = self._now()
        if at is not None:
            world.pass_time(at)
        return world.buckets()

    def buckets_as_of(self, moment: datetime) -> Buckets:
        """The past: what had taken effect by `moment`, which is not after the clock."""
        world = World(self.terms)
        for name, at, values in self.operations:
            if max(at, world.clock or at) > moment:
                break
            getattr(world, name)(at, *values)
        world.pass_time(moment)
        return world.buckets()

    def lots(self) -> dict[str, LotState]:
        return {name: jar.state() for name, jar in self._now().jars.items()}

    def spends(self) -> dict[str, SpendState]:
        world = self._now()
        return {name: world.spend_state(name) for name in world.slips}

    def expiring(self, until: datetime) -> list[tuple[datetime, int]]:
        """What expires up to `until`, when holds neither end nor are captured."""
        world = self._now()
        for slip in world.slips.values():
            slip.ends_at = FAR
        world.expired_at.clear()
        world.pass_time(until)
        return sorted(world.expired_at.items())

    # How

    def _do(self, name: str, at: datetime, *values: object) -> str:
        self.operations.append((name, at, values))
        refusal = self._now().last_refusal
        if refusal and self.is_refusal_undone:
            self.operations.pop()
        return refusal

    def _now(self) -> World:
        world = World(self.terms)
        for name, at, values in self.operations:
            world.last_refusal = getattr(world, name)(at, *values) or ""
        return world
