"""The shop as its own settings make it, with its campaigns and products, on the test database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.urls import clear_url_caches

from example_project import settings as shop_settings
from example_project.shop.models import Product
from loyalty.models import Program
from loyalty.services import import_campaigns
from tests.shop.visiting import Visitor

DATA = Path(shop_settings.HERE) / "data"
TAKEN = (
    "LOGIN_URL",
    "LOGIN_REDIRECT_URL",
    "LOYALTY",
    "MIDDLEWARE",
    "REST_FRAMEWORK",
    "ROOT_URLCONF",
    "TEMPLATES",
)


@pytest.fixture(autouse=True)
def settings_of_the_shop(settings):
    """What a host decides; the database and the apps stay those of the tests."""
    for name in TAKEN:
        if hasattr(shop_settings, name):
            setattr(settings, name, getattr(shop_settings, name))
    settings.LOYALTY = {"DEFAULT_PROGRAM": "shop"}
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.fixture
def program(db) -> Program:
    """The shop's program, published."""
    text = (DATA / "shop.yaml").read_text(encoding="utf-8")
    return import_campaigns(text=text, kind="yaml", publish=True, allow_past=True).program


@pytest.fixture
def shelf(program) -> dict[str, Product]:
    """All products by slug."""
    rows = json.loads((DATA / "products.json").read_text(encoding="utf-8"))
    Product.objects.bulk_create(Product(position=place, **row) for place, row in enumerate(rows))
    return {product.slug: product for product in Product.objects.all()}


@pytest.fixture
def browser() -> Visitor:
    """A visitor without JavaScript."""
    return Visitor()
