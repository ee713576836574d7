"""No theme is required, and django-unfold does not break the editor. It has to be installed first: in its own process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]


def test_the_editor_works_under_unfold():
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings_unfold",
        "LOYALTY_TEST_DB": "sqlite",
    }

    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.under_unfold"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
