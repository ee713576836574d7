"""Hosts of other shapes: ATOMIC_REQUESTS, no throttling cache, no drf-spectacular."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from loyalty.models import Campaign, Card, Event
from loyalty.testing import balance_of

PURCHASES = "/api/v1/till/purchases/"


@pytest.mark.django_db(transaction=True)
def test_under_atomic_requests_effect_and_answer_are_in_a_transaction_of_ours(
    backend: APIClient, rich: Card, ten_percent: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    body = {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"}
    bought = backend.post(PURCHASES, body, headers={"Idempotency-Key": "k"})
    refused = backend.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1", "amount": "100.01"})

    assert (bought.status_code, bought.json()["state"], balance_of(rich)) == (201, "applied", "110")
    assert (refused.status_code, Event.objects.filter(kind="loyalty.refund").count()) == (409, 0)


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_fails_does_not_lose_the_purchase(
    backend: APIClient, card: Card, ten_percent: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_anything: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("loyalty.processing.process.decide", fail)
        body = {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"}
        answer = backend.post(PURCHASES, body)
    event = Event.objects.get(kind="loyalty.purchase")

    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert (event.status, event.attempts, event.error) == ("pending", 1, "ZeroDivisionError: ")


def test_without_drf_spectacular_and_segno_the_api_imports() -> None:
    program = """
import sys
sys.modules["drf_spectacular"] = sys.modules["segno"] = None
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "loyalty"], SECRET_KEY="x")
django.setup()
import loyalty.urls
from loyalty.api.schema import SCHEMA
from loyalty.qr import qr_svg
assert SCHEMA is None
try:
    qr_svg("x")
except Exception as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "QR codes need segno: pip install 'django-loyalty-referrals[qr]'.\n"
