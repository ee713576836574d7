"""What tests of the pages around a campaign share: a cafe's program, drafts, and people with some permissions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty import services
from loyalty.models import Campaign, Program

START = datetime(2025, 3, 3, 12, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


def make_program(**more: Any) -> Program:
    """A cafe that counts whole points worth a cent each."""
    points = {"code": "points", "hold": "P14D", "worth": "0.01"}
    return services.create_program(slug="cafe", **{"currencies": [points], **more})


def percent(value: str, *, key: str = "bonus", to: str = "card", **more: Any) -> dict[str, Any]:
    """A campaign that gives a percentage of each purchase."""
    amount = {"kind": "loyalty.percent", "percent": value}
    action = {
        "slot": "main",
        "kind": "loyalty.credit",
        "recipient": to,
        "currency": "points",
        "amount": amount,
    }
    return {
        "key": key,
        "name": key.title(),
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [action],
        **more,
    }


def asks(kind: str, about: str = "card", **params: Any) -> dict[str, Any]:
    """One condition."""
    return {"kind": f"loyalty.{kind}", "about": about, "params": params}


def draft(program: Program, definition: dict[str, Any]) -> Campaign:
    """The rows of a draft."""
    return services.save_draft(program=program, definition=definition)


def spoil(campaign: Campaign) -> None:
    """Leave the draft without what it gives."""
    campaign.actions.all().delete()


def staff(*permissions: str, name: str = "mary") -> Client:
    """Somebody of the staff with these permissions of `loyalty`."""
    user = get_user_model().objects.create_user(name, password="secret", is_staff=True)
    wanted = Permission.objects.filter(content_type__app_label="loyalty", codename__in=permissions)
    user.user_permissions.set(wanted)
    return signed_in(user)


def boss() -> Client:
    """Somebody who may do everything."""
    return signed_in(get_user_model().objects.create_superuser("boss", password="secret"))


def signed_in(user: Any) -> Client:
    """A browser in which the user is signed in."""
    client = Client()
    client.force_login(user)
    return client


def page(name: str, campaign: Campaign | None = None, *more: Any) -> str:
    """The address of a page."""
    return reverse(f"admin:loyalty_campaign_{name}", args=[*([campaign.pk] if campaign else []), *more])


def stored() -> str:
    """All that `loyalty` has stored, as text."""
    rows = [
        row
        for model in apps.get_app_config("loyalty").get_models()
        for row in model._default_manager.order_by("pk")
    ]
    return str(serializers.serialize("json", rows))


def count_queries(client: Client, address: str, data: dict[str, Any] | None = None) -> int:
    """How many queries a page takes; with `data` it is posted."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address) if data is None else client.post(address, data)
    assert answer.status_code == 200
    return len(captured)


def basket(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The form of a test as a browser posts it."""
    data = {"card": "", "total": "", "tax": "", "discount": "", "channel": "", "occurred_at": "", **fields}
    data |= {"lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        for name in ("sku", "category", "quantity", "amount"):
            data[f"lines-{number}-{name}"] = line.get(name, "")
    return data
