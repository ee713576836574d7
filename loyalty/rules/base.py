"""What a rule is: conditions ask, amounts work out, actions give, facts remember. All of it is pure.

A host app declares its own in a module named `loyalty_rules`; see `loyalty.rules.registry`.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.functional import Promise

if TYPE_CHECKING:
    from datetime import datetime

    from loyalty.ledger.book import CurrencyRules
    from loyalty.rules.effects import Effect
    from loyalty.rules.events import EventState, FollowUp, PurchaseState
    from loyalty.rules.phrases import Clause, Progress, Telling
    from loyalty.rules.state import CardState, FactBook, ProgramRules
    from loyalty.rules.views import CardView

Settings = Mapping[str, Any]
Label = str | Promise


class Result(enum.StrEnum):
    """How a question about a card came out."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a condition: result, stable code, what was expected and what was seen (both as JSON values).

    `threshold` marks the answer as a milestone: the count that must go on holding for the reward to be kept (S20).
    """

    result: Result
    code: str
    expected: Any = None
    actual: Any = None
    threshold: int | None = None

    @classmethod
    def when(cls, holds: bool, *, code: str, expected: Any = None, actual: Any = None) -> Outcome:
        """PASS with code "ok" when it holds, else FAIL with `code`."""
        return cls(Result.PASS if holds else Result.FAIL, "ok" if holds else code, expected, actual)

    @classmethod
    def not_applicable(cls, code: str) -> Outcome:
        """The question makes no sense here, e.g. about a parent card that does not exist."""
        return cls(Result.NOT_APPLICABLE, code)


class Rule:
    """Base of everything that a campaign names by `kind`. `aliases` keep stored campaigns working after a rename."""

    kind: ClassVar[str]
    label: ClassVar[Label]
    aliases: ClassVar[tuple[str, ...]] = ()

    # The settings of the rule: widgets and validation in the admin, canonical JSON in a campaign file. A form may say
    # `shown_when = {"field": ("other field", (values,))}`: the editor shows the field when the other one has such a value.
    Params: ClassVar[type[forms.Form]] = forms.Form


@dataclass(frozen=True, slots=True)
class Asking:
    """Of what and when an audience is asked: the program (time zone, decimals, segments), and the moment.

    `campaign` is the key of the campaign whose audience it is; empty for a segment's.
    """

    program: ProgramRules
    at: datetime
    campaign: str = ""


# Stands as the detail of a need for the key of the campaign in which the rule stands.
THIS_CAMPAIGN = "<this campaign>"


@dataclass(frozen=True, slots=True)
class Need:
    """What a rule wants a fact to have loaded: the fact's key and a hashable detail that the fact understands."""

    fact: str
    detail: Hashable = None


class Condition(Rule):
    """A yes/no question about a card at the moment of an event.

    `reasons` are sentences for the codes of its own "no": the trace of a campaign that fails at once keeps only the code.
    `lasting`: the answer hangs on the card, not on what happens to it, so that who fails is not offered the campaign.
    """

    reasons: ClassVar[Mapping[str, Label]] = {}
    lasting: ClassVar[bool] = False

    def needs(self, params: Settings) -> Iterable[Need]:
        """The facts that `check` will read."""
        return ()

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        """Answer for the card `about`. Pure: reads the views only."""
        raise NotImplementedError(f"{type(self).__name__} must define check()")

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome | None:
        """Answer again about what remains of a purchase after a refund (S18); None: not about the purchase itself."""
        return None

    def count(self, about: CardView, params: Settings) -> int:
        """The count on which a milestone of this condition stands (S20); only for conditions that give a threshold."""
        return 0

    def is_milestone(self, params: Settings) -> bool:
        """Whether with these settings a reward stands and falls with a count (S20)."""
        return False

    def levels(self, params: Settings) -> int:
        """How far up the tree from its card `check` looks."""
        return 0

    def audience(self, params: Settings, asking: Asking) -> Q | None:
        """The same question as a query over cards: who holds it at `asking.at`. None: the question needs an event.

        It must not depend on joins to several rows: nest a subquery. A "not" is put around it by whoever asks.
        """
        return None

    def phrase(self, params: Settings, telling: Telling) -> Clause | None:
        """The question in plain words; None: it is told by its label and settings. Pure."""
        return None

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress | None:
        """How far the card is from holding it, where that can be counted; `telling.program` is its program. Pure."""
        return None


