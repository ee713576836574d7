"""Bulk upload: a line of JSON for each thing that happened, an answer for each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.serializers import CharField

from loyalty.api.operations import Operation
from loyalty.api.permissions import permitted
from loyalty.api.serializers import QueryFlag, StrictSerializer, Text
from loyalty.api.throttles import TillThrottle
from loyalty.api.views import LoyaltyAPIView
from loyalty.conf import loyalty_settings
from loyalty.imports.upload import upload_lines

NDJSON = "application/x-ndjson"


class LinesParser(BaseParser):
    """The body as it is, and a byte more than an upload may have, so that one that is too large shows."""

    media_type = NDJSON

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return bytes(stream.read(loyalty_settings.UPLOAD_BYTES + 1))


class UploadQuery(StrictSerializer):
    """Where the lines belong; `type` is that of lines that do not say theirs; unknown customers are enrolled or not."""

    program = Text(required=False, max_length=50)
    source: CharField = Text(required=False, max_length=64)  # type: ignore[assignment]
    type = Text(required=False, max_length=50)
    enrol = QueryFlag(default=True)


class UploadView(LoyaltyAPIView):
    """Uploading lines as `manage.py loyalty_import` reads them. Each counts once for ever by its own id.

    Every line is answered by `{"line", "status", "outcome", "code", "message"}`, empty ones left out.
    """

    permission_classes = [permitted("loyalty.upload_events")]
    throttle_classes = [TillThrottle]
    parser_classes = [LinesParser]
    operations = {
        "post": Operation(
            name="till_upload_lines",
            summary=_("Upload purchases, refunds and more, one JSON object a line; each line is answered"),
            query=UploadQuery,
            answers={200: None},
            problems=(404, 413, 415, 422),
            takes=NDJSON,
            media=NDJSON,
        )
    }

    def post(self, request: Request) -> HttpResponse:
        query = self.read_query()
        raw: Any = request.data
        # Without a body Django REST framework asks no parser.
        lines = raw if isinstance(raw, bytes) else b""
        results = upload_lines(
            lines,
            program=query.get("program"),
            source=query.get("source"),
            kind=query.get("type", ""),
            enrol=query["enrol"],
        )
        told = ({name: value for name, value in asdict(one).items() if value != ""} for one in results)
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in told)
        return HttpResponse(text, content_type=NDJSON)
