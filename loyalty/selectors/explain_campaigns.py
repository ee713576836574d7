"""One campaign of a trace in words: whether it applied, and each question with its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.rules.registry import UnknownKind, conditions
from loyalty.selectors.revision_texts import NOTHING, Form, form_of, text_of

_CAMPAIGN = {
    "ok": gettext_lazy("“%(campaign)s” applied."),
    "not_started": gettext_lazy("“%(campaign)s” had not started."),
    "ended": gettext_lazy("“%(campaign)s” was over."),
    "campaign_broken": gettext_lazy("“%(campaign)s” could not be used: its settings are no longer valid."),
    "already_in_chain": gettext_lazy("“%(campaign)s” had applied before in this chain of events."),
    "action_raised": gettext_lazy("“%(campaign)s” stopped on an error while working out what to give."),
}
_NOT_APPLIED = gettext_lazy("“%(campaign)s” did not apply.")
_RESULT = {
    "pass": gettext_lazy("Yes: %(question)s (%(actual)s)."),
    "fail": gettext_lazy("No: %(question)s. Wanted: %(expected)s; found: %(actual)s."),
    "not_applicable": gettext_lazy("Cannot be asked: %(question)s."),
    "error": gettext_lazy("Stopped on an error: %(question)s."),
}
# Why a campaign failed at its first question; the trace keeps the code alone.
_WHY = {
    "purchase_too_small": gettext_lazy("The purchase was smaller than the campaign asks for."),
    "amount_too_small": gettext_lazy("Too little was bought of the items that count."),
    "quantity_too_small": gettext_lazy("Too few were bought of the items that count."),
    "items_missing": gettext_lazy("None of the items that count was bought."),
    "no_parent_card": gettext_lazy("The card had no parent card."),
    "no_purchase": gettext_lazy("There was no purchase to ask about."),
    "no_link": gettext_lazy("The card was not below a parent card when it bought."),
    "count_not_reached": gettext_lazy("The number that the campaign asks for was not reached."),
    "other_number": gettext_lazy("It was not the purchase with the right number, such as the first."),
    "other_channel": gettext_lazy("It came over another channel."),
    "other_source": gettext_lazy("It came from another source."),
    "other_value": gettext_lazy("A value was another one than the campaign asks for."),
    "value_missing": gettext_lazy("A value that the campaign asks for was missing."),
    "other_day": gettext_lazy("It was another day."),
    "other_weekday": gettext_lazy("It was another day of the week."),
    "other_hours": gettext_lazy("It was another time of day."),
    "before_enrolment": gettext_lazy("It was before the card was enrolled."),
    "never_bought": gettext_lazy("The card had never bought anything."),
    "rewarded_before": gettext_lazy("The card had a reward of this campaign already."),
    "not_in_segment": gettext_lazy("The card was not in the segment."),
    "segment_not_in_effect": gettext_lazy("The segment was not in effect."),
    "bought_too_recently": gettext_lazy("The last purchase was too recent."),
    "bought_too_long_ago": gettext_lazy("The last purchase was too long ago."),
    "spent_too_little": gettext_lazy("The card had spent too little."),
    "spent_too_much": gettext_lazy("The card had spent too much."),
    "too_few_purchases": gettext_lazy("The card had too few purchases."),
    "too_many_purchases": gettext_lazy("The card had too many purchases."),
    "enrolled_too_recently": gettext_lazy("The card was enrolled too recently."),
    "enrolled_too_long_ago": gettext_lazy("The card was enrolled too long ago."),
    "birthday_missing": gettext_lazy("The card has no birthday."),
    "negated": gettext_lazy("What the campaign excludes was the case."),
}


@dataclass(frozen=True, slots=True)
class AnswerExplained:
    """One question of a campaign and its answer.

    `result` is pass, fail, not_applicable or error; `label` the question, `expected` and `actual` are text, "–" where
    there is none. Questions of one `group` (counted from 0) hold together, and any group is enough.
    """

    result: str
    label: str
    expected: str
    actual: str
    group: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CampaignExplained:
    """One campaign that was looked at: whether it applied, and each question with its answer.

    `checklist` is what `answers` say, part by part; empty where the trace kept the reason alone. `name` is the
    campaign's name, `code` the stable code of how it ended, `pk` the campaign's row where it is known.
    """

    key: str
    applied: bool
    sentence: str
    answers: list[str] = field(default_factory=list)
    checklist: list[AnswerExplained] = field(default_factory=list)
    name: str = ""
    code: str = ""
    pk: int | None = None

    @property
    def groups(self) -> list[list[AnswerExplained]]:
        """The checklist by group."""
        found: dict[int, list[AnswerExplained]] = {}
        for answer in self.checklist:
            found.setdefault(answer.group, []).append(answer)
        return [found[number] for number in sorted(found)]


def explain_campaign(one: Mapping[str, Any], *, name: str, pk: int | None = None) -> CampaignExplained:
    """One campaign of a trace in sentences. Raises nothing for codes and kinds that are no longer known."""
    code = one["code"]
    sentence = str(_CAMPAIGN.get(code, _NOT_APPLIED)) % {"campaign": name}
    groups = one.get("groups", ())
    checklist = [_answer(answer, number) for number, group in enumerate(groups) for answer in group]
    answers = [answer.sentence for answer in checklist]
    if not answers and code not in _CAMPAIGN:
        answers = [_why(code)]
    return CampaignExplained(one["campaign"], code == "ok", sentence, answers, checklist, name, code, pk)


def _why(code: str) -> str:
    """The sentence of a code: ours, or that of the app whose condition gave it."""
    own = (condition.reasons[code] for condition in conditions if code in condition.reasons)
    why = _WHY.get(code) or next(own, None)
    return str(why) if why else _("The reason: %(code)s.") % {"code": code.replace("_", " ")}


def _answer(answer: Mapping[str, Any], group: int) -> AnswerExplained:
    try:
        question = str(conditions.get(answer["kind"]).label)
    except UnknownKind:
        question = answer["kind"]
    if answer.get("about") == "parent_card":
        question = _("%(question)s (about the parent card)") % {"question": question}
    if answer.get("negate"):
        question = _("not: %(question)s") % {"question": question}
    form = form_of(conditions, answer["kind"])
    values = {name: _value(answer.get(name), form) for name in ("expected", "actual")}
    sentence = str(_RESULT[answer["result"]]) % {"question": question, **values}
    return AnswerExplained(answer["result"], question, values["expected"], values["actual"], group, sentence)


def _value(value: object, form: Form | None) -> str:
    """A value of the trace as text: settings and choices as the condition's form calls them."""
    if isinstance(value, Mapping):
        return ", ".join(_settings(value, form)) or NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(_value(inner, form) for inner in value) or NOTHING
    if isinstance(value, str) and form is not None:
        words = (text_of(value, name, form) for name in form.base_fields)
        return next((word for word in words if word != value), value)
    return text_of(value)


def _settings(values: Mapping[str, Any], form: Form | None) -> Iterator[str]:
    """Each setting with its label, in the order of the form, without those that it would not show."""
    fields = [] if form is None else [*form.base_fields]
    shown_when: Mapping[str, Any] = getattr(form, "shown_when", {})
    # PostgreSQL does not keep the order in which the fields were written.
    for name in sorted(
        values, key=lambda name: (fields.index(name) if name in fields else len(fields), name)
    ):
        other, wanted = shown_when.get(name, ("", ()))
        if other not in values or values[other] in wanted:
            label = form.base_fields[name].label if form is not None and name in fields else name
            text = text_of(values[name], name, form) if name in fields else _value(values[name], None)
            yield _("%(label)s %(value)s") % {"label": label, "value": text}
