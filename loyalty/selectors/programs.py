"""Which program is meant, and which of its currencies."""

from __future__ import annotations

from loyalty.conf import loyalty_settings
from loyalty.exceptions import CurrencyNotFound, CurrencyNotSpendable, ProgramAmbiguous, ProgramNotFound
from loyalty.models import Currency, Program

ProgramLike = Program | str | None


def get_program(program: ProgramLike = None) -> Program:
    """The program itself, the one with this slug, or the one that is meant when none is named.

    That is LOYALTY["DEFAULT_PROGRAM"], else the only one. Raises ProgramNotFound, ProgramAmbiguous.
    """
    if isinstance(program, Program):
        return program
    slug = program or loyalty_settings.DEFAULT_PROGRAM
    if slug is not None:
        found = Program.objects.filter(slug=slug).first() if slug.isprintable() else None
        if found is None:
            raise ProgramNotFound(slug=slug)
        return found
    programs = list(Program.objects.order_by("pk")[:2])
    if not programs:
        raise ProgramNotFound
    if len(programs) > 1:
        raise ProgramAmbiguous
    return programs[0]


def get_spending_currency(program: Program) -> Currency:
    """The one currency of a program that can be spent.

    Raises CurrencyNotSpendable when none can, CurrencyNotFound when there are several to choose from.
    """
    found = list(Currency.objects.filter(program=program, spendable=True).order_by("pk")[:2])
    if not found:
        raise CurrencyNotSpendable
    if len(found) > 1:
        raise CurrencyNotFound(currency="")
    return found[0]
