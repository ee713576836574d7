"""Every list of the admin asks as much of the database with 10,000 rows as with ten."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.test import Client
from django.urls import reverse

from loyalty.models import Dashboard
from tests.contract.many_rows import copy_last, write_ten
from tests.performance.counting import Counted, counted

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LISTED = [
    model
    for model in admin.site._registry
    if model._meta.app_label in ("loyalty", "loyalty_referrals") and model is not Dashboard
]


def count_all(client: Client) -> dict[str, Counted]:
    """The statements of each model's list."""
    found = {}
    for model in LISTED:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        with counted() as statements:
            answer = client.get(address)
        assert answer.status_code == 200, address
        found[model.__name__] = statements
    return found


def test_lists_cost_the_same_with_ten_rows_and_with_ten_thousand() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))
    tables: list[type[models.Model]] = [*LISTED]
    write_ten(tables)
    count_all(client)  # what is read once in a process is read by now
    few = count_all(client)

    copy_last(tables, 9_990)
    assert min(model._default_manager.count() for model in tables) >= 10_000
    many = count_all(client)

    more = {name: f"{few[name]}\n{many[name]}" for name in few if len(few[name]) != len(many[name])}
    assert more == {}, "\n".join(f"{name}\n{told}" for name, told in more.items())
