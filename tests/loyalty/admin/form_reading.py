"""What a browser would send for a form as it stands on a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """The boxes of the editor's form with their values, in the order of the page; buttons are pressed by whoever asks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, bool]] = []
        self._inside = False
        self._select: list[Any] | None = None
        self._option: tuple[str, bool] | None = None
        self._textarea: list[str] | None = None
        self._name = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self._inside = "data-campaign-editor" in told
        if not self._inside:
            return
        name = told.get("name") or ""
        if tag == "input" and name and told.get("type") != "submit":
            self._input(name, told)
        elif tag == "select":
            self._name, self._select = name, []
        elif tag == "option" and self._select is not None:
            self._select.append((told.get("value") or "", "selected" in told))
        elif tag == "textarea":
            self._name, self._textarea = name, []
        elif tag == "button" and name:
            self.buttons.append((name, told.get("value") or "", "disabled" in told))

    def _input(self, name: str, told: dict[str, str | None]) -> None:
        if told.get("type") not in ("checkbox", "radio"):
            self.fields.append((name, told.get("value") or ""))
        elif "checked" in told:
            self.fields.append((name, told.get("value") or "on"))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._select if selected] or [self._select[0][0]]
            self.fields += [(self._name, value) for value in chosen]
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            # The first line break after the tag is none; a browser sends the others as two characters.
            text = "".join(self._textarea).replace("\r\n", "\n").removeprefix("\n").replace("\n", "\r\n")
            self.fields.append((self._name, text))
            self._textarea = None

    def data(self, **typed: Any) -> dict[str, list[str]]:
        """The values by name; `typed` replaces those of the names given, with "__" for a hyphen."""
        sent: dict[str, list[str]] = {}
        for name, value in self.fields:
            if name != "csrfmiddlewaretoken":
                sent.setdefault(name, []).append(value)
        for name, value in typed.items():
            sent[name.replace("__", "-")] = value if isinstance(value, list) else [value]
        return sent
