"""The wheel that users install: what is in it, and that it works in an empty environment without extras."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import loyalty
from tests.database import in_ci

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.once

PROGRAM = """
from pathlib import Path
import sys

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    SECRET_KEY="x",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "rest_framework",
        "loyalty",
        "referrals",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)
call_command("check", fail_level="ERROR")

import loyalty
import referrals

assert all(Path(app.__file__).is_relative_to(sys.prefix) for app in (loyalty, referrals)), loyalty.__file__
print("installed", loyalty.__version__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_holds_both_packages_whole_and_nothing_else(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    sources = {
        str(path.relative_to(ROOT))
        for package in ("loyalty", "referrals")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    packaged = {name for name in names if ".dist-info/" not in name}

    assert packaged == sources
    assert {"loyalty/py.typed", "referrals/py.typed"} <= packaged
    assert not {name for name in names if name.startswith(("tests/", "example_project/"))}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_wheel_holds_migrations_and_compiled_messages(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    catalogues = {name for name in names if name.endswith(".po")}

    assert {"loyalty/migrations/__init__.py", "loyalty/migrations/0001_initial.py"} <= names
    assert {"referrals/migrations/__init__.py", "referrals/migrations/0001_initial.py"} <= names
    assert "loyalty/locale/ru/LC_MESSAGES/django.po" in catalogues
    assert {str(Path(name).with_suffix(".mo")) for name in catalogues} <= names


def test_wheel_installs_into_an_empty_environment_and_migrates(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True, check=False, timeout=600)
    if installed.returncode and not in_ci():
        pytest.skip(f"pip could not install: {installed.stderr.strip().splitlines()[-1:]}")
    assert installed.returncode == 0, installed.stderr

    result = subprocess.run(
        [str(python), "-I", "-c", PROGRAM],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == f"installed {loyalty.__version__}"
