"""Cards: the page that support opens, and the lists behind it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.admin.card_page.page import CardPages
from loyalty.models import (
    Card,
    CardAttribute,
    CardHolder,
    CardMerge,
    CardNumber,
    CardQueue,
    CardStatusChange,
    NumberChange,
    ParentChange,
)
from loyalty.selectors import search_cards


@admin.register(Card)
class CardAdmin(CardPages, ReadOnlyAdmin):
    """Whoever is a member."""

    list_display = (
        "__str__",
        "external_id",
        "user",
        "program",
        "status",
        "parent",
        "merged_into",
        "enrolled_at",
    )
    list_select_related = ("program", "user", "parent", "merged_into")
    list_filter = ("status", "program")
    cards = ("parent", "merged_into")
    exact = ("external_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Card]:
        return super().get_queryset(request).prefetch_related("numbers")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Card], search_term: str
    ) -> tuple[QuerySet[Card], bool]:
        """The card that was typed, and its children."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = search_cards(term)
        return queryset.filter(pk__in=found) | queryset.filter(parent_id__in=found), False


@admin.register(CardNumber)
class CardNumberAdmin(ReadOnlyAdmin):
    """Numbers, current and replaced."""

    list_display = ("number", "card", "program", "issued_at", "retired_at")
    list_select_related = ("card", "program")
    list_filter = ("program", ("retired_at", admin.EmptyFieldListFilter))
    cards = ("card",)


@admin.register(CardStatusChange)
class CardStatusChangeAdmin(ReadOnlyAdmin):
    """Who was blocked when, and why."""

    list_display = ("card", "status", "since", "reason", "actor")
    list_select_related = ("card", "actor")
    list_filter = ("status",)
    cards = ("card",)


@admin.register(NumberChange)
class NumberChangeAdmin(ReadOnlyAdmin):
    """Whose number was replaced when, and why."""

    list_display = ("card", "number", "since", "reason", "actor")
    list_select_related = ("card", "number", "actor")
    cards = ("card",)


@admin.register(ParentChange)
class ParentChangeAdmin(ReadOnlyAdmin):
    """Who was moved in the tree, when, and why."""

    list_display = ("card", "old_parent", "new_parent", "since", "reason", "actor")
    list_select_related = ("card", "old_parent", "new_parent", "actor")
    cards = ("card", "old_parent", "new_parent")


@admin.register(CardHolder)
class CardHolderAdmin(ReadOnlyAdmin):
    """Who uses a card along with its owner."""

    list_display = ("card", "user", "since")
    list_select_related = ("card", "user")
    cards = ("card",)


@admin.register(CardMerge)
class CardMergeAdmin(ReadOnlyAdmin):
    """Which cards became one, when, and why; and which were parted again."""

    list_display = (
        "merged",
        "survivor",
        "since",
        "reason",
        "actor",
        "undone",
        "undone_reason",
        "undone_actor",
    )
    list_select_related = ("merged", "survivor", "actor", "undone", "undone_actor")
    list_filter = (("undone", admin.EmptyFieldListFilter),)
    cards = ("merged", "survivor")


@admin.register(CardAttribute)
class CardAttributeAdmin(ReadOnlyAdmin):
    """What is known of a card, since when."""

    list_display = ("card", "name", "value", "since")
    list_select_related = ("card",)
    cards = ("card",)
    exact = ("name",)


@admin.register(CardQueue)
class CardQueueAdmin(ReadOnlyAdmin):
    """Cards whose events are put off after an error."""

    list_display = ("card", "claimed_at", "retry_at")
    list_select_related = ("card",)
    list_filter = (("retry_at", admin.EmptyFieldListFilter),)
    ordering = ("-pk",)
    cards = ("card",)
