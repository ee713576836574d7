"""Admin delete and bulk actions: the ledger is read-only for everybody, for a superuser too."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.loyalty.admin.rows import write_rows

# Whoever opens a model for editing in the admin says so here, and brings tests of who may.
EDITABLE: set[str] = {"Campaign"}

MODELS = sorted(
    (
        model
        for model in admin.site._registry
        if model.__module__.split(".")[0] in ("loyalty", "referrals") and model.__name__ not in EDITABLE
    ),
    key=lambda model: model.__name__,
)
LEDGER = {
    "Wallet",
    "LedgerEntry",
    "Lot",
    "LotAllocation",
    "Reward",
    "Event",
    "Evaluation",
    "Purchase",
    "PurchaseLine",
    "Refund",
    "Spend",
    "LimitCounter",
    "CampaignRevision",
    "CampaignPublication",
}


@pytest.fixture
def superuser(db: None) -> Client:
    """May do everything that anybody may."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def address(model: type[models.Model], what: str, *keys: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=keys)


def values(model: type[models.Model]) -> list[Any]:
    return list(model._default_manager.order_by("pk").values_list())


def test_admin_the_ledger_may_never_be_opened_for_editing():
    assert not LEDGER & EDITABLE


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_admin_delete_change_and_add_are_refused_to_a_superuser(model, superuser):
    write_rows(2)
    before = values(model)
    row = model._default_manager.order_by("pk").first()
    pages = [address(model, "add")]
    if row is not None:
        pages += [address(model, "change", row.pk), address(model, "delete", row.pk)]
    filled = {field.name: "1" for field in model._meta.concrete_fields} | {"post": "yes", "_save": "Save"}

    codes = {superuser.post(page, filled).status_code for page in pages}

    assert codes <= {403, 405}
    assert values(model) == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_admin_bulk_actions_change_nothing(model, superuser):
    write_rows(2)
    before = values(model)
    chosen = [row[0] for row in before]

    superuser.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": chosen, "index": 0, "post": "yes"},
    )
    superuser.post(
        address(model, "changelist"),
        {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": chosen[:1], "_save": "Save"},
    )

    assert values(model) == before
    assert not admin.site.get_model_admin(model).list_editable
