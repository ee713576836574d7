"""What every template of the shop knows."""

from __future__ import annotations

from django.http import HttpRequest

NAME = "Kettle & Leaf"


def shop(_request: HttpRequest) -> dict[str, str]:
    """The name of the shop."""
    return {"SHOP_NAME": NAME}
