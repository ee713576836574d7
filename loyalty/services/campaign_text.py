"""The text of a campaign file: YAML or JSON in and out, with the line of every value.

YAML is read as its version 1.2 has it: only true, false, null and numbers are anything but text, so that no and 12:30
stay what they are. Numbers with a point are refused later, where a decimal in quotes is wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import CampaignFileInvalid

Kind = Literal["yaml", "json"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,38})", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_YAML_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
_STEP = re.compile(r"(\.?[^.\[\]]+|\[\d+\])$")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and on which line each value stands (by path)."""

    data: Any
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """The line of a value; of what it would stand in, if it is missing."""
        while path and path not in self.lines:
            path = _STEP.sub("", path) if _STEP.search(path) else ""
        return self.lines.get(path, 1)


def parse_text(text: str, kind: Kind | None = None) -> Document:
    """Read a file; without a kind, what begins with a brace is JSON. Raises CampaignFileInvalid."""
    text = text.removeprefix("\ufeff")
    try:
        if kind == "json" or (kind is None and text.lstrip().startswith("{")):
            return _parse_json(text)
        return _parse_yaml(text)
    except RecursionError:
        raise refuse_at("", 1, _("The file is nested too deeply.")) from None


def dump_text(data: Mapping[str, Any], kind: Kind = "yaml") -> str:
    """The text of a file; keys keep their order. Raises CampaignFileInvalid when YAML is not installed."""
    if kind == "json":
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    yaml = _yaml()
    dumper: Any = type("Dumper", (yaml.SafeDumper,), {})
    # What this module reads as a number must be quoted when it is text, even where YAML 1.1 would not mind.
    dumper.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(f"{_NUMBER.pattern}$"), list("-+.0123456789")
    )
    text: str = yaml.dump(
        data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )
    return text


def refuse_at(path: str, line: int, text: str | Promise, code: str = "syntax") -> CampaignFileInvalid:
    """The refusal of a file for one mistake."""
    details = [{"path": path, "line": line, "code": code, "message": str(text)}]
    return CampaignFileInvalid(path=path or "-", line=line, details=details)


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ImportError:
        text = _("YAML needs PyYAML: install django-loyalty-referrals[yaml], or use JSON.")
        details = [{"path": "", "line": 1, "code": "yaml_missing", "message": str(text)}]
        raise CampaignFileInvalid(message=text, path="-", line=1, details=details) from None


def _parse_yaml(text: str) -> Document:
    yaml = _yaml()
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise refuse_at("", mark.line + 1 if mark else 1, error.problem or str(error)) from error
    except yaml.YAMLError as error:
        raise refuse_at("", 1, str(error)) from error
    if root is None:
        return Document(None)
    lines: dict[str, int] = {}
    return Document(_build(root, "", lines, set()), lines)


def _build(node: Any, path: str, lines: dict[str, int], seen: set[int]) -> Any:
    line = lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in seen:
        raise refuse_at(path, line, _("Anchors and aliases are not supported. Write the value out."))
    seen.add(id(node))
    if node.tag not in _YAML_TAGS:
        raise refuse_at(path, line, _("Tags are not supported. Leave “%(tag)s” out.") % {"tag": node.tag})
    if isinstance(node.value, str):
        return node.value if node.style else _scalar(node.value)
    if node.tag.endswith("seq"):
        return [_build(item, f"{path}[{number}]", lines, seen) for number, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, key_line = str(key_node.value), key_node.start_mark.line + 1
        inner = f"{path}.{key}" if path else key
        if not isinstance(key_node.value, str) or key in found:
            raise refuse_at(
                inner, key_line, _("Each key is a text and may stand only once."), "duplicate_key"
            )
        lines[inner] = key_line
        found[key] = _build(value_node, inner, lines, seen)
    return found


def _scalar(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _parse_json(text: str) -> Document:
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise refuse_at("", error.lineno, error.msg) from error
    except ValueError as error:  # NaN, and numbers of thousands of digits
        raise refuse_at("", 1, str(error)) from error
    lines: dict[str, int] = {}
    _walk(_tokens(text), "", lines)
    return Document(data, lines)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number.")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, position = 1, 0
    for match in _JSON_TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        yield match[0], line


def _walk(tokens: Iterator[tuple[str, int]], path: str, lines: dict[str, int]) -> str:
    """Note the lines of one value of JSON that is known to be well formed; answers the token that ended it."""
    token, line = next(tokens)
    if token in "}]":
        return token  # of an empty list or object
    lines.setdefault(path, line)
    if token == "{":
        while (token := _walk_member(tokens, path, lines)) == ",":
            pass
    elif token == "[":
        number = 0
        while _walk(tokens, f"{path}[{number}]", lines) == ",":
            number += 1
    return next(tokens, ("", 0))[0]


def _walk_member(tokens: Iterator[tuple[str, int]], path: str, lines: dict[str, int]) -> str:
    token, line = next(tokens)
    if token == "}":
        return token
    inner = f"{path}.{json.loads(token)}" if path else str(json.loads(token))
    if inner in lines:
        raise refuse_at(inner, line, _("Each key is a text and may stand only once."), "duplicate_key")
    lines[inner] = line
    next(tokens)  # the colon
    return _walk(tokens, inner, lines)
