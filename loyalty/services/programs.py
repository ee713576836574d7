"""Programs: setting one up, and finding the one that is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import router, transaction

from loyalty.models import Currency, Program
from loyalty.selectors.programs import get_program
from loyalty.services.fields import clean_text

__all__ = ["create_currency", "create_program", "get_program"]


def create_program(
    *,
    slug: str,
    name: str = "",
    purchase_currency: str = "EUR",
    timezone: str = "UTC",
    card_number_pattern: str = "",
    currencies: Sequence[Mapping[str, Any]] = ({"code": "points"},),
) -> Program:
    """Create a program with the currencies that it counts in.

    Each currency is given by the fields of `Currency` (`code`, `name`, `decimals`, `hold`, `validity`,
    `clawback`, `spendable` ...); a name left out is made of the code. Raises Django's ValidationError.
    """
    program = Program(
        slug=slug,
        name=clean_text(name) or slug.replace("-", " ").capitalize(),
        purchase_currency=purchase_currency,
        timezone=timezone,
        card_number_pattern=card_number_pattern,
    )
    with transaction.atomic(using=router.db_for_write(Program)):
        program.full_clean()
        program.save()
        for fields in currencies:
            create_currency(program=program, **fields)
    return program


def create_currency(*, program: Program, code: str, name: str = "", **fields: Any) -> Currency:
    """Create a currency in a program by the fields of `Currency`; a name left out is made of the code.

    Raises Django's ValidationError.
    """
    # A name of which nothing is left is refused as a blank one; only one that was not given is made of the code.
    named = clean_text(name) if name else code.replace("-", " ").capitalize()
    currency = Currency(program=program, code=code, name=named, **fields)
    currency.full_clean()
    currency.save(using=router.db_for_write(Currency, instance=program))
    return currency
