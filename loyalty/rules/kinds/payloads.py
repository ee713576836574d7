"""Reading payloads field by field: strict, canonical, and every refusal names its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from loyalty.exceptions import EventPayloadInvalid, InvalidAmount
from loyalty.money import parse_amount, to_decimal_string

_LONGEST_TEXT = 200


class PayloadReader:
    """Takes fields out of a payload; `finish` refuses what is left over. Collects all problems, not just the first."""

    def __init__(
        self, payload: object, *, kind: str, path: str = "", problems: list[dict[str, str]] | None = None
    ) -> None:
        self.kind, self.path = kind, path
        self.problems = [] if problems is None else problems
        self.rest: dict[str, Any] = {}
        if isinstance(payload, Mapping):
            self.rest = {str(name): value for name, value in payload.items()}
        else:
            self.refuse("", "not_an_object", "Give an object with named fields.")
        self.values: dict[str, Any] = {}

    def refuse(self, name: str, code: str, message: str) -> None:
        """Note a problem with a field."""
        self.problems.append({"path": f"{self.path}{name}", "code": code, "message": message})

    def text(
        self, name: str, *, required: bool = False, default: str = "", longest: int = _LONGEST_TEXT
    ) -> str:
        """A short text without control characters; numbers are taken as their digits (an order number may be an int)."""
        value = self.rest.pop(name, None)
        if value is None or value == "":
            if required:
                self.refuse(name, "required", "This field is required.")
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            self.refuse(name, "invalid_text", f"Give printable text of at most {longest} characters.")
            return default
        self.values[name] = value
        return value

    def amount(
        self,
        name: str,
        *,
        decimals: int,
        required: bool = False,
        minimum: int | None = 0,
        default: int | None = None,
    ) -> int | None:
        """An amount in minor units; canonical as a plain decimal string."""
        value = self.rest.pop(name, None)
        if value is None:
            if required:
                self.refuse(name, "required", "This field is required.")
            return default
        try:
            minor = parse_amount(value, decimals, minimum)
        except InvalidAmount as error:
            self.refuse(name, error.code, str(error))
            return default
        self.values[name] = to_decimal_string(minor, decimals)
        return minor

    def number(self, name: str, *, default: Decimal) -> Decimal:
        """A positive number with at most three decimals, such as a quantity or a weight."""
        value = self.rest.pop(name, None)
        if value is None:
            return default
        try:
            number = (
                Decimal(value)
                if isinstance(value, int | str) and not isinstance(value, bool)
                else Decimal("NaN")
            )
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number <= 0 or number >= 10**9 or number != round(number, 3):
            self.refuse(name, "invalid_number", "Give a positive number with at most three decimals.")
            return default
        self.values[name] = f"{number.normalize():f}"
        return number

    def items(self, name: str) -> Iterable[tuple[int, Any]]:
        """The members of a list, with their positions."""
        value = self.rest.pop(name, None)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.refuse(name, "not_a_list", "Give a list.")
            return ()
        return enumerate(value)

    def finish(self) -> dict[str, Any]:
        """The canonical values. Refuses unknown fields."""
        for name in self.rest:
            self.refuse(name, "unknown_field", "There is no such field.")
        return self.values

    def done(self) -> dict[str, Any]:
        """`finish`, and raise EventPayloadInvalid with all problems if there are any."""
        values = self.finish()
        if self.problems:
            raise EventPayloadInvalid(kind=self.kind, details=self.problems)
        return values
