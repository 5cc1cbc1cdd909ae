"""A browser small enough to read: cookies, redirects, and HTML forms filled in and sent.

The seed and the command line use the same pages as people do, so there is no back door.
"""

from __future__ import annotations

from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from operator_tools.html_page import BrowserError, Form, Page, read_page

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 20


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
