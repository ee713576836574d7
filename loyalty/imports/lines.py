"""One line of a file: reading its fields strictly, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import LoyaltyError
from loyalty.models import Program
from loyalty.periods import parse_instant
from loyalty.processing.inbox import NewEvent
from loyalty.rules.state import ProgramRules
from loyalty.services.fields import clean_key, clean_moment, refuse

_LONGEST_CUSTOMER = 128


class LineRejected(LoyaltyError):
    """A line that is not taken. Made with its own `code` and `message`, kept in the file of rejects."""

    code = "line_rejected"
    message = _("The line cannot be imported. Correct it and import it again.")

    def __init__(self, code: str, message: str | Promise, **params: int) -> None:
        super().__init__(message=message, details=params, **params)
        self.code = code


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What holds for all lines of an import."""

    program: Program
    rules: ProgramRules
    source: str
    enrol: bool = True
    is_tabular: bool = False  # times without an offset are local ones, what is no field is passed over


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a line asks for: an event of a customer's card. Without a `kind` the line only enrols.

    `customer` and `others` are the host's keys of the cards that the line names; unknown ones are enrolled as
    of `at`. `card_id` is known from then on: it is filled in before `LineKind.finish`, which may set the rest.
    """

    at: datetime
    customer: str | None = None
    others: tuple[str, ...] = ()
    kind: str = ""
    key: str = ""
    payload: Mapping[str, Any] | None = None  # None: `finish` gives it
    source: str = ""  # empty: the source of the import
    card_id: int | None = None
    other_cards: tuple[int | None, ...] = ()  # under which the same event may have been told before
    refusal: LoyaltyError | None = None
    is_known: bool = False  # it is there already: nothing is to be done
    event_id: int | None = None  # the event that it became

    @property
    def customers(self) -> Iterator[str]:
        """All customers that the line names."""
        if self.customer is not None:
            yield self.customer
        yield from self.others

    @property
    def is_to_be_written(self) -> bool:
        """Whether an event follows from the line, as far as is known by now."""
        return bool(self.kind) and self.refusal is None and not self.is_known

    def event(self, context: ImportContext) -> NewEvent:
        """The event to be written."""
        source = self.source or context.source
        return NewEvent(source, self.kind, self.key, self.card_id, self.at, self.payload or {})


@dataclass(slots=True)
class LineReader:
    """Takes the fields out of a line; every refusal names its field (EventPayloadInvalid)."""

    fields: dict[str, Any]
    context: ImportContext
    _taken: set[str] = field(default_factory=lambda: {"type"})

    def key(self, name: str = "id") -> str:
        """An id of the host's, required; a number is taken as its digits."""
        return clean_key(self._take(name), path=name)

    def customer(self, name: str = "customer") -> str:
        """The host's key of a customer, required."""
        return clean_key(self._take(name), path=name, longest=_LONGEST_CUSTOMER)

    def optional_customer(self, name: str) -> str | None:
        """The host's key of a customer, or None where the line leaves it out."""
        return self.customer(name) if self.fields.get(name) is not None else None

    def moment(self, name: str = "occurred_at") -> datetime:
        """An instant with its offset, required; at most a day ahead."""
        return clean_moment(self._read_moment(self._take(name), name), path=name)

    def optional_moment(self, name: str) -> datetime | None:
        """An instant, or None where the line leaves it out."""
        return self.moment(name) if self.fields.get(name) is not None else None

    def choice(self, name: str, *choices: str) -> str:
        """One of a few words, required."""
        value = self._take(name)
        if value not in choices:
            refuse(name, "invalid_choice", f"Give one of {', '.join(choices)}.")
        return str(value)

    def take(self, *names: str) -> dict[str, Any]:
        """These fields as they are, without those that the line leaves out: the event's kind checks them."""
        return {name: value for name in names if (value := self._take(name)) is not None}

    def finish(self) -> None:
        """Refuse what nobody took: a misspelled "amount" would refund all that is left."""
        if self.context.is_tabular:
            return
        for name in self.fields:
            if name not in self._taken:
                refuse(name, "unknown_field", "There is no such field.")

    def _take(self, name: str) -> Any:
        self._taken.add(name)
        return self.fields.get(name)

    def _read_moment(self, value: object, name: str) -> datetime:
        text = value if isinstance(value, str) else ""
        try:
            return parse_instant(text)
        except ValueError:
            local = _read_local(text, self.context.rules.zone) if self.context.is_tabular else None
        if local is None:
            refuse(name, "invalid_instant", "Give an instant such as 2026-11-21T10:00:00+03:00.")
        return local


def _read_local(text: str, zone: ZoneInfo) -> datetime | None:
    """A date, or a date and time without an offset, in the program's time zone."""
    try:
        if len(text) == len("2026-11-21"):
            return datetime.combine(date.fromisoformat(text), time(), zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else None
