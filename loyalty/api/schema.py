"""The OpenAPI schema by drf-spectacular (extra `openapi`), made from what views declare; without it the API works too."""

from __future__ import annotations

from typing import Any

try:
    from loyalty.api.spectacular import OperationSchema
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("drf_spectacular"):
        raise
    SCHEMA: Any = None
else:
    SCHEMA = OperationSchema()
