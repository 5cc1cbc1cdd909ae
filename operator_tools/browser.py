"""A browser small enough to read: cookies, redirects, and HTML forms filled in and sent.

The seed and the command line use the same pages as people do, so there is no back door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 20


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


class Browser:
    """One person's browser: its cookies are hers alone."""

    def __init__(self, http: httpx.Client | None = None, *, stop_at: str | None = None) -> None:
        """`stop_at`: the address of an app that is not there; its page is not fetched.

        A private authority is trusted through `SSL_CERT_FILE`, as by every service; no proxy that
        the environment names comes in between.
        """
        self._stop_at = stop_at
        self._http = http or httpx.Client(
            verify=httpx.create_ssl_context(), timeout=20, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: str) -> Page:
        return self._follow(self._http.get(url, headers=_navigation(url, None)))

    def submit(
        self,
        page: Page,
        form: Form,
        values: dict[str, str] | None = None,
        *,
        press: tuple[str, str] | None = None,
        tick: tuple[str, ...] = (),
        choose: tuple[tuple[str, str], ...] = (),
    ) -> Page:
        """Fill in, tick boxes, press one button, follow where it leads.

        `tick` names boxes of which every one is ticked; `choose` picks single (name, value) boxes.
        """
        filled = dict(values or {})
        sent = [(n, filled.pop(n, v)) for n, v in form.values]
        sent += [*filled.items(), *((n, v) for n, v in form.boxes if n in tick), *choose]
        sent += [press] if press else form.buttons[:1]
        target = urljoin(page.url, form.action)
        headers = _navigation(target, page.url)
        if form.method == "get":
            return self._follow(self._http.get(f"{target}?{urlencode(sent)}", headers=headers))
        body: dict[str, list[str]] = {}
        for name, value in sent:
            if name:
                body.setdefault(name, []).append(value)
        return self._follow(self._http.post(target, data=body, headers=headers))

    def _follow(self, answer: httpx.Response) -> Page:
        for _ in range(MAX_REDIRECTS):
            if answer.status_code not in REDIRECTS:
                return read_page(str(answer.url), answer.status_code, answer.text)
            target = urljoin(str(answer.url), answer.headers["location"])
            if self._stop_at is not None and target.startswith(self._stop_at):
                return Page(target, 0, "", (), (), "")
            answer = self._http.get(target, headers=_navigation(target, str(answer.url)))
        raise BrowserError(f"{answer.url} redirects without end")


def _navigation(target: str, source: str | None) -> dict[str, str]:
    headers = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
    if source is None:
        return headers | {"Sec-Fetch-Site": "none"}
    same = _origin(source) == _origin(target)
    headers["Sec-Fetch-Site"] = "same-origin" if same else "same-site"
    return headers | {"Origin": _origin(source)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


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
