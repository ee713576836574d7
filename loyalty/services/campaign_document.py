"""The content of a campaign file, checked: program, currencies and campaigns, every mistake with its path and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import CampaignFileInvalid, CampaignInvalid, SegmentArchived, SegmentInvalid
from loyalty.models import Currency, Program
from loyalty.models.program import (
    validate_duration,
    validate_iso_currency,
    validate_number_pattern,
    validate_timezone,
)
from loyalty.processing.campaigns import currency_rules, load_program_rules, make_segment
from loyalty.rules.compile import compile_campaign
from loyalty.rules.compile_segments import canonical_segment
from loyalty.rules.params import Cleaned, Mistake, ParamsInvalid, Sentence, clean_settings
from loyalty.rules.reading import Node, Problems
from loyalty.rules.state import ProgramRules
from loyalty.services.campaign_text import Document, Kind, parse_text

FORMAT = "loyalty-campaigns/1"
_EVER = datetime.min.replace(tzinfo=UTC)


class ProgramForm(forms.Form):
    """A program that has other than the usual settings."""

    slug = forms.SlugField(max_length=50)
    name = forms.CharField(max_length=200, required=False)
    purchase_currency = forms.CharField(initial="EUR", validators=[validate_iso_currency])
    timezone = forms.CharField(initial="UTC", validators=[validate_timezone])
    card_number_pattern = forms.CharField(max_length=32, required=False, validators=[validate_number_pattern])


class CurrencyForm(forms.Form):
    """A currency; what is left out is as in the admin."""

    code = forms.SlugField(max_length=32)
    name = forms.CharField(max_length=100, required=False)
    decimals = forms.IntegerField(min_value=0, max_value=6, initial=0)
    hold = forms.CharField(initial="P0D", validators=[validate_duration])
    validity = forms.CharField(required=False, empty_value=None, validators=[validate_duration])
    expires_end_of_day = forms.BooleanField(required=False)
    clawback = forms.ChoiceField(choices=Currency.Clawback.choices, initial=Currency.Clawback.DEBT)
    spendable = forms.BooleanField(required=False, initial=True)
    worth = forms.DecimalField(required=False, min_value=Decimal("0.0001"), max_digits=12, decimal_places=4)


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment as a file has it: its definition says `conditions`, or `listed`."""

    path: str
    key: str
    name: str
    effective_from: datetime | None
    definition: Mapping[str, Any]


@dataclass(slots=True)
class CampaignFile:
    """A file that holds: what it says of the program, what is not in the database yet, and its campaigns."""

    document: Document
    program: Program
    missing: list[Currency]
    campaigns: list[Mapping[str, Any]]
    segments: list[SegmentEntry] = field(default_factory=list)

    def save_program(self, *, using: str) -> Program:
        """Create what is missing."""
        if self.program._state.adding:
            self.program.save(using=using)
        for currency in self.missing:
            currency.program = self.program
            currency.save(using=using)
        return Program.objects.using(using).get(pk=self.program.pk)


def read_file(text: str, *, kind: Kind | None = None) -> CampaignFile:
    """Check a file against the database; nothing is written. Raises CampaignFileInvalid with every mistake."""
    document = parse_text(text, kind)
    problems = Problems()
    node = Node(document.data, path="", problems=problems)
    if node.text("format") not in (FORMAT, ""):
        node.refuse("format", "unknown_format", _("This version reads “%(format)s” only."), format=FORMAT)
    program = _program(node, problems)
    given = [_clean(CurrencyForm, raw, path, problems) for path, raw in node.items("currencies")]
    missing = _currencies(program, given, problems)
    segments = [_segment(raw, path, problems) for path, raw in node.items("segments")]
    campaigns = list(node.items("campaigns"))
    node.finish()
    found: list[dict[str, Any]] = [mistake.as_problem() for mistake in problems.found]
    if program is not None:
        rules = _rules(program, missing)
        rules, mistakes = with_segments(rules, segments)
        found += mistakes
        for path, raw in campaigns:
            try:
                compile_campaign(raw, program=rules, path=path)
            except CampaignInvalid as error:
                found += [dict(one) for one in error.details if isinstance(one, dict)]
    found += _repeated(campaigns, _("Another campaign of the file has this key too."))
    found += _repeated(
        [(one.path, {"key": one.key}) for one in segments if one.key],
        _("Another segment of the file has this key too."),
    )
    if found or program is None:
        raise refuse_all(found, document)
    return CampaignFile(document, program, missing, [raw for _path, raw in campaigns], segments)


def refuse_all(problems: list[dict[str, Any]], document: Document) -> CampaignFileInvalid:
    """The refusal of a file; the first mistake in it is the one named in the message."""
    details = [{**problem, "line": document.line(problem["path"])} for problem in problems]
    details.sort(key=lambda problem: problem["line"])
    return CampaignFileInvalid(path=details[0]["path"] or "-", line=details[0]["line"], details=details)


