"""Pages by keyset: newest first, each page as quick as the first, and nothing is ever counted."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from loyalty.api.serializers import QueryWhole, StrictSerializer

LONGEST_PAGE = 200
_DEFAULT = 50

M = TypeVar("M", bound=Model)


class Cursor(serializers.CharField):
    """Where a page begins, as the page before it said in `next`. What it means is no business of clients."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        try:
            text = urlsafe_b64decode(str(data)[:64].encode("ascii")).decode("ascii")
            if len(text) > 19 or not text.isdigit():
                raise ValueError(text)
            return min(int(text), 2**63 - 1)
        except ValueError:
            message = _("This is no cursor. Give what the page before said in next.")
            raise ValidationError(message, code="invalid_cursor") from None


class PageQuery(StrictSerializer):
    """The query of a list. Inherit from it to add filters."""

    cursor = Cursor(required=False, help_text=_("What the page before said in next."))
    limit = QueryWhole(min_value=1, max_value=LONGEST_PAGE, default=_DEFAULT)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what stands on it, and the key that the next one begins below, None when this is the last."""

    results: Sequence[Any]
    older: int | None

    @property
    def next(self) -> str | None:
        """The cursor of the next page."""
        return None if self.older is None else urlsafe_b64encode(str(self.older).encode()).decode()


def keyset_page(rows: QuerySet[M], query: dict[str, Any]) -> Page:
    """The rows of a page, newest first by primary key; `query` is what a PageQuery made of the request."""
    limit, before = query["limit"], query.get("cursor")
    ordered = rows.order_by("-pk")
    if before is not None:
        ordered = ordered.filter(pk__lt=before)
    found = list(ordered[: limit + 1])
    shown = found[:limit]
    return Page(shown, shown[-1].pk if len(found) > limit else None)


def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[StrictSerializer]:
    """The serializer of a Page of such items."""
    name = item.__name__.removesuffix("Answer") + "Page"
    fields = {
        "__doc__": None,
        "__module__": item.__module__,
        "results": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text=_("The cursor of the next page.")),
    }
    return type(name, (StrictSerializer,), fields)
