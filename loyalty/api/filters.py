"""Filters of lists by django-filter; a value that is none is refused, as is a name that nobody knows."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django_filters import FilterSet
from rest_framework.exceptions import ErrorDetail, ValidationError

M = TypeVar("M", bound=Model)


def apply_filters(filters: type[FilterSet], data: QueryDict, rows: QuerySet[M]) -> QuerySet[M]:
    """The rows that the query asks for. Raises ValidationError with the path of each wrong parameter."""
    given = filters(data=data, queryset=rows)
    if not given.is_valid():
        raise ValidationError(_errors_of(given.form.errors.as_data()))
    found: QuerySet[M] = given.qs
    return found


def _errors_of(found: dict[str, list[Any]]) -> dict[str, list[ErrorDetail]]:
    return {
        name: [
            ErrorDetail(message, code=one.code or "invalid") for one in problems for message in one.messages
        ]
        for name, problems in found.items()
    }
