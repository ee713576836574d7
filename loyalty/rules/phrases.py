"""Rules in plain words: the clauses from which a sentence about a campaign is put together, and figures in them.

Every clause is a whole translatable text with named placeholders. What stands in a placeholder is a noun phrase in one
grammatical case that the comments for translators name; nothing is ever glued to a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

if TYPE_CHECKING:
    from loyalty.periods import Duration
    from loyalty.rules.fields import Money
    from loyalty.rules.state import ProgramRules

CARD, PARENT = "card", "parent_card"

# Of all currencies only this one has a name that we can put into any grammatical case.
POINTS = "points"

_CARDS: dict[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    # (who reads: "" staff, else which card is theirs; which card) -> nominative, genitive
    ("", CARD): (gettext_lazy("the client's card"), pgettext_lazy("genitive", "the client's card")),
    ("", PARENT): (gettext_lazy("the parent card"), pgettext_lazy("genitive", "the parent card")),
    (CARD, CARD): (gettext_lazy("your card"), pgettext_lazy("genitive", "your card")),
    (CARD, PARENT): (
        gettext_lazy("the card of whoever invited you"),
        pgettext_lazy("genitive", "the card of whoever invited you"),
    ),
    (PARENT, CARD): (gettext_lazy("your friend's card"), pgettext_lazy("genitive", "your friend's card")),
    (PARENT, PARENT): (gettext_lazy("your card"), pgettext_lazy("genitive", "your card")),
}
_CHILD = (gettext_lazy("the child card"), pgettext_lazy("genitive", "the child card"))


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition in words: `holds` as a whole clause ("the card has spent at least 500.00"), `fails` its opposite.

    Where it can melt into the clause of the trigger it also has `who` (nominative, instead of "a client"), `what`
    (accusative, instead of "a purchase"), `when` (an adverbial such as "on a Tuesday"), or the whole `opening`. Without
    `fails` the opposite is put around `holds`.
    """

    holds: str
    fails: str = ""
    who: str = ""
    what: str = ""
    when: str = ""
    opening: str = ""


def happening(when: str) -> Clause:
    """A clause about the moment alone; `when` is an adverbial such as "on a Tuesday"."""
    named = {"when": when}
    return Clause(_("it happens %(when)s") % named, _("it does not happen %(when)s") % named, when=when)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a card is: `current` of `target`, and the same as a text such as "1 of 3 friends".

    It is not `open` where it can no longer be reached: the first purchase was made long ago.
    """

    current: Decimal = Decimal(0)
    target: Decimal = Decimal(0)
    text: str = ""
    open: bool = True


@dataclass(frozen=True, slots=True)
class Telling:
    """To whom a campaign is told, and about what just now.

    `you` is empty for staff, else the role of the reader's own card. `about` is the card that a clause is about.
    `trigger` is the kind of event. `with_parents`: parent cards play a part. `linked`: the event's client came by a link,
    as the sentence says already. `who` and `what` replace "a client" and "a purchase". `is_it`: the purchase was named
    last, so that "it" means it. `currency` is the code of what an amount is given in.
    """

    program: ProgramRules
    you: str = ""
    about: str = CARD
    trigger: str = ""
    with_parents: bool = False
    linked: bool = False
    who: str = ""
    what: str = ""
    is_it: bool = False
    currency: str | None = None

    @property
    def card(self) -> str:
        """The card that the clause is about, nominative; a feminine singular in Russian, whoever's it is."""
        return str(self._names(self.about)[0])

    @property
    def of_card(self) -> str:
        """The same in the genitive."""
        return str(self._names(self.about)[1])

    @property
    def is_yours(self) -> bool:
        """Whether the card that the clause is about is the reader's."""
        return bool(self.you) and (self.you == CARD) == (self.about == CARD)

    def named(self, role: str) -> str:
        """The card of a role, nominative."""
        return str(self._names(role)[0])

    @property
    def client(self) -> str:
        """Whose event it is, nominative."""
        if self.who:
            return self.who
        return _("your friend") if self.you == PARENT else _("a client")

    @property
    def by_you(self) -> bool:
        """Whether the reader is the one to whom it happens."""
        return self.you == CARD

    def _names(self, role: str) -> tuple[str | Promise, str | Promise]:
        if not self.you and role == CARD and self.with_parents:
            return _CHILD
        return _CARDS[self.you, CARD if role == CARD else PARENT]


def number(value: Decimal | int) -> str:
    """A number as the active language writes it, without zeros at the end."""
    value = Decimal(value)
    places = max(0, -int(value.normalize().as_tuple().exponent))
    return formats.number_format(value, places, use_l10n=True, force_grouping=True)


def money(amount: Money) -> str:
    """An amount of the purchase currency, with all its decimals."""
    value = Decimal(amount.minor).scaleb(-amount.decimals)
    return formats.number_format(value, amount.decimals, use_l10n=True, force_grouping=True)


def percent(value: Decimal) -> str:
    """A percentage."""
    return _("%(number)s %%") % {"number": number(value)}


def plural(value: Decimal | int) -> int:
    """The number by which a plural form is chosen; a fraction takes the form of two, in English and in Russian."""
    return int(value) if value == int(value) else 2


def units(value: Decimal, telling: Telling) -> str:
    """An amount of the currency in question, e.g. "250 points" (accusative)."""
    code = telling.currency
    if code == POINTS:
        text = ngettext("%(amount)s point", "%(amount)s points", plural(value))
        return text % {"amount": number(value)}
    known = telling.program.currencies.get(code or "")
    name = (known.name if known is not None else "") or code
    if not name:
        return number(value)
    return _("%(amount)s in “%(currency)s”") % {"amount": number(value), "currency": name}


def in_currency(amount: str, telling: Telling) -> str:
    """An amount such as "10 % of it" with its currency, where a program has several."""
    code = telling.currency
    known = telling.program.currencies.get(code or "")
    if known is None or len(telling.program.currencies) == 1:
        return amount
    if code == POINTS:
        return _("%(amount)s in points") % {"amount": amount}
    return _("%(amount)s in “%(currency)s”") % {"amount": amount, "currency": known.name or known.code}


def days_of(count: int) -> str:
    """So many days, genitive: what stands after "at least" and "at most" in Russian."""
    # Translators: genitive, it stands after "at most".
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": number(count)}


def quoted(texts: Sequence[object]) -> str:
    """Names in quotation marks, of which any will do."""
    return any_of([_("“%(name)s”") % {"name": text} for text in texts])


def all_of(texts: Sequence[str]) -> str:
    """A, B and C."""
    if len(texts) < 2:
        return "".join(texts)
    named = {"first": ", ".join(texts[:-1]), "last": texts[-1]}
    return pgettext("all of a list", "%(first)s and %(last)s") % named


def any_of(texts: Sequence[str]) -> str:
    """A, B or C."""
    if len(texts) < 2:
        return "".join(texts)
    named = {"first": ", ".join(texts[:-1]), "last": texts[-1]}
    return pgettext("any of a list", "%(first)s or %(last)s") % named


def duration(span: Duration) -> str:
    """A span of calendar time such as "1 year and 14 days", genitive."""
    # Translators: all three in the genitive, they stand after "after" and "for".
    years = ngettext("%(count)s year", "%(count)s years", span.years) % {"count": span.years}
    months = ngettext("%(count)s month", "%(count)s months", span.months) % {"count": span.months}
    told = ((span.years, years), (span.months, months), (span.days, days_of(span.days)))
    return all_of([text for count, text in told if count]) or days_of(0)
