"""Settings of rules: strict JSON in, canonical JSON out, whatever language and time zone are active."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import EventPayloadInvalid
from loyalty.rules import EventKind
from loyalty.rules.fields import (
    DecimalListField,
    MappingField,
    Money,
    MoneyField,
    PercentField,
    TextListField,
    WeekdaysField,
)
from loyalty.rules.params import ParamsInvalid, clean_settings, decimal_text, to_json
from tests.loyalty.rules.asking import program


class Everything(forms.Form):
    """One field of each kind that settings may have."""

    yes = forms.BooleanField(required=False)
    maybe = forms.NullBooleanField(required=False)
    number = forms.IntegerField(required=False, initial=7)
    amount = forms.DecimalField(required=False, initial=Decimal("1.50"))
    ratio = forms.FloatField(required=False)
    text = forms.CharField(required=False, initial="a")
    one = forms.ChoiceField(choices=[("a", _("no")), ("b", "B")], initial="a")
    some = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], required=False)
    moment = forms.DateTimeField(required=False)
    day = forms.DateField(required=False)
    hour = forms.TimeField(required=False)
    percents = DecimalListField(most=3, item=PercentField(), required=False)
    skus = TextListField(required=False)
    days = WeekdaysField(required=False)
    payload = MappingField()
    money = MoneyField(required=False)


DEFAULTS = {
    "yes": False,
    "maybe": None,
    "number": 7,
    "amount": "1.5",
    "ratio": None,
    "text": "a",
    "one": "a",
    "some": [],
    "moment": None,
    "day": None,
    "hour": None,
    "percents": [],
    "skus": [],
    "days": [],
    "payload": {},
    "money": None,
}


def problems(form: type[forms.Form], raw: Any, prefix: str = "") -> list[tuple[str, str]]:
    with pytest.raises(ParamsInvalid) as refused:
        clean_settings(form, raw, prefix)
    return [(one["path"], one["code"]) for one in refused.value.problems]


def test_defaults_are_filled_in() -> None:
    assert clean_settings(Everything, {}).canonical == DEFAULTS


@pytest.mark.parametrize(
    ("name", "raw", "value", "canonical"),
    [
        ("yes", True, True, True),
        ("maybe", False, False, False),
        ("number", 3, 3, 3),
        ("number", None, None, None),
        ("amount", "10.00", Decimal("10.00"), "10"),
        ("amount", 5, Decimal(5), "5"),
        ("amount", "-0.0", Decimal("-0.0"), "0"),
        (
            "amount",
            "1234567890123456789012345678901234.50",
            Decimal("1234567890123456789012345678901234.50"),
            None,
        ),
        ("ratio", 0.5, 0.5, 0.5),
        ("text", None, "", ""),
        ("one", "b", "b", "b"),
        ("some", ["b", "a"], ["b", "a"], ["b", "a"]),
        (
            "moment",
            "2026-11-21T10:00:00+03:00",
            datetime(2026, 11, 21, 7, tzinfo=UTC),
            "2026-11-21T07:00:00Z",
        ),
        ("day", "2026-11-21", date(2026, 11, 21), "2026-11-21"),
        ("hour", "07:05", time(7, 5), "07:05"),
        ("hour", "07:05:09", time(7, 5, 9), "07:05:09"),
        ("percents", ["10", "2.50", 1], (Decimal("10"), Decimal("2.50"), Decimal(1)), ["10", "2.5", "1"]),
        ("skus", [" a ", "b", "a", ""], ("a", "b"), ["a", "b"]),
        ("days", ["sun", "mon"], ("mon", "sun"), ["mon", "sun"]),
        ("payload", {"a": [1, "x"]}, {"a": [1, "x"]}, {"a": [1, "x"]}),
        ("money", "10.5", Decimal("10.5"), "10.5"),
    ],
)
def test_canonical_cleaned_again_is_the_same(name: str, raw: Any, value: Any, canonical: Any) -> None:
    with translation.override("ru"), timezone.override("Asia/Tokyo"):
        cleaned = clean_settings(Everything, {name: raw})

    expected = raw.rstrip("0") if canonical is None and raw is not None else canonical
    assert cleaned.values[name] == value
    assert cleaned.canonical == DEFAULTS | {name: expected}
    assert clean_settings(Everything, cleaned.canonical).canonical == cleaned.canonical


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        *[("yes", raw) for raw in (None, "true", 1, 0, [])],
        *[("maybe", raw) for raw in ("true", 1)],
        *[("number", raw) for raw in ("3", True, 3.0, [3])],
        *[
            ("amount", raw)
            for raw in (1.5, True, "1e3", "1_000", " 1", "NaN", "Infinity", "٣", "1,5", "+1", ".5", [])
        ],
        *[("ratio", raw) for raw in ("0.5", True)],
        *[("text", raw) for raw in (5, True, ["a"], {})],
        *[("one", raw) for raw in (True, ["a"])],
        *[("some", raw) for raw in ("a", [True], {})],
        *[("moment", raw) for raw in ("2026-11-21", "2026-11-21T10:00:00", "21.11.2026", 1763715600)],
        *[("day", raw) for raw in ("21.11.2026", "11/21/2026", 20261121)],
        *[("hour", raw) for raw in ("7", 1330, "24:01")],
        *[("percents", raw) for raw in ("1", [1.5], [True], {"a": "1"})],
        *[("skus", raw) for raw in ("a", [5], [None])],
        *[("days", raw) for raw in ("mon", [1.5])],
        *[("payload", raw) for raw in ("{}", [])],
        *[("money", raw) for raw in (1.5, "1e3")],
    ],
)
def test_another_json_type_is_refused(name: str, raw: Any) -> None:
    assert problems(Everything, {name: raw}) == [(name, "wrong_type")]


def test_all_mistakes_are_named_with_their_paths() -> None:
    raw = {"numbr": 1, "number": "x", "one": "c", "percents": ["1", "2", "3", "4"]}

    with pytest.raises(ParamsInvalid) as refused:
        clean_settings(Everything, raw, "campaigns[2].params")

    assert refused.value.problems == [
        {
            "path": "campaigns[2].params.numbr",
            "code": "unknown_key",
            "message": "“numbr” is not known here. Did you mean “number”?",
        },
        {
            "path": "campaigns[2].params.number",
            "code": "wrong_type",
            "message": "Write a whole number, without quotes.",
        },
        {
            "path": "campaigns[2].params.one",
            "code": "invalid_choice",
            "message": "Select a valid choice. c is not one of the available choices.",
        },
        {"path": "campaigns[2].params.percents", "code": "too_many", "message": "Give at most 3 values."},
    ]


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_settings_must_be_named(raw: Any) -> None:
    assert problems(Everything, raw, "at.this") == [("at.this", "not_a_mapping")]


class Pair(forms.Form):
    """Two numbers of which the second is the larger."""

    low = forms.IntegerField()
    high = forms.IntegerField()

    def clean_low(self) -> int:
        if self.cleaned_data["low"] == 13:
            raise ValidationError("Not 13.", code="unlucky")
        low: int = self.cleaned_data["low"]
        return low

    def clean(self) -> dict[str, Any]:
        if not self.errors and self.cleaned_data["low"] > self.cleaned_data["high"]:
            raise ValidationError(_("No"), code="wrong_order")
        return self.cleaned_data


def test_a_form_s_own_rules_count() -> None:
    assert problems(Pair, {"low": 2, "high": 1}, "p") == [("p", "wrong_order")]
    assert problems(Pair, {"low": 13, "high": 20}, "p") == [("p.low", "unlucky")]
    assert problems(Pair, {"low": 2}, "p") == [("p.high", "required")]
    assert problems(Pair, {"low": "2", "high": 1}, "p") == [("p.low", "wrong_type")]


def test_messages_are_in_the_reader_s_language_and_values_are_not() -> None:
    with translation.override("ru"):
        with pytest.raises(ParamsInvalid) as refused:
            clean_settings(Pair, {"low": 1})
        assert refused.value.problems[0]["message"] == "Обязательное поле."
    assert refused.value.problems[0]["message"] == "This field is required."
    assert str(refused.value) == "high: This field is required."


def test_a_kind_of_event_checks_its_payload_by_the_same_means() -> None:
    class Lesson(EventKind):
        kind = "school.lesson"
        label = "Lesson"
        Payload = Pair

    assert Lesson().clean({"low": 1, "high": 2}, program()) == {"low": 1, "high": 2}
    with pytest.raises(EventPayloadInvalid) as refused:
        Lesson().clean({"low": 1, "hihg": 2}, program())
    assert isinstance(refused.value.details, list)
    assert [one["path"] for one in refused.value.details] == ["hihg", "high"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10", "10"),
        ("10.00", "10"),
        ("0.10", "0.1"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("-0", "0"),
        ("0.00", "0"),
    ],
)
def test_decimals_have_one_form(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


def test_what_has_no_canonical_form_is_refused_loudly() -> None:
    with pytest.raises(TypeError, match="object has no canonical JSON form"):
        to_json(object())


class Lists(forms.Form):
    """Lists as the admin shows them."""

    skus = TextListField()
    percents = DecimalListField(most=8, item=PercentField())


@pytest.mark.parametrize(
    ("typed", "skus"),
    [("a, b", ("a", "b")), ("a\r\nb,c\r\n", ("a", "b,c")), ("a,b\n", ("a,b",))],
    ids=["commas", "lines", "one-line"],
)
def test_lists_can_be_typed_in_the_admin(typed: str, skus: tuple[str, ...]) -> None:
    form = Lists({"skus": typed, "percents": "10\n2.5"})

    assert form.is_valid()
    assert form.cleaned_data == {"skus": skus, "percents": (Decimal(10), Decimal("2.5"))}
    shown = Lists(initial={"skus": list(skus)})["skus"].value()
    assert Lists({"skus": shown, "percents": "1"}).fields["skus"].clean(shown) == skus


def test_a_typed_list_with_a_mistake_says_so() -> None:
    assert Lists({"skus": "a", "percents": "10, x"}).errors == {"percents": ["Enter a number."]}


def test_money_is_in_the_program_s_currency() -> None:
    euro, yen = MoneyField().read(Decimal("10.5"), 2), MoneyField(round_up=True).read(Decimal("0.01"), 0)

    assert (euro, str(euro), euro.like(5)) == (Money(1050, 2), "10.50", "0.05")
    assert (yen, str(yen)) == (Money(1, 0), "1")