def _clean(
    form: type[forms.Form], raw: object, path: str, problems: Problems
) -> tuple[str, Any, Cleaned | None]:
    try:
        return path, raw, clean_settings(form, raw, path)
    except ParamsInvalid as error:
        problems.extend(error)
        return path, raw, None


def _program(node: Node, problems: Problems) -> Program | None:
    raw = node.take("program")
    if raw is None:
        node.refuse("program", "required", _("“%(key)s” is required."), key="program")
        return None
    fields = raw if isinstance(raw, Mapping) else {"slug": raw}
    try:
        cleaned = clean_settings(ProgramForm, fields, "program")
    except ParamsInvalid as error:
        short = fields is not raw
        problems.found += [replace(one, path="program") if short else one for one in error.mistakes]
        return None
    values = cleaned.values
    found = Program.objects.filter(slug=values["slug"]).first()
    if found is None:
        return Program(**{**values, "name": values["name"] or _name_of(values["slug"])})
    _compare("program", found, fields, values, ("purchase_currency", "timezone"), problems)
    return found


def _currencies(
    program: Program | None, given: list[tuple[str, Any, Cleaned | None]], problems: Problems
) -> list[Currency]:
    """The currencies that are not there yet; one that is there must not be another than the file says."""
    existing = {}
    if program is not None and program.pk is not None:
        existing = {row.code: row for row in Currency.objects.filter(program=program)}
    missing: dict[str, Currency] = {}
    for path, raw, cleaned in given:
        if cleaned is None:
            continue
        values = cleaned.values
        code = values["code"]
        if code in missing:
            problems.add(
                f"{path}.code", "currency_twice", _("The currency “%(code)s” stands here twice."), code=code
            )
        elif code in existing:
            fixed = [name for name in values if name not in ("code", "name")]
            _compare(path, existing[code], raw, values, fixed, problems)
        else:
            missing[code] = Currency(**{**values, "name": values["name"] or _name_of(code)})
    return list(missing.values())


def _compare(
    path: str, row: Program | Currency, raw: Any, values: Mapping[str, Any], names: Any, problems: Problems
) -> None:
    for name in names:
        present = getattr(row, name)
        if name in raw and (present or None) != (values[name] or None):
            text = Sentence(
                _("It is “%(present)s” already. Write that, or change it in the admin."), present=present
            )
            problems.found.append(Mistake(f"{path}.{name}", "differs", text))


def _name_of(code: str) -> str:
    return code.replace("-", " ").capitalize()


def _rules(program: Program, missing: list[Currency]) -> ProgramRules:
    if program._state.adding:
        rules = ProgramRules(0, program.slug, program.zone, program.decimals, {})
    else:
        rules = load_program_rules(program)
    added = {row.code: currency_rules(row) for row in missing}
    return replace(rules, currencies={**rules.currencies, **added})


def _segment(raw: object, path: str, problems: Problems) -> SegmentEntry:
    """What a file says of a segment; its definition is read when the program is known."""
    node = Node(raw, path=path, problems=problems)
    key = node.text("key", slug=True, most=64)
    name = node.text("name", default="")
    moment = node.instant("effective_from")
    return SegmentEntry(path, key, name, moment, node.rest())


def with_segments(
    rules: ProgramRules, segments: list[SegmentEntry]
) -> tuple[ProgramRules, list[dict[str, Any]]]:
    """The program with the segments as a file has them, and what is wrong with them.

    What a file says is written last: from its `effective_from` on, and without one for all time.
    """
    found: list[dict[str, Any]] = []
    added = {}
    for entry in segments:
        known = rules.segments.get(entry.key)
        if known is not None and known.archived:
            message = str(SegmentArchived(key=entry.key))
            found.append({"path": f"{entry.path}.key", "code": SegmentArchived.code, "message": message})
        try:
            definition = canonical_segment(entry.definition, program=rules, path=entry.path)
        except SegmentInvalid as error:
            found += [dict(one) for one in error.details if isinstance(one, dict)]
            definition = {"listed": True}  # so that campaigns that name it are read to the end
        told = make_segment(entry.key, [(entry.effective_from or _EVER, definition)], rules=rules)
        before = known.revisions if known is not None else ()
        added[entry.key] = replace(told, revisions=(*before, *told.revisions))
    return replace(rules, segments={**rules.segments, **added}), found


def _repeated(entries: list[tuple[str, Any]], text: str | Promise) -> list[dict[str, Any]]:
    seen, found = set(), []
    for path, raw in entries:
        key = str(raw.get("key", path)) if isinstance(raw, Mapping) else path
        if key in seen:
            found.append({"path": f"{path}.key", "code": "key_twice", "message": str(text)})
        seen.add(key)
    return found
