"""A crawler of the admin: reads pages as a browser without JavaScript does, and fills in whatever form it finds."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.apps import apps

# What is typed into an empty box, by the last part of its name; the others stay empty.
TYPED = {
    "amount": "5",
    "card": "anna",
    "name": "Something new",
    "percent": "5",
    "q": "anna",
    "reason": "The member asked for it",
    "total": "50.00",
}
FORBIDDEN = re.compile(r"\bon[a-z]+|style")


@dataclass(frozen=True, slots=True)
class Press:
    """One way to send a form: where, what, and what the button is (digits are left out of the latter)."""

    address: str
    data: tuple[tuple[str, str], ...]
    button: str


@dataclass
class Form:
    """One form: its boxes as they stand, and its buttons."""

    address: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def presses(self, typed: dict[str, str]) -> Iterator[Press]:
        """Every button; of a list every action, with all rows ticked."""
        filled = [(name, value or typed.get(re.split(r"[-_.]", name)[-1], "")) for name, value in self.fields]
        for act in self.acts:
            ticked = [("_selected_action", row) for row in self.rows]
            yield Press(self.address, (*filled, *ticked, ("action", act)), f"action {act}")
        for name, value in [] if self.acts else self.buttons:
            pressed = [*filled, (name, value)] if name else filled
            yield Press(self.address, tuple(pressed), re.sub(r"\d+", "N", f"{name} {value}") if name else "")


class Page(HTMLParser):
    """What a page has: links, forms, texts, and what a strict policy would not let through."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, [], []
        self.texts: list[str] = []
        self.breaches: list[str] = []
        self._form: Form | None = None
        self._select, self._chosen, self._options = "", "", []
        self._area: list[str] | None = None
        self._quiet = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._judge(tag, told)
        if tag in ("script", "style", "pre", "code", "template"):
            self._quiet += 1
        if tag == "a" and told.get("href"):
            self.links.append(urljoin(self.address, told["href"]))
        elif tag == "form":
            address = urljoin(self.address, told.get("action") or self.address)
            self._form = Form(address, told.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._note(self._form, tag, told)

    def _judge(self, tag: str, told: dict[str, str]) -> None:
        found = [name for name in told if FORBIDDEN.fullmatch(name)]
        source = told.get("src") or (told.get("href") if tag == "link" else "") or ""
        if tag == "style" or (tag == "script" and not source and told.get("type") != "application/json"):
            found.append("inline")
        if urlsplit(source).netloc or told.get("href", "").startswith("javascript:"):
            found.append("outside")
        self.breaches += [f"<{tag}> {one}" for one in found]

    def _note(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "input":
            kind = told.get("type", "text")
            if name == "_selected_action":
                form.rows.append(value)
            elif kind == "submit":
                form.buttons.append((name, value))
            elif name and (kind not in ("checkbox", "radio") or "checked" in told):
                form.fields.append((name, value or ("on" if kind == "checkbox" else "")))
        elif tag == "button" and told.get("type", "submit") == "submit" and "disabled" not in told:
            form.buttons.append((name, value))
        elif tag == "select":
            self._select, self._chosen, self._options = name, "", []
        elif tag == "option":
            self._options.append(value)
            self._chosen = value if "selected" in told else self._chosen
        elif tag == "textarea":
            self._select, self._area = name, []

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
        elif data.strip() and not self._quiet:
            self.texts.append(" ".join(data.split()))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "pre", "code", "template"):
            self._quiet -= 1
        if self._form is None:
            return
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select == "action":
            self._form.acts = [one for one in self._options if one]
        elif tag == "select":
            self._form.fields.append((self._select, self._chosen or (self._options or [""])[0]))
        elif tag == "textarea" and self._area is not None:
            self._form.fields.append((self._select, "".join(self._area).strip()))
            self._area = None


def english_sentences() -> tuple[set[str], list[str]]:
    """Texts of our apps that no Russian page may show: whole ones, and the longest piece of those with placeholders."""
    whole, pieces = set(), []
    for label in ("loyalty", "loyalty_referrals"):
        path = Path(apps.get_app_config(label).path) / "locale" / "ru" / "LC_MESSAGES" / "django.mo"
        with path.open("rb") as file:
            catalog = gettext.GNUTranslations(file)._catalog
        for key, translated in catalog.items():
            text = key[0] if isinstance(key, tuple) else key
            text = " ".join(text.rpartition("\x04")[2].split())
            if not text or text == translated:
                continue
            if "%" not in text:
                whole |= {text, text[:1].upper() + text[1:]} if " " in text else set()
            else:
                longest = max(re.split(r"%(?:\(\w+\))?[sd%]|<[^>]+>", text), key=len).strip()
                pieces += [longest] if longest.count(" ") >= 3 else []
    return whole, pieces
