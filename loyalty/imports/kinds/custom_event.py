"""Events of a host's own kinds."""

from __future__ import annotations

from loyalty.exceptions import EventKindUnknown
from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind


class CustomEventLine(LineKind):
    """`{"type": "event", "kind", "id", "customer", "occurred_at"}`, and `payload` as the kind declares it.

    Not for kinds of `loyalty` itself: those have lines of their own, or follow from something.
    """

    name = "event"
    fields = ("kind", "id", "customer", "occurred_at", "payload")

    def read(self, line: LineReader) -> Draft:
        kind = line.key("kind")
        if kind.startswith("loyalty."):
            raise EventKindUnknown(kind=kind)
        return Draft(
            kind=kind,
            key=line.key(),
            customer=line.customer(),
            at=line.moment(),
            payload=line.take("payload").get("payload", {}),
        )
