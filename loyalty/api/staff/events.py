"""Events: what arrived, what became of it and why; a fresh start for what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty import selectors, services
from loyalty.api.operations import Operation
from loyalty.api.pagination import Page, PageQuery, keyset_page, page_of
from loyalty.api.permissions import permitted
from loyalty.api.serializers import Instant, StrictSerializer
from loyalty.api.staff.traces import LookedAtAnswer
from loyalty.api.views import LoyaltyAPIView
from loyalty.models import Event
from loyalty.periods import parse_instant

_LARGEST = 2**63 - 1


class InstantField(forms.DateTimeField):
    """A moment with its offset, as in RFC 3339."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            return parse_instant(value)
        except ValueError:
            message = _("Give an instant such as 2026-11-21T10:00:00+03:00.")
            raise forms.ValidationError(message, code="invalid_instant") from None


class InstantFilter(django_filters.Filter):  # type: ignore[misc] # without types
    """Compares a moment."""

    field_class = InstantField


class KeyFilter(django_filters.Filter):  # type: ignore[misc]
    """Compares the key of a row."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=_LARGEST, **options)


class EventFilters(django_filters.FilterSet):  # type: ignore[misc]
    """Which events."""

    program = django_filters.CharFilter(
        field_name="program__slug", max_length=50, label=_("Slug of a program")
    )
    status = django_filters.ChoiceFilter(choices=Event.Status.choices, label=_("Where it stands"))
    kind = django_filters.CharFilter(max_length=64, label=_("Kind of event"))
    card = KeyFilter(field_name="card_id", label=_("Key of a card"))
    since = InstantFilter(field_name="occurred_at", lookup_expr="gte", label=_("From this moment on"))
    until = InstantFilter(field_name="occurred_at", lookup_expr="lt", label=_("Before this moment"))


class EventAnswer(StrictSerializer):
    """One event of the inbox. What it says of a purchase or a person is not told here."""

    id = serializers.IntegerField()
    program = serializers.CharField(source="program.slug")
    source = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    key = serializers.CharField()
    card = serializers.IntegerField(source="card_id", allow_null=True)
    occurred_at = Instant()
    recorded_at = Instant()
    status = serializers.ChoiceField(choices=Event.Status.choices)
    attempts = serializers.IntegerField()


class OutcomeAnswer(StrictSerializer):
    """What was given, cut, denied, left out, or would have been given in shadow mode."""

    result = serializers.ChoiceField(choices=["given", "cut", "denied", "left_out", "shadow"])
    campaign = serializers.CharField()
    sentence = serializers.CharField()


class TraceAnswer(StrictSerializer):
    """An event with why it ended as it did."""

    event = EventAnswer()
    error = serializers.CharField(help_text=_("Of the last attempt that failed, or empty."))
    outcome = serializers.CharField(help_text=_("A stable code, empty while it is not processed."))
    sentence = serializers.CharField()
    campaigns = LookedAtAnswer(many=True)
    grants = OutcomeAnswer(many=True)


class Events(LoyaltyAPIView):
    """Events, the last recorded first."""

    permission_classes = [permitted("loyalty.view_event")]
    operations = {
        "get": Operation(
            name="list_events",
            summary=_("What arrived"),
            query=PageQuery,
            filters=EventFilters,
            answers={200: page_of(EventAnswer)},
        )
    }

    def get(self, request: Request) -> Response:
        found = self.apply_filters(Event.objects.select_related("program"))
        page = keyset_page(found, self.read_query())
        return self.answer(Page(page.results, page.older))


class OneEvent(LoyaltyAPIView):
    """One event and its trace."""

    permission_classes = [permitted("loyalty.view_event")]
    operations = {
        "get": Operation(
            name="explain_event", summary=_("Why an event ended as it did"), answers={200: TraceAnswer}
        )
    }

    def get(self, request: Request, event: int) -> Response:
        return self.answer(_trace(event))


class RetryEvent(LoyaltyAPIView):
    """A fresh start for an event that failed; others are left alone."""

    permission_classes = [permitted("loyalty.view_event", "loyalty.retry_event")]
    operations = {
        "post": Operation(
            name="retry_event", summary=_("Give a failed event a fresh start"), answers={200: TraceAnswer}
        )
    }

    def post(self, request: Request, event: int) -> Response:
        services.retry_failed(event=_find(event))
        return self.answer(_trace(event))


def _find(pk: int) -> Event:
    rows = Event.objects.select_related("program", "evaluation").filter(pk=min(pk, _LARGEST))
    found = rows.first()
    if found is None:
        raise NotFound
    return found


def _trace(pk: int) -> dict[str, Any]:
    event = _find(pk)
    explained = selectors.explain_event(event)
    return {
        "event": event,
        "error": event.error,
        "outcome": explained.outcome,
        "sentence": explained.sentence,
        "campaigns": explained.campaigns,
        "grants": explained.grants,
    }
