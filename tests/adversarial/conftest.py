"""A club with a card that has points, and a count of everything that is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps

from loyalty.models import Card
from loyalty.testing import give_points
from tests.loyalty.conftest import card, program, ten_percent

__all__ = ["card", "program", "rich", "stored", "ten_percent"]

Stored = Callable[[], dict[str, int]]


@pytest.fixture
def rich(card: Card) -> Card:
    """The card with 100 points."""
    give_points(card, 100)
    return card


@pytest.fixture
def stored(db: None) -> Stored:
    """How many rows each table of ours holds: equal before and after means that nothing was written."""
    models = [
        model
        for label in ("loyalty", "referrals")
        for model in apps.get_app_config(apps_label(label)).get_models()
    ]
    return lambda: {model.__name__: model._default_manager.count() for model in models}


def apps_label(package: str) -> str:
    """The label of the app in this package: referrals has a longer one, so that a host may have its own."""
    return next(config.label for config in apps.get_app_configs() if config.name == package)
