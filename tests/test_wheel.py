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
        "django.contrib.staticfiles",
        "rest_framework",
        "django_filters",
        "loyalty",
        "referrals",
    ],
    ROOT_URLCONF="__main__",
    STATIC_URL="/static/",
    ALLOWED_HOSTS=["testserver"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "referrals.middleware.ReferralMiddleware",
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

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("referrals.urls")),
    path("api/", include("loyalty.urls")),
    path("club/friends/", include("referrals.page_urls")),
    path("club/", include("loyalty.page_urls")),
    path("r/", include("referrals.landing_urls")),
]
call_command("migrate", verbosity=0)
call_command("check", fail_level="ERROR")

import loyalty
import referrals

assert all(Path(app.__file__).is_relative_to(sys.prefix) for app in (loyalty, referrals)), loyalty.__file__

from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client
from loyalty.services import create_program, enrol_card

for app in (loyalty, referrals):
    folder = Path(app.__file__).parent
    for template in sorted((folder / "templates").rglob("*.html")):
        get_template(str(template.relative_to(folder / "templates")))
    for static in (path for path in (folder / "static").rglob("*") if path.is_file()):
        assert finders.find(str(static.relative_to(folder / "static"))), static

create_program(slug="club")
user = User.objects.create_superuser("anna")
card = enrol_card(user=user)
client = Client()
client.force_login(user)
for address in (
    "/club/", "/club/statement/", "/club/token/", "/club/friends/", "/club/friends/invite/", "/api/v1/me/cards/",
    f"/api/v1/me/cards/{card.pk}/home/", f"/api/v1/me/cards/{card.pk}/link/", "/admin/", "/admin/loyalty/campaign/",
    "/admin/loyalty/campaign/add/?program=club", f"/admin/loyalty/card/{card.pk}/change/",
):
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
assert Client().get(f"/r/{card.number}").status_code == 302
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


def test_wheel_holds_templates_and_static_files_of_both_apps(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())

    for app in ("loyalty", "referrals"):
        assert any(name.startswith(f"{app}/templates/{app}/") for name in names)
        assert any(name.startswith(f"{app}/static/{app}/") for name in names)
    assert "loyalty/templates/admin/loyalty/campaign/change_form.html" in names
    assert "loyalty/static/loyalty/admin/campaign-editor.js" in names


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
