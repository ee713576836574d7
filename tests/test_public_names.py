"""Every public name says what a caller needs: modules, functions, classes and what stands in classes."""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from loyalty.exceptions import LoyaltyError
from loyalty.signals import LoyaltySignal

pytestmark = pytest.mark.once

PUBLIC = (
    "loyalty.imports",
    "loyalty.presets",
    "loyalty.rules",
    "loyalty.selectors",
    "loyalty.services",
    "loyalty.signals",
    "loyalty.testing",
    "referrals.selectors",
    "referrals.services",
    "referrals.signals",
    "referrals.testing",
)


def public_names() -> Iterator[tuple[str, Any]]:
    for module in PUBLIC:
        found = importlib.import_module(module)
        yield module, found
        for name in found.__all__:
            yield f"{module}.{name}", getattr(found, name)


def is_documentable(thing: object) -> bool:
    """Whether a thing can bear a docstring: a constant and an alias of a type cannot."""
    return (
        inspect.isroutine(thing)
        or inspect.isclass(thing)
        or inspect.ismodule(thing)
        or isinstance(thing, LoyaltySignal)
    )


def is_documented(thing: Any) -> bool:
    doc = inspect.getdoc(thing) or ""
    # What a dataclass writes by itself is its signature.
    return bool(doc) and not (inspect.isclass(thing) and doc.startswith(f"{thing.__name__}("))


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class defines itself."""
    for name, member in vars(cls).items():
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(plain, property) and plain.fget.__module__.startswith("django."):
            continue  # a form's class has its media put in by Django
        if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
            yield name, getattr(cls, name)


@pytest.mark.parametrize("name", [name for name, thing in public_names() if is_documentable(thing)])
def test_every_public_name_has_a_docstring(name):
    thing = dict(public_names())[name]

    assert is_documented(thing)
    if inspect.isclass(thing):
        assert [member for member, value in members(thing) if not is_documented(value)] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_sorted_and_exist(module):
    names = importlib.import_module(module).__all__

    assert list(names) == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def refusals(base: type[LoyaltyError] = LoyaltyError) -> Iterator[type[LoyaltyError]]:
    for cls in base.__subclasses__():
        yield cls
        yield from refusals(cls)


def test_the_refusals_that_docstrings_name_exist():
    known = {cls.__name__ for cls in refusals()} | set(dir(builtins)) | {"ValidationError"}
    told = {
        (name, word)
        for name, thing in public_names()
        for sentence in (inspect.getdoc(thing) or "").split("Raises ")[1:]
        for word in re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", sentence.split("\n\n")[0])
    }

    assert len(told) > 50
    assert {(name, word) for name, word in told if word not in known} == set()
