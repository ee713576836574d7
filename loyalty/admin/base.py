"""What all lists share: nothing to edit, searches by index, and no count of a big table."""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import AutoField, Q, QuerySet
from django.forms import BaseInlineFormSet, Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst

from loyalty.money import show_amount
from loyalty.rules.registry import UnknownKind, event_kinds
from loyalty.selectors import search_cards

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
    PaginatorBase = Paginator[Any]
else:  # Django's classes are generic in its stubs only
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    InlineFormSet = BaseInlineFormSet
    PaginatorBase = Paginator


class BoundedPaginator(PaginatorBase):
    """Counts up to 10,000 rows and leaves the rest to searches and filters: a million are never counted."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: self.most].count() if isinstance(rows, QuerySet) else len(rows)


class ReadOnly:
    """Nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """A list and a page to look at, newest first.

    The search finds rows whose `exact` fields are what was typed, or whose `cards` are the card that was typed: its
    number, the host's key, its user's name or e-mail, or what apps find cards by. `cards` are shown by number, which is
    read along.
    """

    exact: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    actions: Any = None
    show_facets = admin.ShowFacets.NEVER  # counting each choice of a filter would count the whole table

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.prefetch_related(*(f"{name}__numbers" for name in self.cards))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Headed by what it lists: Django's "Select … to view" breaks the grammar of languages with cases."""
        heading = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": heading, **(extra_context or {})})

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.exact, *self.cards)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        for name in self.exact:
            wanted |= Q(**{name: term}) if self._fits(name, term) else Q()
        if self.cards:
            found = search_cards(term)
            for name in self.cards:
                wanted |= Q(**{f"{name}__in": found})
        return queryset.filter(wanted), False

    def _fits(self, name: str, term: str) -> bool:
        """Whether a column can hold what was typed: keys are whole numbers of 64 bits."""
        field = self.opts.get_field(name.partition("__")[0])
        is_key = "__" not in name and (field.is_relation or isinstance(field, AutoField))
        return not is_key or key_of(term) is not None


class PageAdmin(ReadOnlyAdmin):
    """A list, and a page of our own in place of the form; times are shown in the time zone of the row's program."""

    page_template = ""
    page_media = Media(css={"all": ["loyalty/admin/card.css", "loyalty/admin/trace.css"]})

    def get_page_row(self, request: HttpRequest, key: int) -> Any:
        """The row with what the page reads along, or None."""
        return self.get_queryset(request).select_related("program").filter(pk=key).first()

    def read_page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template shows."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page. There is nothing to save on it."""
        key = key_of(object_id)
        row = None if key is None else self.get_page_row(request, key)
        if not self.has_view_permission(request, row) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        with timezone.override(row.program.zone):
            whole = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": row,
                "number": str(row),
                "media": self.media + self.page_media,
                **self.read_page(request, row),
            }
            return render(request, self.page_template, whole)


class ShortFormSet(InlineFormSet):
    """The latest rows only: a card may have a million of them."""

    most = 10

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_latest"):
            self._latest = super().get_queryset()[: self.most]
        return self._latest


class ReadOnlyInline(ReadOnly, TabularInline):
    """The latest rows below a page."""

    formset = ShortFormSet
    extra = 0
    show_change_link = True
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()


find_cards = search_cards


def key_of(text: str | None) -> int | None:
    """A key out of an address: a whole number of 64 bits, else None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def label_of(kind: str) -> str:
    """What a kind of event is called; the kind itself where no app knows it any more."""
    try:
        return str(event_kinds.get(kind).label)
    except UnknownKind:
        return kind


def amount(name: str, decimals: str, label: Any) -> Any:
    """A column of an amount in its currency's units; `decimals` is where a row has their number."""
    read, read_decimals = attrgetter(name), attrgetter(decimals)

    @admin.display(description=label, ordering=name if "." not in name else None)
    def column(row: Any) -> str:
        value = read(row)
        return "" if value is None else show_amount(value, read_decimals(row))

    column.__name__ = name
    return column
