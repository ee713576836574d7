"""What holds for every test: which database, which Hypothesis profile, which tests are left out and why."""

import os

import pytest
from celery import current_app
from django.db import connection
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests.database import in_ci, postgres_problem, wants_postgres

# CI draws the same examples each time, so that a landing stands on what was seen; laptops and soaks draw new ones.
# A failure prints how to repeat it.
hypothesis_settings.register_profile(
    "dev", derandomize=False, max_examples=50, deadline=None, print_blob=True
)
hypothesis_settings.register_profile("ci", derandomize=True, max_examples=100, deadline=None, print_blob=True)
hypothesis_settings.register_profile(
    "soak",
    derandomize=False,
    max_examples=int(os.environ.get("LOYALTY_SOAK") or 10_000),
    deadline=None,
    print_blob=True,
)


def chosen_profile() -> str:
    """LOYALTY_SOAK=10000 asks for that many examples a property; CI draws more than a laptop."""
    if os.environ.get("LOYALTY_SOAK"):
        return "soak"
    return "ci" if in_ci() else "dev"


hypothesis_settings.load_profile(chosen_profile())


def pytest_configure(config: pytest.Config) -> None:
    """A run that asked for PostgreSQL does not fall back to anything else."""
    # No test may knock at a broker that happens to run on this machine.
    current_app.conf.update(broker_url="memory://", task_ignore_result=True)
    is_worker = hasattr(config, "workerinput")
    if wants_postgres() and not is_worker and (problem := postgres_problem()):
        pytest.exit(problem, returncode=3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this run cannot do, each with its reason."""
    needs_postgres = pytest.mark.skip(reason="needs PostgreSQL: set LOYALTY_TEST_DB=postgres")
    needs_soak = pytest.mark.skip(reason="takes minutes: make soak")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.once)  # what a browser shows is the same on every database
        if item.get_closest_marker("postgres") and not wants_postgres():
            item.add_marker(needs_postgres)
        if item.get_closest_marker("soak") and not os.environ.get("LOYALTY_SOAK"):
            item.add_marker(needs_soak)


@pytest.fixture(autouse=True)
def _language_of_the_site():
    """The locale middleware leaves the language of the last request active in its thread; no test starts with it."""
    yield
    translation.deactivate()


def pytest_report_header() -> str:
    """Which database this run uses, at the top of the output."""
    return f"database: {connection.vendor}; hypothesis profile: {chosen_profile()}"
