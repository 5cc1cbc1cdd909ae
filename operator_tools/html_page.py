"""A page as the small browser reads it: its forms, links and title, by the HTML that it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


class BrowserError(Exception):
    """A page was not what a person would expect there: one sentence."""


@dataclass
class Form:
    """A form with what it would send untouched, and what could be chosen besides."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        sent = (*self.values, *self.boxes, *self.buttons)
        return frozenset(name for name, _ in sent)


@dataclass(frozen=True)
class Page:
    """What came back, where from, and the forms on it."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]
    links: tuple[str, ...]
    title: str

    def form(self, *names: str) -> Form:
        """The first form that has all these fields or buttons."""
        for found in self.forms:
            if found.names.issuperset(names):
                return found
        wanted = ", ".join(names)
        raise BrowserError(
            f"{self.url} answered {self.status} ({self.title}) without a form for {wanted}"
        )

    def has_form(self, *names: str) -> bool:
        return any(found.names.issuperset(names) for found in self.forms)


def read_page(url: str, status: int, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(url, status, text, tuple(reader.forms), tuple(reader.links), reader.title.strip())


class _Reader(HTMLParser):
    """Collects links and the successful controls of each form (HTML 4.10.21.4)."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.title = ""
        self._open: Form | None = None
        self._inside = ""
        self._select = self._area = ""
        self._area_text = ""
        self._first_option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "title":
            # The page's own; drawings have titles too.
            self._inside = "" if self.title else "title"
        elif tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None and "disabled" not in given:
            self._control(self._open, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text" if tag == "input" else "submit").lower()
        if tag == "input" and kind in ("checkbox", "radio"):
            chosen = form.values if "checked" in given else form.boxes
            chosen.append((name, value or "on"))
        elif tag in ("input", "button") and kind == "submit":
            form.buttons.append((name, value))
        elif tag == "input" and kind not in ("button", "reset", "image", "file"):
            form.values.append((name, value))
        elif tag == "textarea":
            self._area, self._area_text = name, ""
        elif tag == "select":
            self._select, self._first_option = name, None
        elif tag == "option" and self._select:
            if "selected" in given:
                form.values.append((self._select, value))
                self._select = ""
            elif self._first_option is None:
                self._first_option = value

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
        elif self._area:
            self._area_text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._inside = ""
        elif tag == "form":
            self._open = None
        elif tag == "textarea" and self._area and self._open:
            self._open.values.append((self._area, self._area_text))
            self._area = ""
        elif tag == "select" and self._open:
            if self._select and self._first_option is not None:
                self._open.values.append((self._select, self._first_option))
            self._select = ""
