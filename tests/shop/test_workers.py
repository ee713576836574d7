"""The shop on PostgreSQL with a real Celery worker, by environment variables alone: the broker is Redis, then RabbitMQ."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.contrib.auth import get_user_model
from django.db import connection

from loyalty.models import Event
from loyalty.selectors import find_card
from loyalty.testing import balance_of
from tests.concurrency.test_broker import BROKERS, require
from tests.shop.visiting import order, sign_up, text_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds; beat rings every five


@contextmanager
def worker(broker: str, queue: str, folder: Path) -> Iterator[None]:
    """`celery -A example_project worker --beat`, on the test database."""
    settings = connection.settings_dict
    address = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {
        "LOYALTY_DATABASE": f"postgres://{address}/{settings['NAME']}",
        "LOYALTY_PROCESSING": "deferred",
        "CELERY_BROKER_URL": broker,
        "CELERY_QUEUE": queue,
    }
    command = [sys.executable, "-m", "celery", "-A", "example_project", "worker", "--beat", "-c", "1"]
    quiet = ["--without-gossip", "--without-mingle", "-l", "ERROR", "-n", f"{queue}@%h"]
    started = subprocess.Popen([*command, *quiet, "-s", str(folder / "beat")], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        started.terminate()
        started.wait(timeout=PATIENCE)


@pytest.mark.parametrize("name", BROKERS)
def test_a_worker_counts_the_points_of_an_order(name, shelf, browser, settings, tmp_path):
    broker, queue = require(name), f"shop-test-{uuid.uuid4().hex[:12]}"
    settings.LOYALTY = {"DEFAULT_PROGRAM": "shop", "PROCESSING": "deferred"}
    sign_up(browser, "anna")
    placed = order(browser, gooseneck_kettle=1)
    assert "Your points are being counted." in text_of(browser.get(placed.get_absolute_url()))
    card = find_card(user=get_user_model().objects.get(username="anna"))
    assert balance_of(card) == "0"

    with worker(broker, queue, tmp_path):
        deadline = time.monotonic() + PATIENCE
        while Event.objects.filter(status="pending").exists():
            assert time.monotonic() < deadline, "The worker has not counted the order."
            time.sleep(0.3)
    with Celery("left", broker=broker).connection_for_write() as left:
        left.default_channel.queue_delete(queue)

    assert balance_of(card) == "245"
    assert "+245" in text_of(browser.get(placed.get_absolute_url()))
