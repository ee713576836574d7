"""What an accountant takes along: what was owed by currency and day, as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from unicodedata import normalize

from django.http import StreamingHttpResponse

from loyalty.admin.dashboard.period import Period
from loyalty.money import to_decimal_string
from loyalty.selectors.dashboard import MOVED, owed_by_day

_HEADER = ("day", "currency", *MOVED, "owed", "worth", "cost")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# What spreadsheets take for the beginning of a formula, also after blanks, and in its fullwidth forms.
_FORMULA = frozenset("=+-@|%")


def safe_cell(value: object) -> str:
    """A cell that is text to a spreadsheet, unless it is a plain number (OWASP, CSV injection)."""
    text = str(value)
    if _NUMBER.fullmatch(text):
        return text
    begins = normalize("NFKC", text).lstrip()[:1]
    return f"'{text}" if (begins in _FORMULA and begins) or (text[:1] in "\t\r\n" and text) else text


def export_owed(period: Period) -> StreamingHttpResponse:
    """A row for each currency and day, amounts in the currency's units; written while it is read."""
    answer = StreamingHttpResponse(_lines(_rows(period)), content_type="text/csv; charset=utf-8")
    name = f"owed-{period.program.slug}-{period.since.isoformat()}-{period.until.isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _rows(period: Period) -> Iterator[tuple[object, ...]]:
    yield _HEADER
    places = period.program.decimals
    for day, currency, moved, owed in owed_by_day(
        program=period.program, since=period.since, until=period.until
    ):
        amounts = [to_decimal_string(moved[name], currency.decimals) for name in MOVED]
        text = to_decimal_string(owed, currency.decimals)
        worth = currency.worth
        cost = "" if worth is None else f"{owed * worth / 10**currency.decimals:.{places}f}"
        yield (day.isoformat(), currency.code, *amounts, text, "" if worth is None else worth, cost)


def _lines(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(value) for value in row])
        yield line.getvalue()
