"""Reading bodies: JSON alone, strictly, and never more of it than is fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from loyalty.imports.raw import find_bad_character

LONGEST_BODY = 1 << 20


class BodyTooLarge(APIException):
    """More than a request may hold."""

    status_code = 413
    default_code = "request_too_large"
    default_detail = _("The request is too large. Send less at a time.")


class StrictJSONParser(BaseParser):
    """JSON of at most 1 MiB, in UTF-8. No NaN, no name twice in an object, nothing that no database could store."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(LONGEST_BODY + 1)
        if len(raw) > LONGEST_BODY:
            raise BodyTooLarge
        try:
            value = json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_to_object)
            is_bad = find_bad_character(value)
        except (ValueError, RecursionError):  # not JSON, not UTF-8, NaN, thousands of digits or of brackets
            raise ParseError(_("The body is not JSON."), code="malformed_json") from None
        if is_bad:
            message = _("The body holds a NUL or half of a surrogate pair. Take it out.")
            raise ParseError(message, code="bad_character")
        return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError(_("A name stands twice in the same object."), code="malformed_json")
    return found
