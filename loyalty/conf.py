"""Settings: one dict in the host's settings, each key declared once with its type, default and meaning.

The declaration is data: it gives typed access here, the system checks, and docs/reference/settings.md. A dict is
read when a key is asked for, never at import, so `override_settings` works. `referrals` declares its own dict
with the same classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar, overload

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loyalty.codes import DEFAULT_PATTERN, validate_pattern

T = TypeVar("T")

Mistake = Literal["not_a_dict", "unknown_key", "wrong_type", "wrong_value"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a settings dict. Holds no value of the host's, which may be a secret."""

    mistake: Mistake
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a setting may be: in words ("a whole number from 1 to 10"), by type, by value; how it is read."""

    wants: str
    is_type: Callable[[object], bool]
    is_value: Callable[[Any], bool]
    read: Callable[[Any], T]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def choice(*choices: str) -> Kind[str]:
    """One of a few words."""
    return Kind("one of " + ", ".join(f'"{one}"' for one in choices), _is_text, choices.__contains__, str)


def whole(minimum: int, maximum: int) -> Kind[int]:
    """A whole number, both ends included."""
    wants = f"a whole number from {minimum} to {maximum}"
    return Kind(wants, _is_whole, lambda value: minimum <= value <= maximum, int)


def number(minimum: float, maximum: float) -> Kind[float]:
    """A number, both ends included; not NaN."""
    wants = f"a number from {minimum:g} to {maximum:g}"
    return Kind(wants, _is_number, lambda value: minimum <= value <= maximum, float)


def boolean() -> Kind[bool]:
    """True or False."""
    return Kind("True or False", lambda value: isinstance(value, bool), lambda _value: True, bool)


def slug() -> Kind[str]:
    """A name of letters, digits, hyphens and underscores, as Django's slugs are."""
    wants = "a slug of at most 50 letters, digits, hyphens and underscores"
    pattern = re.compile(r"[-a-zA-Z0-9_]{1,50}")
    return Kind(wants, _is_text, lambda value: pattern.fullmatch(value) is not None, str)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The same, or None."""
    return Kind(
        f"{kind.wants}, or None",
        lambda value: value is None or kind.is_type(value),
        lambda value: value is None or kind.is_value(value),
        lambda value: None if value is None else kind.read(value),
    )


def delays() -> Kind[tuple[int, ...]]:
    """Seconds to wait before each repetition, none shorter than the one before."""

    def is_value(value: list[int]) -> bool:
        return bool(value) and value[0] >= 1 and sorted(value) == list(value)

    return Kind(
        "a list of whole seconds, each at least 1 and none shorter than the one before",
        lambda value: isinstance(value, list | tuple) and all(map(_is_whole, value)),
        is_value,
        tuple,
    )


def number_pattern() -> Kind[str]:
    """A pattern of card numbers, see `loyalty.codes.validate_pattern`."""

    def is_value(value: str) -> bool:
        try:
            validate_pattern(value)
        except ValueError:
            return False
        return True

    wants = "a pattern of 12 characters or more, at least 8 of them # (random), ending in * (check character)"
    return Kind(wants, _is_text, is_value, str)


def rate() -> Kind[str]:
    """How much is allowed in a span of time, as text: "30/minute"."""
    pattern = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
    wants = 'a rate such as "30/minute" (second, minute, hour or day)'
    return Kind(wants, _is_text, lambda value: pattern.fullmatch(value) is not None, str)


class Setting(Generic[T]):
    """One key of a settings dict: read as an attribute, it gives the host's value or the default.

    Raises ImproperlyConfigured where the system check of the same mistake was not run or not heeded.
    """

    name: str

    def __init__(self, default: T, kind: Kind[T], help: str) -> None:
        self.default = default
        self.kind = kind
        self.help = help

    def __set_name__(self, owner: type[SettingsDict], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[SettingsDict]) -> Self: ...
    @overload
    def __get__(self, instance: SettingsDict, owner: type[SettingsDict]) -> T: ...
    def __get__(self, instance: SettingsDict | None, owner: type[SettingsDict]) -> Self | T:
        if instance is None:
            return self
        given = instance.given()
        if self.name not in given:
            return self.default
        problem = self.find_problem(given[self.name], dict_name=instance.dict_name)
        if problem:
            raise ImproperlyConfigured(f"{problem.text} {problem.hint}")
        return self.kind.read(given[self.name])

    def find_problem(self, value: object, *, dict_name: str) -> Problem | None:
        """What is wrong with `value`, or None."""
        mistake: Mistake
        if not self.kind.is_type(value):
            mistake = "wrong_type"
        elif not self.kind.is_value(value):
            mistake = "wrong_value"
        else:
            return None
        return Problem(
            mistake,
            text=f'{dict_name}["{self.name}"] must be {self.kind.wants}.',
            hint=f"Correct it, or leave it out for the default: {self.default!r}.",
        )


class SettingsDict:
    """A dict in the host's settings, with a `Setting` for each key it may have."""

    dict_name: ClassVar[str]
    declared: ClassVar[tuple[Setting[Any], ...]]

    def __init_subclass__(cls) -> None:
        cls.declared = tuple(member for member in vars(cls).values() if isinstance(member, Setting))

    def given(self) -> Mapping[str, object]:
        """What the host wrote, its values unchecked. Raises ImproperlyConfigured when it is no dict."""
        written = getattr(settings, self.dict_name, {})
        if not isinstance(written, dict):
            raise ImproperlyConfigured(f"The setting {self.dict_name} must be a dict.")
        return written

    def find_problems(self) -> list[Problem]:
        """Every mistake in what the host wrote, in the order in which it is written."""
        try:
            given = self.given()
        except ImproperlyConfigured as error:
            hint = f'Write it as {self.dict_name} = {{"{self.declared[0].name}": ...}}, or leave it out.'
            return [Problem("not_a_dict", str(error), hint)]
        by_name = {setting.name: setting for setting in self.declared}
        problems = []
        for name, value in given.items():
            if name not in by_name:
                problems.append(self._describe_unknown(name))
            elif problem := by_name[name].find_problem(value, dict_name=self.dict_name):
                problems.append(problem)
        return problems

    def _describe_unknown(self, name: object) -> Problem:
        names = [setting.name for setting in self.declared]
        close = get_close_matches(str(name).upper(), names, n=1)
        hint = f'Did you mean "{close[0]}"?' if close else f"The keys are {', '.join(names)}."
        return Problem("unknown_key", f"{self.dict_name} has no key {name!r}.", hint)


