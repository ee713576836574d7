"""Staff with some permissions, and the addresses of their pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def staff_with(*permissions: str, name: str = "kim") -> Client:
    """Somebody in the admin who may do these things, such as "view_card"; `client.user` is who."""
    user = get_user_model().objects.create_user(name, is_staff=True)
    found = Permission.objects.filter(content_type__app_label="loyalty", codename__in=permissions)
    assert found.count() == len(permissions)
    user.user_permissions.set(found)
    client: Any = Client()
    client.force_login(user)
    client.user = user
    return client


def boss() -> Client:
    """Somebody who may do everything."""
    client: Any = Client()
    client.user = get_user_model().objects.create_superuser("boss")
    client.force_login(client.user)
    return client


def page(row: models.Model, name: str = "change") -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def queries_of(client: Client, address: str) -> int:
    """How many queries a page costs, the second time that it is opened."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
