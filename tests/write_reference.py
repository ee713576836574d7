"""Writes docs/reference/ from the code itself, so that it cannot say anything else: `--check` compares, `--write` renews.

Run as `python -m tests.write_reference --write`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from inspect import cleandoc, getdoc
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `python -m tests.write_reference --write` from the code: change that. -->"

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django import forms  # noqa: E402
from django.core.management import get_commands, load_command_class  # noqa: E402
from django.utils.translation import override  # noqa: E402

from loyalty.api.problems import status_of  # noqa: E402
from loyalty.conf import loyalty_settings  # noqa: E402
from loyalty.exceptions import LoyaltyError  # noqa: E402
from loyalty.presets import presets  # noqa: E402
from loyalty.rules import fields, tables  # noqa: E402
from loyalty.rules.params import clean_settings, to_json  # noqa: E402
from loyalty.rules.registry import actions, amounts, conditions, event_kinds  # noqa: E402
from loyalty.selectors import describe_campaign  # noqa: E402
from loyalty.signals import SIGNALS  # noqa: E402
from referrals.conf import referrals_settings  # noqa: E402
from referrals.signals import SIGNALS as REFERRAL_SIGNALS  # noqa: E402
from tests.loyalty.sentence_samples import (  # noqa: E402
    ACTIONS,
    AMOUNTS,
    CONDITIONS,
    TRIGGERS,
    campaign,
    gives,
    rules,
)
from tests.referrals import sentence_samples as referral_samples  # noqa: E402

OURS = ("loyalty.", "referrals.")
METHODS = ("get", "post", "put", "patch", "delete")


def cell(text: object) -> str:
    """A text in a table's cell."""
    return " ".join(str(text).replace("|", "\\|").split())


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table, or nothing where there are no rows."""
    if not rows:
        return ""
    lines = [head, tuple("---" for _one in head), *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in line) + " |" for line in lines)


def document(title: str, *blocks: str) -> str:
    """A page."""
    return "\n\n".join([f"# {title}", NOTE, *(block for block in blocks if block)]) + "\n"


def manual(thing: object) -> str:
    """The docstring, its lines joined to paragraphs, without the numbers of our design notes."""
    text = re.sub(r"\s*\((?:S|P|ADR )\d+[^)]*\)", "", cleandoc(getdoc(thing) or ""))
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


# --- rules --------------------------------------------------------------------------------------------------------


def type_of(field: forms.Field) -> str:
    """What a setting takes, as a campaign file writes it."""
    if isinstance(field, tables.TableField):
        return "list of rows with " + ", ".join(f"`{name}`" for name in field.columns)
    if isinstance(field, fields.DecimalListField):
        return "list of numbers in quotes"
    if isinstance(field, fields.ListField):
        return "list of texts"
    if isinstance(field, forms.MultipleChoiceField):
        return "list of " + ", ".join(f"`{value}`" for value, _label in field.choices)
    if isinstance(field, forms.ChoiceField):
        return "one of " + ", ".join(f"`{value}`" for value, _label in field.choices)
    named = {
        fields.MoneyField: "amount of the purchase currency in quotes",
        fields.PercentField: "percentage in quotes",
        fields.DurationField: "duration such as `P14D`",
        fields.SegmentField: "key of a segment",
        fields.MappingField: "object with named fields",
        forms.BooleanField: "true or false",
        forms.DateField: "date such as `2026-11-21`",
        forms.TimeField: "time such as `10:30`",
        forms.DecimalField: "number in quotes",
        forms.IntegerField: "whole number",
        forms.SlugField: "name of Latin letters, digits, hyphens and underscores",
    }
    return next((text for cls, text in named.items() if isinstance(field, cls)), "text") + bounds_of(field)


def bounds_of(field: forms.Field) -> str:
    """From where to where a number may lie."""
    low, high = (getattr(field, name, None) for name in ("min_value", "max_value"))
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", at least {low}" if low is not None else f", at most {high}" if high is not None else ""


def default_of(field: forms.Field) -> str:
    """What stands where nothing is given."""
    initial = field.initial() if callable(field.initial) else field.initial
    if initial is None:
        return "required" if field.required else "none"
    return f"`{json.dumps(to_json(initial), ensure_ascii=False)}`"


def settings_of(form: type[forms.Form]) -> str:
    """The settings of a rule as a table."""
    built = form()
    rows = [
        (
            f"`{name}`",
            type_of(field),
            default_of(field),
            f"{field.label}. {field.help_text}" if field.help_text else field.label,
        )
        for name, field in built.fields.items()
    ]
    return table(("setting", "type", "default", "meaning"), rows) or "It has no settings."


def example_of(kind: str) -> dict[str, Any] | None:
    """A campaign in which the rule stands with its example."""
    everywhere = (
        (CONDITIONS | referral_samples.CONDITIONS, "condition"),
        (AMOUNTS, "amount"),
        (ACTIONS, "action"),
        (TRIGGERS | referral_samples.TRIGGERS, "trigger"),
    )
    for samples, what in everywhere:
        if kind not in samples:
            continue
        params = samples[kind][0]
        if what == "condition":
            return campaign({"kind": kind, "params": params})
        if what == "amount":
            to = "ancestors" if kind.endswith("by_level") else "parent_card"
            return campaign(actions=[gives({"kind": kind, **params}, to=to)])
        if what == "action":
            return campaign(actions=[gives(kind=kind, params=params)])
        return campaign(trigger={"kind": kind, "params": params})
    return None


def given_in(kind: str) -> str:
    """The settings of the example, as JSON."""
    samples = {
        **CONDITIONS,
        **AMOUNTS,
        **ACTIONS,
        **TRIGGERS,
        **referral_samples.CONDITIONS,
        **referral_samples.TRIGGERS,
    }
    return json.dumps(samples[kind][0], ensure_ascii=False)


def rule_page(title: str, opening: str, registry: Any) -> str:
    """All rules of one sort."""
    found = [one for one in registry if one.kind.startswith(OURS) and getattr(one, "triggers", True)]
    blocks = [opening]
    for rule in found:
        blocks.append(f"## `{rule.kind}`: {rule.label}\n\n{manual(type(rule))}")
        blocks.append(settings_of(rule.Params))
        text = example_of(rule.kind)
        if text is not None:
            given = given_in(rule.kind)
            with_settings = "" if given == "{}" else f" With `{given}`:"
            blocks.append(f"Example.{with_settings}\n\n> {describe_campaign(text, program=rules())}")
    return document(title, *blocks)


def preset_page() -> str:
    """The presets with their figures and what they do."""
    blocks = [
        "Each fills drafts: `manage.py loyalty_presets fill KEY --set NAME=VALUE`, or the gallery in the admin."
    ]
    for preset in presets:
        if not preset.key.startswith(OURS):
            continue
        blocks.append(f"## `{preset.key}`: {preset.label}\n\n{preset.description}")
        blocks.append(settings_of(preset.Params))
        values = clean_settings(preset.Params, {"currency": "points"}).values
        sentences = [
            f"- `{one['key']}`: {describe_campaign(one, program=rules())}"
            for one in preset.campaigns(values, rules())
        ]
        blocks.append("With its default figures:\n\n" + "\n".join(sentences))
    return document("Presets", *blocks)


# --- the rest of the public face ----------------------------------------------------------------------------------


def settings_page() -> str:
    """The two dicts of settings."""
    blocks = ["Every mistake in these dicts, a wrong key included, is a system check with a hint."]
    for declared in (loyalty_settings, referrals_settings):
        rows = [
            (f"`{one.name}`", f"`{one.default!r}`", one.kind.wants, one.help) for one in declared.declared
        ]
        blocks.append(f"## `{declared.dict_name}`")
        blocks.append(table(("key", "default", "takes", "what it is"), rows))
    return document("Settings", *blocks)


def signal_page() -> str:
    """The signals with their manuals."""
    blocks = [
        "*In*: the host sends, the app acts. *Inside*: sent in the transaction that processes an event; a receiver that "
        "raises aborts it. *After*: sent once committed, at least once; a receiver that raises harms nobody."
    ]
    for signal in (*SIGNALS, *REFERRAL_SIGNALS):
        blocks.append(f"## `{signal.name}` ({signal.kind})\n\n{manual(signal)}")
    return document("Signals", *blocks)


def command_page() -> str:
    """The management commands with their arguments."""
    blocks = []
    for name, app in sorted(get_commands().items()):
        if app not in ("loyalty", "referrals"):
            continue
        command = load_command_class(app, name)
        parser = command.create_parser("manage.py", name)
        blocks.append(f"## `{name}`\n\n{' '.join(str(command.help).split())}")
        blocks += list(arguments_of(parser))
    return document("Commands", *blocks)


def arguments_of(parser: Any, under: str = "") -> Iterator[str]:
    """The arguments of a command, those of its steps apart."""
    usual = {
        "version",
        "verbosity",
        "settings",
        "pythonpath",
        "traceback",
        "no_color",
        "force_color",
        "skip_checks",
    }
    rows, steps = [], []
    for action in parser._actions:
        if action.dest in {*usual, "help"}:
            continue
        if isinstance(action.choices, Mapping):
            steps += [(name, inner) for name, inner in action.choices.items()]
            continue
        names = ", ".join(f"`{one}`" for one in action.option_strings) or f"`{action.dest}`"
        rows.append((names, action.help or ""))
    if under:
        yield f"### `{under}`"
    if rows:
        yield table(("argument", "what it is"), rows)
    for name, inner in steps:
        yield from arguments_of(inner, f"{under} {name}".strip())


def error_page() -> str:
    """The refusals with their codes and HTTP statuses."""
    found = sorted(
        {cls for cls in refusals() if cls.__module__.startswith(("loyalty.", "referrals."))}, key=code_of
    )
    rows = [(f"`{cls.code}`", status_of(cls.code), f"`{cls.__name__}`", cls.message) for cls in found]
    opening = (
        "Every refusal is a `LoyaltyError` with a stable code and a sentence in the reader's language. The API answers "
        "with a problem document (RFC 9457) that bears the code."
    )
    return document("Errors", opening, table(("code", "HTTP", "exception", "sentence"), rows))


def code_of(cls: type[LoyaltyError]) -> tuple[str, str]:
    """By what refusals are sorted."""
    return (cls.code, cls.__name__)


def refusals(base: type[LoyaltyError] = LoyaltyError) -> Iterator[type[LoyaltyError]]:
    """The base and all that stands on it."""
    yield base
    for cls in base.__subclasses__():
        yield from refusals(cls)


def rest_page() -> str:
    """The endpoints, from the OpenAPI schema."""
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator(urlconf="tests.urls").get_schema(request=None, public=True)
    blocks = [
        "As the host of the tests mounts them, below `/api/`. The whole schema, with every field, is served by "
        "drf-spectacular (extra `openapi`)."
    ]
    sections: dict[str, list[tuple[object, ...]]] = {}
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            one = item[method]
            told = one.get("summary") or (one.get("description") or "").split("\n")[0]
            statuses = ", ".join(sorted(one["responses"]))
            section = (one.get("tags") or ["API"])[0]
            row = (f"`{method.upper()} {path}`", f"`{one['operationId']}`", told, statuses)
            sections.setdefault(section, []).append(row)
    for section, rows in sections.items():
        blocks += [f"## {section}", table(("endpoint", "operation", "what it does", "statuses"), rows)]
    return document("REST endpoints", *blocks)


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    with override("en"):
        endpoints = rest_page()  # first: views say with which statuses refusals of their app are answered
        made = {
            "triggers.md": rule_page(
                "Triggers", "The kind of event that makes a campaign be looked at.", event_kinds
            ),
            "conditions.md": rule_page(
                "Conditions",
                "Yes/no questions about the card of the event or about its parent card (`about`), each of which may be "
                "turned round (`negate`). All of a group must hold; any group is enough.",
                conditions,
            ),
            "amounts.md": rule_page("Amounts", "How much an action gives.", amounts),
            "actions.md": rule_page(
                "Actions", "What is given to the card, the parent card or ancestors.", actions
            ),
            "presets.md": preset_page(),
            "settings.md": settings_page(),
            "signals.md": signal_page(),
            "commands.md": command_page(),
            "errors.md": error_page(),
            "rest.md": endpoints,
        }
        titles = {name: text.split("\n", 1)[0].removeprefix("# ") for name, text in made.items()}
        links = "\n".join(f"- [{title}]({name})" for name, title in titles.items())
        opening = "What the code declares, page by page. A test holds these pages and the code together."
        return {"index.md": document("Reference", opening, links), **made}


def find_problems() -> list[str]:
    """What is wrong with the folder, a line each."""
    wanted = pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return [
        *(f"missing: {name}" for name in sorted(wanted.keys() - kept.keys())),
        *(f"no longer made: {name}" for name in sorted(kept.keys() - wanted.keys())),
        *(f"out of date: {name}" for name in wanted if name in kept and kept[name] != wanted[name]),
    ]


def write() -> None:
    """Make the folder as it should be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def main() -> int:
    """Exit code: 0 in order, 1 not."""
    if "--write" in sys.argv[1:]:
        write()
    problems = find_problems()
    print("\n".join(problems) or "The reference says what the code says.")
    if problems:
        print("\nRun `python -m tests.write_reference --write`.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
