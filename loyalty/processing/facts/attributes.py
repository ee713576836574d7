"""What the host says of cards (S37), as a query. In memory the values stand on the card itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Length, Substr
from django.db.models.lookups import GreaterThanOrEqual, In, LessThanOrEqual

from loyalty.rules.base import Asking, Fact, LoadRequest
from loyalty.rules.conditions.comparing import ATTRIBUTES, AttributeIs
from loyalty.rules.conditions.days import EVERYBODY, NOBODY
from loyalty.rules.events import EventState, FollowUp
from loyalty.rules.fields import LONGEST_NUMBER, is_plain_number
from loyalty.rules.state import CardState, FactBook

# As `is_plain_number` reads numbers; \Z because $ also stands before a line end.
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"
_EXACT: DecimalField[Any, Any] = DecimalField(max_digits=2 * LONGEST_NUMBER, decimal_places=LONGEST_NUMBER)


class AttributesFact(Fact):
    """Values by date. `load_state` reads them onto the cards, where limits by identifier find them too."""

    key = ATTRIBUTES

    def initial(self, card: CardState) -> None:
        return None

    def load(self, request: LoadRequest) -> Mapping[int, None]:
        return {}

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        return ()

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """Attributes are the host's: services write them."""

    def query(self, question: AttributeIs, asking: Asking) -> Q:
        """By the values of `asking.at`. On SQLite numbers are told apart to 15 digits."""
        from loyalty.models import CardAttribute

        told = CardAttribute.objects.filter(name=question.name, since__lte=asking.at)
        later = told.filter(card=OuterRef("card"), since__gt=OuterRef("since"))
        present = told.filter(~Exists(later)).exclude(value="")
        if question.operator == "missing":
            return ~Q(pk__in=present.values("card"))
        if question.operator == "is_not":
            return ~Q(pk__in=present.filter(_equals(question.values[0])).values("card"))
        return Q(pk__in=present.filter(_holds(question)).values("card"))


class _ByCodePoint(Func):
    """Orders text as Python does, whatever the collation of the database."""

    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return super().as_sql(compiler, connection, template='(%(expressions)s) COLLATE "C"', **more)


def _holds(question: AttributeIs) -> Q:
    """What must hold of a value that is there."""
    if question.operator == "present":
        return EVERYBODY
    if question.operator == "on_days":
        day = Substr("value", 6)
        return Q(value__regex=_DATE) & Q(In(day, list(question.values)))
    if question.operator in ("is", "one_of"):
        query = NOBODY
        for value in question.values:
            query |= _equals(value)
        return query
    lookup = GreaterThanOrEqual if question.operator == "at_least" else LessThanOrEqual
    return _compares(question.values[0], lookup)


def _equals(value: str) -> Q:
    """Equal as `compare` sees it: "7" is "7.0"."""
    return _is_number(_same_number(value)) if is_plain_number(value) else Q(value=value)


def _same_number(value: str) -> str:
    """The ways to write a number."""
    whole, _point, part = value.lstrip("-").partition(".")
    part = part.rstrip("0")
    if part:
        return rf"^{'-' if value.startswith('-') else ''}{whole}\.{part}0*\Z"
    sign = "-?" if whole == "0" else "-" if value.startswith("-") else ""
    return rf"^{sign}{whole}(\.0+)?\Z"


def _is_number(pattern: str = _NUMBER) -> Q:
    return Q(value__regex=pattern) & Q(LessThanOrEqual(Length("value"), LONGEST_NUMBER))


def _compares(value: str, lookup: Any) -> Q:
    """At least or at most; a number and a text cannot be compared."""
    if not is_plain_number(value):
        return ~_is_number() & Q(lookup(_ByCodePoint(F("value")), Value(value)))
    number = Case(When(_is_number(), then=Cast(F("value"), _EXACT)))
    return Q(lookup(number, Value(Decimal(value), output_field=_EXACT)))
