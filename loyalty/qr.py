"""QR codes of card numbers, tokens and links (extra `qr`): one function for each form, so that the library stays here."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.exceptions import ImproperlyConfigured

_QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks
_PIXELS = 8  # of a module in a PNG


def qr_svg(text: str) -> str:
    """The code of a text as SVG: black on a white ground of its own, for dark pages too; without a style attribute.

    It has no width and height but a viewBox, so that the page says how large it is. Raises ImproperlyConfigured
    without segno, ValueError for a text of more than some 2,900 bytes.
    """
    out = BytesIO()
    form = {"omitsize": True, "svgclass": None, "lineclass": None, "xmldecl": False, "nl": False}
    _make(text).save(out, kind="svg", border=_QUIET, dark="#000", light="#fff", **form)
    return out.getvalue().decode()


def qr_png(text: str) -> bytes:
    """The code of a text as a PNG picture, black on white. Raises as `qr_svg`."""
    out = BytesIO()
    _make(text).save(out, kind="png", scale=_PIXELS, border=_QUIET, dark="#000", light="#fff")
    return out.getvalue()


def _make(text: str) -> Any:
    try:
        import segno
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            "QR codes need segno: pip install 'django-loyalty-referrals[qr]'."
        ) from error
    return segno.make_qr(text, error="m")
