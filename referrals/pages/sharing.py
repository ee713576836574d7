"""Ways to send a link: plain addresses that open a messenger or a letter. Nothing is loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Way:
    """A messenger and the address that opens it with the text ready to be sent."""

    name: str
    label: str | Promise
    address: str


def list_ways(*, address: str, text: str) -> list[Way]:
    """Telegram, WhatsApp, VK and e-mail, each with the member's text and link."""
    link, words, both = _quote(address), _quote(text), _quote(f"{text}: {address}")
    return [
        Way("telegram", _("Telegram"), f"https://t.me/share/url?url={link}&text={words}"),
        Way("whatsapp", _("WhatsApp"), f"https://wa.me/?text={both}"),
        Way("vk", _("VK"), f"https://vk.com/share.php?url={link}&title={words}"),
        Way("email", _("E-mail"), f"mailto:?subject={words}&body={both}"),
    ]


def _quote(text: str) -> str:
    return quote(text, safe="")
