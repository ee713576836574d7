"""What one method of one address takes and answers: said once, for the view and for the schema alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django_filters import FilterSet
from rest_framework.serializers import BaseSerializer


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of a view, under its method in lower case in `operations`.

    `name` is the operationId: unique, a verb first, never renamed. `body` and `query` are strict serializers, `filters`
    a FilterSet whose fields stand in the query too. `answers` gives the serializer of each success; `problems` the
    statuses of refusals beside those that every operation may give. `key` says whether an `Idempotency-Key` is read.
    `takes` and `media` are the types of a body and of a success that are no JSON.
    """

    name: str
    summary: str | Promise
    body: type[BaseSerializer[Any]] | None = None
    query: type[BaseSerializer[Any]] | None = None
    filters: type[FilterSet] | None = None
    answers: Mapping[int, type[BaseSerializer[Any]] | None] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    key: Literal["", "optional", "required"] = ""
    takes: str = ""
    media: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status, and what the serializer of that status makes of `content`."""

    status: int
    content: object = None
