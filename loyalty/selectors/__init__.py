"""Reads over several tables: finding cards, balances, statements, totals, why an event ended as it did."""

from loyalty.selectors.cards import CardLike, find_card, resolve_card
from loyalty.selectors.programs import ProgramLike, get_program

__all__ = ["CardLike", "ProgramLike", "find_card", "get_program", "resolve_card"]
