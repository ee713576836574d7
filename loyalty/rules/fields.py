"""Form fields for the settings of rules. Each takes JSON from a campaign file and text typed in the admin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.money import to_decimal_string, to_minor
from loyalty.periods import Duration

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
LONGEST_NUMBER = 40
_MOST_ITEMS = 1000


def is_plain_number(value: object) -> bool:
    """Whether it is an int or a string such as "-10.50": no float, no boolean, no exponent, no blanks."""
    if isinstance(value, str):
        return len(value) <= LONGEST_NUMBER and _PLAIN_NUMBER.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of the purchase currency in a rule's settings: `minor` units of so many decimals."""

    minor: int
    decimals: int

    def __str__(self) -> str:
        return to_decimal_string(self.minor, self.decimals)

    def like(self, minor: int) -> str:
        """Another amount of the same currency as a decimal string."""
        return to_decimal_string(minor, self.decimals)


class MoneyField(forms.DecimalField):
    """An amount of the program's purchase currency. A rule gets `Money`; the form alone gives a Decimal.

    With `round_up` a fraction of the smallest unit counts as a whole one: 0.01 is 1 where there are no cents.
    """

    def __init__(self, *, round_up: bool = False, **options: Any) -> None:
        self.round_up = round_up
        super().__init__(**{"min_value": 0, "max_digits": 15, "decimal_places": 4, **options})

    def read(self, value: Decimal, decimals: int) -> Money:
        """The amount in a currency of so many decimals. Raises InvalidAmount when it has more."""
        if self.round_up:
            value = value.quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING)
        return Money(to_minor(value, decimals), decimals)


class SegmentField(forms.SlugField):
    """The key of a segment of the program. A rule gets the compiled `Segment`; the form alone gives the key."""


class CurrencyField(forms.SlugField):
    """The code of a currency of the program."""


class EventKindField(forms.CharField):
    """The kind of an event that a campaign can bring about."""


class RewardAmountField(forms.DecimalField):
    """An amount of the currency in which the reward is given, from 0."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_digits": 15, "decimal_places": 6, **options})


class PercentField(forms.DecimalField):
    """A percentage from 0 to 1000."""

    def __init__(self, **options: Any) -> None:
        limits = {"min_value": 0, "max_value": 1000, "max_digits": 10, "decimal_places": 6}
        super().__init__(**{**limits, **options})


class DurationField(forms.CharField):
    """A calendar duration such as P14D; a rule gets its text, or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 32, "required": False, "empty_value": None, **options})

    def clean(self, value: Any) -> str | None:
        text: str | None = super().clean(value)
        if text is None:
            return None
        try:
            return str(Duration.parse(text))
        except ValueError:
            message = _(
                "“%(value)s” is not a duration. Write P14D for 14 days, P3M for 3 months, P1Y for a year."
            )
            raise ValidationError(message, code="invalid_duration", params={"value": text}) from None


class ListField(forms.Field):
    """Several values: a JSON list, or text with one value a line (on a single line: commas between)."""

    widget = forms.Textarea
    list_message: str | Promise = _("Give a list of texts.")

    def json_mistake(self, raw: Any) -> str | Promise | None:
        """What is wrong with the JSON value, if anything."""
        fits = isinstance(raw, list | tuple) and all(self.is_item(item) for item in raw)
        return None if fits else self.list_message

    def is_item(self, item: object) -> bool:
        """Whether a member of a JSON list has the right type."""
        return isinstance(item, str)

    def read_item(self, item: Any) -> Any:
        """One member as the rule gets it. Raises ValidationError."""
        return str(item).strip()

    def to_python(self, value: Any) -> tuple[Any, ...]:
        if not value:
            return ()
        if isinstance(value, str):
            value = value.splitlines() if "\n" in value else value.split(",")
        items: Iterable[Any] = (item for item in value if str(item).strip())
        return tuple(self.read_item(item) for item in items)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > _MOST_ITEMS:
            raise ValidationError(
                _("Give at most %(most)s values."), code="too_many", params={"most": _MOST_ITEMS}
            )

    def prepare_value(self, value: Any) -> Any:
        # The line end stays even after a single value, so that a comma inside it is not read as a separator.
        return "".join(f"{item}\n" for item in value) if isinstance(value, list | tuple) else value


class TextListField(ListField):
    """Texts such as item numbers; blanks around them and repetitions are dropped."""

    def to_python(self, value: Any) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(super().to_python(value)))


class CurrencyListField(TextListField):
    """Codes of currencies of the program."""


class CampaignListField(TextListField):
    """Keys of campaigns of the program."""


class DecimalListField(ListField):
    """Numbers from `min_value` to `max_value`, at most `most` of them, e.g. percentages by level."""

    list_message = _('Give a list of numbers, each in quotes, such as ["10", "2.5"].')

    def __init__(self, *, most: int, item: forms.DecimalField, **options: Any) -> None:
        self.most, self.item = most, item
        super().__init__(**options)

    def is_item(self, item: object) -> bool:
        return is_plain_number(item)

    def read_item(self, item: Any) -> Decimal:
        try:
            cleaned: Decimal = self.item.clean(str(item).strip())
        except InvalidOperation:
            raise ValidationError(self.item.error_messages["invalid"], code="invalid") from None
        return cleaned

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(
                _("Give at most %(most)s values."), code="too_many", params={"most": self.most}
            )


WEEKDAYS = (
    ("mon", _("Monday")),
    ("tue", _("Tuesday")),
    ("wed", _("Wednesday")),
    ("thu", _("Thursday")),
    ("fri", _("Friday")),
    ("sat", _("Saturday")),
    ("sun", _("Sunday")),
)


class WeekdaysField(forms.MultipleChoiceField):
    """Days of the week: mon to sun, in the order of the week."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=WEEKDAYS, **options)

    def clean(self, value: Any) -> tuple[str, ...]:
        chosen = super().clean(value)
        return tuple(day for day, _label in WEEKDAYS if day in chosen)


class MappingField(forms.JSONField):
    """A JSON object with named fields.

    `of` names the `EventKindField` of the same form whose kind of event says which fields there are; empty: any.
    """

    def __init__(self, *, of: str = "", **options: Any) -> None:
        self.of = of
        super().__init__(**{"initial": dict, "required": False, **options})

    def json_mistake(self, raw: Any) -> str | Promise | None:
        """What is wrong with the JSON value, if anything."""
        return None if isinstance(raw, Mapping) else _("Give an object with named fields.")

    def clean(self, value: Any) -> dict[str, Any]:
        cleaned = super().clean(value) or {}
        if not isinstance(cleaned, Mapping):
            raise ValidationError(_("Give an object with named fields."), code="not_a_mapping")
        return dict(cleaned)
