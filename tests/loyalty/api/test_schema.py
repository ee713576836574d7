"""The OpenAPI schema is whole and true: made from the same declarations that the views read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from loyalty.api.nothing import NothingHere
from loyalty.api.permissions import Nobody
from loyalty.api.views import LoyaltyAPIView

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema of the host's whole API."""
    reset_generator_stats()
    found = SchemaGenerator(urlconf="tests.urls").get_schema(request=None, public=True)
    GENERATOR_STATS.emit_summary()
    assert (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache) == ({}, {})
    return dict(found)


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each method of each address."""
    for path, item in schema["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if method in item)


def our_views(patterns: Any = None) -> Iterator[type[LoyaltyAPIView]]:
    """Every view of ours, from the addresses of the host."""
    for pattern in get_resolver("tests.urls").url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from our_views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if isinstance(view, type) and issubclass(view, LoyaltyAPIView) and view is not NothingHere:
                yield view


VIEWS = sorted(set(our_views()), key=lambda view: f"{view.__module__}.{view.__name__}")


def test_it_is_valid_and_without_a_warning(schema: dict[str, Any]) -> None:
    validate_schema(schema)

    assert len(list(operations(schema))) >= 14


def test_every_method_of_every_view_stands_in_it(schema: dict[str, Any]) -> None:
    declared = [one.name for view in VIEWS for one in view.operations.values()]

    assert sorted(one["operationId"] for _path, _method, one in operations(schema)) == sorted(declared)
    assert len(set(declared)) == len(declared)


def test_every_refusal_is_a_problem_document(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        answers = operation["responses"]
        refusals = {status for status in answers if status >= "400"}
        wanted = {"400", "401", "403", "429"} | ({"404"} if "{" in path else set())
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ())):
            wanted |= {"409", "422"}
        assert wanted <= refusals, (method, path)
        for status in refusals:
            (content,) = answers[status]["content"].items()
            assert content == (
                "application/problem+json",
                {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}},
            )


def test_sets_of_words_are_named(schema: dict[str, Any]) -> None:
    for name, component in schema["components"]["schemas"].items():
        for field, part in component.get("properties", {}).items():
            assert "enum" not in part, (name, field)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_states_who_may_call_it(view: type[LoyaltyAPIView]) -> None:
    assert view.permission_classes
    assert Nobody not in view.permission_classes
    assert view.operations


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_method_is_declared(view: type[LoyaltyAPIView]) -> None:
    assert {method for method in METHODS if hasattr(view, method)} == set(view.operations)