@dataclass(frozen=True, slots=True)
class Occasion:
    """For what an amount is asked: the event, and who receives at which level (0: card, 1: parent card ...).

    `card` is the event's card, `recipient` who gets it. `currency` is the action's; an amount that pays in another one
    says so in its quote. `earned` is what the event's own card was granted for this event so far, by currency in minor
    units: complete for an amount that is `last`, else empty.
    """

    event: EventState
    program: ProgramRules
    currency: CurrencyRules
    level: int
    card: CardView
    recipient: CardView
    earned: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """What an amount comes to: exact and in the currency's minor units, and the base that it was computed on.

    `base` is in minor units of what it was computed on: the purchase currency, or for "granted amount" the currency of
    that reward; None where it was computed on nothing. `currency` is the code where it is not the action's.
    """

    exact: Fraction
    base: int | None = None
    currency: str | None = None


class Amount(Rule):
    """How much an action gives. `computed` amounts follow the purchase, so a partial refund takes back a part."""

    computed: ClassVar[bool] = False
    last: ClassVar[bool] = False  # asked when all else of the event has been granted

    def needs(self, params: Settings) -> Iterable[Need]:
        """The facts that `quote` will read."""
        return ()

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        """The amount for a recipient; None where there is nothing to compute on. Pure."""
        raise NotImplementedError(f"{type(self).__name__} must define quote()")

    def currencies(self, params: Settings) -> Iterable[str]:
        """Codes of the currencies that it pays in beside the action's."""
        return ()

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        """How much of the base is left after refunds, between 0 and 1 (S17)."""
        return purchase.share

    def stands_on_reward(self, params: Settings) -> bool:
        """Whether the base is the reward that triggered the campaign: what is left follows what is left of that (S15)."""
        return False

    def share_of_reward(self, granted: Fraction, left: Fraction, params: Settings) -> Fraction:
        """How much of the base is left where it is a reward of `granted` units, of which the share `left` is kept."""
        return left

    def levels(self, params: Settings) -> int | None:
        """How many levels of ancestors the amount names; None: any."""
        return None

    def phrase(self, params: Settings, telling: Telling) -> str:
        """The amount in plain words, accusative; empty: it is told by its label and settings. Pure."""
        return ""


class Action(Rule):
    """What is given to a recipient; answers with effects, a closed set."""

    gives_amount: ClassVar[bool] = False
    in_currency: ClassVar[bool] = False  # acts within a currency; what gives an amount always does
    phase: ClassVar[str] = "base"  # which campaigns may use it: base | multiplier

    def effect(self, *, event: EventState, card: CardState, level: int, params: Settings) -> Effect:
        """The effect on one recipient. Pure."""
        raise NotImplementedError(f"{type(self).__name__} must define effect()")

    def phrase(self, params: Settings, telling: Telling, amount: str) -> str:
        """What the recipient gets in plain words, accusative; empty: it is told by its label and settings. Pure."""
        return amount


class Fact:
    """Something remembered per card that follows from events (S33): loaded at once, advanced in memory, stored at once.

    `levels` says how far up the tree it reads and changes cards other than the event's own. `as_of_today` is set where
    it follows from dated rows and not from events: then a backtest loads it, and says so, with the details as `names`.
    """

    key: ClassVar[str]
    levels: ClassVar[int] = 0
    as_of_today: ClassVar[str | Promise] = ""

    def initial(self, card: CardState) -> Any:
        """The state of a card that nothing has happened to yet: where a backtest starts."""
        raise NotImplementedError(f"{type(self).__name__} must define initial()")

    def load(self, request: LoadRequest) -> Mapping[int, Any]:
        """The stored states by card, in one query. Cards left out start from `initial`."""
        raise NotImplementedError(f"{type(self).__name__} must define load()")

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        """Follow one event: put new states into the book, answer with the events that follow. Pure."""
        raise NotImplementedError(f"{type(self).__name__} must define advance()")

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """Write the changed states, one statement per table."""
        raise NotImplementedError(f"{type(self).__name__} must define store()")

    def needs(self, program: ProgramRules) -> Iterable[Need]:
        """What this fact itself wants other facts to have loaded."""
        return ()

    def query(self, question: Any, asking: Asking) -> Q:
        """The cards of which it knows this, as it is stored, for `Condition.audience`; `question` is the fact's own."""
        raise NotImplementedError(f"{type(self).__name__} must define query()")


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What a fact is asked to load: the cards (by key) with their states, the wanted details, and the batch's events.

    `earliest` is the first moment at which anything may be asked; None where there are no events.
    """

    program: ProgramRules
    cards: Mapping[int, CardState]
    details: frozenset[Hashable]
    events: Sequence[EventState] = field(default_factory=tuple)
    earliest: datetime | None = None
