"""Celery workers behind a real broker drain the inbox in parallel (S3); the broker is only a bell."""

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
from django.db import connection
from kombu import Connection
from kombu.exceptions import OperationalError

from loyalty.models import Event
from loyalty.processing.process import count_pending, process_pending
from tests.concurrency import books
from tests.concurrency.history import write_history
from tests.database import in_ci

pytestmark = [pytest.mark.postgres]

ROOT = Path(__file__).resolve().parents[2]
BROKERS = {
    "redis": os.environ.get("LOYALTY_TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
    "rabbitmq": os.environ.get("LOYALTY_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
PATIENCE = 90


def require(name: str) -> str:
    """The broker's URL. Where it does not answer: a failure in CI, one line elsewhere."""
    url = BROKERS[name]
    try:
        with Connection(url, connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1)
    except (OperationalError, OSError) as error:
        problem = f"{name} does not answer at {url}: {error}"
        pytest.fail(problem) if in_ci() else pytest.skip(problem)
    return url


@contextmanager
def celery_workers(broker: str, queue: str, *, count: int) -> Iterator[None]:
    """Celery workers of two processes each, on the test database."""
    settings = connection.settings_dict
    address = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "LOYALTY_TEST_BROKER": broker,
        "LOYALTY_TEST_QUEUE": queue,
        "LOYALTY_TEST_DB": "postgres",
        "LOYALTY_TEST_DATABASE_URL": f"postgres://{address}/{settings['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "celery", "-A", "tests.concurrency.celery_app", "worker", "-c", "2"]
    quiet = ["-Q", queue, "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"]
    started = [
        subprocess.Popen([*command, *quiet, "-n", f"{queue}-{number}@%h"], cwd=ROOT, env=environment)
        for number in range(count)
    ]
    try:
        yield
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.wait(timeout=PATIENCE)


def wait_until_drained() -> None:
    """Until nothing is pending."""
    deadline = time.monotonic() + PATIENCE
    while count_pending():
        assert time.monotonic() < deadline, f"{count_pending()} events are still pending."
        time.sleep(0.2)


@pytest.mark.parametrize("name", BROKERS)
@pytest.mark.django_db(transaction=True)
def test_s3_celery_workers_drain_in_parallel(name: str) -> None:
    broker, queue = require(name), f"loyalty-test-{uuid.uuid4().hex[:12]}"
    together = write_history("together", events=600, cards=200, spends=False)
    bell = Celery("bell", broker=broker)

    with celery_workers(broker, queue, count=2):
        for _ring in range(8):  # four would do: a task that comes twice finds nothing left
            bell.send_task("loyalty.tasks.process_inbox", args=["together"], queue=queue)
        wait_until_drained()
    with bell.connection_for_write() as left:
        left.default_channel.queue_delete(queue)

    assert books.out_of_order() == []
    alone = write_history("alone", events=600, cards=200, spends=False)
    process_pending(program=alone)
    assert books.tally(together) == books.tally(alone)
    assert books.balances(together) == books.balances(alone)
    assert Event.objects.exclude(status="processed", attempts=0, error="").count() == 0
    assert books.problems() == {}
