"""What drf-spectacular asks about a view of ours, answered from its operations. Imported by `schema` alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, append_meta
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from loyalty.api.idempotency import HEADER
from loyalty.api.operations import Operation
from loyalty.api.problems import CONTENT_TYPE
from loyalty.api.serializers import PLAIN_NUMBER, DecimalText, LongText, StrictSerializer, Text
from loyalty.models import Card, Event, LedgerEntry, Spend


class MistakeAnswer(serializers.Serializer[Any]):
    """One mistake in a request: which field, a stable code, a sentence."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemAnswer(serializers.Serializer[Any]):
    """A problem document (RFC 9457). Branch on `code`; `params` are what the sentence is about."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = MistakeAnswer(many=True, required=False)  # type: ignore[assignment]
    params = serializers.DictField(required=False)


# What is not printable is more than can be said here; these are what clients send by mistake.
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"

# Names of the sets of words that several answers have, so that clients get one type for each.
_ENUMS: dict[frozenset[str], str] = {}


def name_enum(name: str, choices: Iterable[tuple[str, object]]) -> None:
    """Name a set of words, such as "CardStatus"; `referrals` and hosts name theirs."""
    _ENUMS[frozenset(value for value, _label in choices)] = name


name_enum("CardStatus", Card.Status.choices)
name_enum("SpendStatus", Spend.Status.choices)
name_enum("EntryKind", LedgerEntry.Kind.choices)
name_enum("EventStatus", Event.Status.choices)


class OperationSchema(AutoSchema):
    """The schema of a view that declares `operations`."""

    @property
    def declared(self) -> Operation:
        """The operation of the method at hand."""
        operations: Mapping[str, Operation] = getattr(self.view, "operations", {})
        return operations[self.method.lower()]

    def is_excluded(self) -> bool:
        return self.method.lower() not in getattr(self.view, "operations", {})

    def get_operation_id(self) -> str:
        return self.declared.name

    def get_summary(self) -> str:
        return str(self.declared.summary)

    def get_description(self) -> str:  # type: ignore[override]
        return ""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        place = parts.index("v1") if "v1" in parts else -1
        return [parts[place + 1]]

    def get_request_serializer(self) -> Any:
        return {self.declared.takes: OpenApiTypes.BINARY} if self.declared.takes else self.declared.body

    def get_filter_backends(self) -> list[Any]:
        return []

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema: dict[str, Any]
        if isinstance(field, DecimalText):
            schema = {"type": "string", "pattern": f"^{PLAIN_NUMBER}$", "maxLength": field.max_length}
            return append_meta(schema, self._get_serializer_field_meta(field, direction))  # type: ignore[no-untyped-call]
        if isinstance(field, Text) and not isinstance(field, LongText):
            schema = {"type": "string", "pattern": NO_CONTROLS, "maxLength": field.max_length}
            schema |= {} if field.allow_blank else {"minLength": 1}
            return append_meta(schema, self._get_serializer_field_meta(field, direction))  # type: ignore[no-untyped-call]
        choices: Any = getattr(field, "choices", None)
        name = _ENUMS.get(frozenset(map(str, choices))) if choices else None
        if name is None or not isinstance(field, serializers.ChoiceField):
            mapped: Any = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
            return mapped
        schema = {"type": "string", "enum": [str(value) for value in field.choices]}
        component = ResolvedComponent(name, "schemas", schema, name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        meta = self._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]
        return append_meta(component.ref, meta)

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema: Any = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
            if serializer.exactly_one:
                schema |= {"minProperties": 1, "maxProperties": 1}
        return schema

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_override_parameters(self) -> list[Any]:
        operation = self.declared
        found: list[Any] = [] if operation.query is None else [operation.query]
        if operation.filters is not None:
            filters = operation.filters.base_filters
            found += [_parameter_of(name, one.field) for name, one in filters.items()]
        if operation.key:
            required = operation.key == "required"
            found.append(OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=required))
        return found

    def get_response_serializers(self) -> Any:
        operation = self.declared
        found: dict[Any, Any] = {
            (status, operation.media) if operation.media else status: OpenApiResponse(
                OpenApiTypes.BINARY if operation.media else serializer, description=HTTPStatus(status).phrase
            )
            for status, serializer in operation.answers.items()
        }
        for status in sorted(self._problem_statuses(operation)):
            described = OpenApiResponse(ProblemAnswer, description=HTTPStatus(status).phrase)
            found[status, CONTENT_TYPE] = described
        return found

    def _problem_statuses(self, operation: Operation) -> set[int]:
        statuses = {400, 401, 403, 429, *operation.problems}
        if "{" in self.path:
            statuses.add(404)
        if operation.media.startswith("image/"):
            statuses.add(501)
        if operation.body is not None:
            statuses |= {413, 415}
        if operation.key:
            statuses |= {409, 422}
        return statuses


def _parameter_of(name: str, field: forms.Field) -> OpenApiParameter:
    """A filter as a parameter of the query."""
    kinds = [
        (forms.IntegerField, OpenApiTypes.INT64),
        (forms.DateTimeField, OpenApiTypes.DATETIME),
        (forms.DateField, OpenApiTypes.DATE),
    ]
    kind: Any = next((kind for cls, kind in kinds if type(field) is cls), str)
    choices = [value for value, _label in getattr(field, "choices", ()) if value != ""]
    return OpenApiParameter(
        name,
        kind,
        OpenApiParameter.QUERY,
        required=field.required,
        enum=choices or None,
        description=str(field.label or ""),
    )
