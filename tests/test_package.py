"""What holds for the code as a whole: names, versions, sizes of files, purity of the engine."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from django.apps import apps

import loyalty

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.once

# What pure code may import beside the standard library. `Q` describes a query and runs none.
PURE_DJANGO = ("django.forms", "django.utils", "django.core.exceptions", "django.core.validators")
PURE_NAMES = {"django.db.models": {"Q"}}
PURE_OWN = (
    "loyalty.rules",
    "loyalty.ledger",
    "loyalty.exceptions",
    "loyalty.codes",
    "loyalty.money",
    "loyalty.periods",
)
IMPURE_STANDARD = {
    "asyncio",
    "http",
    "io",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "urllib",
}


def source_files(*folders: str) -> list[Path]:
    """Every module written by hand below the folders, so without migrations."""
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.relative_to(ROOT).parts
    ]


def imports(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Each module imported at run time, with the names taken from it; `if TYPE_CHECKING` does not count."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module), {alias.name for alias in node.names}
        pending.extend(ast.iter_child_nodes(node))


def is_pure(module: str, names: set[str]) -> bool:
    """Whether an import brings no database, clock, network or chance along."""
    root = module.partition(".")[0]
    if module in {"django", "loyalty", "loyalty.ledger"}:
        return all(is_pure(f"{module}.{name}", set()) for name in names)
    if root == "loyalty":
        return module.startswith(PURE_OWN) and module != "loyalty.ledger.writer"
    if root == "django":
        return module.startswith(PURE_DJANGO) or (bool(names) and names <= PURE_NAMES.get(module, set()))
    return root not in IMPURE_STANDARD and root not in {"celery", "rest_framework", "psycopg", "redis"}


def test_version_is_the_same_in_the_code_and_in_the_distribution():
    assert PYPROJECT["project"]["version"] == loyalty.__version__


def test_core_needs_four_distributions_and_no_more():
    assert PYPROJECT["project"]["dependencies"] == [
        "django>=5.2",
        "djangorestframework>=3.18",
        "django-filter>=25.2",
        "celery>=5.6",
    ]


@pytest.mark.parametrize(("name", "label"), [("loyalty", "loyalty"), ("referrals", "loyalty_referrals")])
def test_app_has_its_label_and_big_keys(name, label):
    config = apps.get_app_config(label)

    assert config.name == name
    assert config.default_auto_field == "django.db.models.BigAutoField"


PURE_FILES = [path for path in source_files("loyalty/rules", "loyalty/ledger") if path.name != "writer.py"]


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_decisions_and_ledger_arithmetic_import_nothing_that_reads_or_writes(path):
    assert [module for module, names in imports(path) if not is_pure(module, names)] == []


@pytest.mark.parametrize(
    ("source", "pure"),
    [
        ("from django.db.models import Q", True),
        ("from django.db.models import Q, Sum", False),
        ("from django.db import connection", False),
        ("from django import forms", True),
        ("from loyalty.money import to_minor", True),
        ("from loyalty import models", False),
        ("from loyalty.ledger import book", True),
        ("from loyalty.ledger import writer", False),
        ("from loyalty.models import Card", False),
        ("from datetime import datetime", True),
        ("import random", False),
    ],
)
def test_purity_is_judged_by_import(tmp_path, source, pure):
    path = tmp_path / "example.py"
    path.write_text(source, encoding="utf-8")

    assert all(is_pure(module, names) for module, names in imports(path)) is pure


def test_models_take_nothing_but_the_user_model_from_settings():
    taken = {
        node.attr
        for path in source_files("loyalty/models", "referrals/models")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "settings"
    }

    assert taken <= {"AUTH_USER_MODEL"}


def test_no_file_is_longer_than_300_lines():
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in source_files("loyalty", "referrals")
    }

    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 300} == {}


def test_files_stay_small():
    lengths = [
        len(path.read_text(encoding="utf-8").splitlines()) for path in source_files("loyalty", "referrals")
    ]

    assert median(lengths) <= 80


def test_no_module_is_a_drawer_for_everything():
    names = {path.stem for path in source_files("loyalty", "referrals")}

    assert names.isdisjoint({"utils", "util", "helpers", "common", "misc"})
