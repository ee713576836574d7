"""Events of the host's own kinds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.operations import Answer, Operation
from loyalty.api.serializers import Instant, Text
from loyalty.api.till.base import CardRef, Sourced, TillView
from loyalty.api.till.recorded import ANSWERS, answer_recorded
from loyalty.services import record_event


class EventBody(Sourced):
    """Something that happened to a card, of a kind that the site has registered; `external_id` is its id, once for ever."""

    kind = Text(max_length=64)
    external_id = Text()
    card = CardRef()
    payload = serializers.DictField(required=False)
    occurred_at = Instant(required=False)


class EventsView(TillView):
    """Recording an event."""

    operations = {
        "post": Operation(
            name="till_record_event",
            summary=_("Record an event of a kind that the site has registered"),
            body=EventBody,
            answers=ANSWERS,
            problems=(404, 409, 422),
            key="optional",
        )
    }

    def post(self, request: Request) -> Response:
        data = self.read_body()

        def record() -> Answer:
            recorded = record_event(
                kind=data["kind"],
                card=self.find(self.get_program(data), data["card"]),
                key=data["external_id"],
                payload=data.get("payload"),
                occurred_at=data.get("occurred_at"),
                source=self.get_source(data),
            )
            return answer_recorded(recorded)

        return self.act(record)
