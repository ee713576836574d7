"""What a program has to choose from: its currencies, segments and campaigns, and the units of its amounts."""

from __future__ import annotations

from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from loyalty.models import Campaign, Currency, Program, Segment

Choices = list[tuple[str, str]]


class Offer:
    """The choices of one program, each read when a widget first needs it."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @property
    def zone(self) -> ZoneInfo:
        """In which dates and times are typed."""
        return self.program.zone

    @property
    def money(self) -> str:
        """The unit of amounts of purchases."""
        return self.program.purchase_currency

    @cached_property
    def currencies(self) -> Choices:
        """Codes and names of the currencies."""
        rows = Currency.objects.filter(program=self.program).order_by("code")
        return [(code, _named(code, name)) for code, name in rows.values_list("code", "name")]

    @cached_property
    def segments(self) -> Choices:
        """Keys and names of the segments that can still be asked for."""
        rows = Segment.objects.filter(program=self.program, archived_at=None).order_by("key")
        return [(key, _named(key, name)) for key, name in rows.values_list("key", "name")]

    @cached_property
    def campaigns(self) -> Choices:
        """Keys and names of the campaigns that are not archived."""
        rows = Campaign.objects.filter(program=self.program, archived_at=None).order_by("key")
        return [(key, _named(key, name)) for key, name in rows.values_list("key", "name")]


def with_value(choices: Choices, value: object) -> Choices:
    """The choices, and beside them a stored value that is none of them any more, so that it is seen."""
    text = "" if value is None else str(value)
    if not text or any(text == known for known, _label in choices):
        return choices
    return [*choices, (text, _("%(value)s (not there any more)") % {"value": text})]


def _named(key: str, name: str) -> str:
    if not name or name == key:
        return key
    return _("%(name)s (%(key)s)") % {"name": name, "key": key}