class LoyaltySettings(SettingsDict):
    """The dict LOYALTY."""

    dict_name = "LOYALTY"

    PROCESSING = Setting(
        "inline",
        choice("inline", "deferred"),
        'When events are processed: "inline" right after the commit, "deferred" by a worker.',
    )
    BATCH_SIZE = Setting(1_000, whole(1, 5_000), "How many events are processed in one transaction at most.")
    MAX_ATTEMPTS = Setting(5, whole(1, 100), "How often an event may fail before it waits for a person.")
    RETRY_DELAYS = Setting(
        (10, 60, 300, 1_800),
        delays(),
        "Seconds before each new attempt at a failed event; the last one is repeated.",
    )
    CLAIM_WAIT_SECONDS = Setting(
        2.0,
        number(0, 60),
        "How long inline processing waits for a card that is being processed elsewhere.",
    )
    DEFAULT_PROGRAM: Setting[str | None] = Setting(
        None, optional(slug()), "Slug of the program that is meant when none is named; None: the only one."
    )
    EXPIRY_NOTICE_DAYS = Setting(30, whole(0, 3_650), "How many days ahead expiring points are announced.")
    HOLD_MINUTES = Setting(
        60 * 24 * 7,
        whole(1, 60 * 24 * 365),
        "How long held points wait for their capture, unless told otherwise.",
    )
    CARD_NUMBER_PATTERN = Setting(
        DEFAULT_PATTERN,
        number_pattern(),
        "What new card numbers look like: # a random character, * the check character, others as they are.",
    )
    OUTBOX_BATCH = Setting(500, whole(1, 10_000), "How many messages of the outbox are sent in one go.")
    STUCK_AFTER_HOURS = Setting(
        24, whole(1, 8_760), "After how many hours a pending event is reported as stuck."
    )
    PURCHASE_SOURCE = Setting("shop", slug(), "Name of the source of purchases that name none.")
    ENROL_NEW_USERS = Setting(
        False,
        boolean(),
        "Whether every new user of the site gets a card in the program that is meant by default.",
    )
    TRACE_DAYS: Setting[int | None] = Setting(
        None,
        optional(whole(1, 36_500)),
        "For how many days it is kept why each event ended as it did; None: for ever.",
    )
    ADJUSTMENT_LIMIT: Setting[int | None] = Setting(
        None,
        optional(whole(1, 10**12)),
        "The most that one member of staff may add to a wallet by hand, or take, within 24 hours, in the "
        "currency's own units; None: no limit.",
    )
    CANCEL_MINUTES = Setting(
        0,
        whole(0, 60 * 24 * 30),
        "For how many minutes a member may take back points spent by themselves through the API; 0: not at all. "
        "Leave it at 0 where what they paid for is handed out at once.",
    )
    TOKEN_SECONDS = Setting(
        60, whole(10, 3_600), "How long a card's token, the code that a member's app shows, is valid."
    )
    API_RATE: Setting[str | None] = Setting(
        "600/minute", optional(rate()), "How many calls of the API one user may make; None: any number."
    )
    TILL_RATE: Setting[str | None] = Setting(
        None, optional(rate()), "The same for the calls of tills and shops."
    )
    GUESS_RATE: Setting[str | None] = Setting(
        "30/minute",
        optional(rate()),
        "How many wrong codes, card numbers and tokens a user or an address may try; None: any number.",
    )
    UPLOAD_LINES = Setting(5_000, whole(1, 100_000), "How many lines one bulk upload may have.")
    UPLOAD_BYTES = Setting(8 * 2**20, whole(1_024, 2**30), "How many bytes one bulk upload may have.")


loyalty_settings = LoyaltySettings()
