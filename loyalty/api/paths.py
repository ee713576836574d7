"""What may stand in the addresses of the API."""

from __future__ import annotations


class ExternalIdConverter:
    """An id of the shop's: 1 to 200 characters without control characters; a slash in it is fine."""

    regex = r"[^\x00-\x1f\x7f]{1,200}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value
