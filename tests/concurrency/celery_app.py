"""What a real Celery worker runs: the tasks of the apps, on the test database, with the broker of the test."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

app = Celery("races")
app.conf.update(
    broker_url=os.environ["LOYALTY_TEST_BROKER"],
    task_default_queue=os.environ["LOYALTY_TEST_QUEUE"],
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
app.autodiscover_tasks()
