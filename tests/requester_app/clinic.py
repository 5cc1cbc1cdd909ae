"""The requester app with fakes around it, and a person who clicks through it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from werkzeug.test import TestResponse

from heart_uma.jose import KeySet
from requester_app.app import create_app
from requester_app.context import RequesterApp
from requester_app.settings import RequesterSettings
from tests.conftest import Clock
from tests.requester_app import alice
from tests.requester_app.fakes import FakeAs, FakeRs

CEDAR = "http://localhost:8401/fhir/r/cedar0000000000000000a"
HARBOR = "http://localhost:8405/fhir/r/harbor000000000000000b"
HOME = "http://localhost:8406/fhir/r/home00000000000000000c"
ALL_KINDS = {
    "about", "conditions", "medicines", "allergies", "results", "vitals", "vaccines", "visits",
    "procedures", "documents",
}  # fmt: skip
SECRET = "a-secret-for-tests-0123456789abcdef"
APP_KEYS = KeySet.generate()


@dataclass
class Clinic:
    """The app, its neighbours, and verbs of one person's browser."""

    clock: Clock
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.auth = FakeAs(self.clock)
        self.sources = {
            CEDAR: FakeRs(self.auth, CEDAR, "Cedar Valley Family Practice", alice.clinic()),
            HARBOR: FakeRs(
                self.auth,
                HARBOR,
                "Harbor Counseling",
                alice.counselor(),
                includes=[alice.patient()],
            ),
            HOME: FakeRs(self.auth, HOME, "Home devices", alice.home(), includes=[alice.patient()]),
        }
        for base in (HARBOR, HOME):
            self.sources[base].includes.append(alice.patient())
        key_file = self.folder / "requester-keys.json"
        APP_KEYS.save(key_file)
        self.mounts = {
            "http://localhost:8400": self.auth.app(),
            "http://localhost:8401": self.sources[CEDAR].app(),
            "http://localhost:8405": self.sources[HARBOR].app(),
            "http://localhost:8406": self.sources[HOME].app(),
        }
        self.calls: list[httpx.Request] = []
        http = httpx.Client(
            mounts={host: httpx.WSGITransport(app=app) for host, app in self.mounts.items()},
            event_hooks={"request": [self.calls.append]},
        )
        given = {"key_file": key_file, "secret": SECRET, "database_url": "sqlite://"}
        settings = RequesterSettings(**{**given, **self.settings})
        self.app: RequesterApp = create_app(settings, clock=self.clock, http=http)
        self.browser = self.app.test_client()
        self.pages: list[str] = []

    def get(self, path: str) -> TestResponse:
        """Open a page, following redirects of the app itself."""
        return self._seen(self.browser.get(path, follow_redirects=False))

    def _seen(self, answer: TestResponse) -> TestResponse:
        while onward := _onward(answer):
            answer = self.browser.get(onward)
        self.pages.append(answer.text)
        return answer

    def sign_in(self, person: str = "priya", next_path: str = "/") -> TestResponse:
        """Go through the authorization server as `person`."""
        self.auth.person = person
        begin = self.browser.get("/login?" + urlencode({"next": next_path}))
        query = begin.headers["Location"].split("?", 1)[1]
        back = self.mounts["http://localhost:8400"].test_client().get("/authorize?" + query)
        return self._seen(
            self.browser.get(back.headers["Location"].removeprefix(self.app.settings.url))
        )

    def send(self, page: str, fields: dict[str, Any] | None = None, to: str = "") -> TestResponse:
        """Press a button of the last form on `page`, with `fields` filled in."""
        form = hidden(page, to)
        form.update(fields or {})
        return self._seen(self.browser.post(form.pop("action"), data=form))

    def open_alice(self, *bases: str, then: str = "open", purpose: str = "") -> TestResponse:
        """Follow Alice's link and keep it."""
        query = urlencode({"from": "Alice Moreno", "at": list(bases or self.sources)}, doseq=True)
        page = self.get(f"/open?{query}")
        assert page.status_code == 200, page.text
        return self.send(page.text, {"then": then, "purpose": purpose}, to="/open")

    def pointer(self) -> str:
        """The id of the first patient on the list."""
        found = re.search(r'/chart/([\w-]+)"', self.get("/").text)
        assert found
        return found[1]

    def share(self, person: str, kinds: set[str] | None = None) -> None:
        """The patient shares `kinds` of every source."""
        for base in self.sources:
            self.auth.shares[(person, base)] = set(ALL_KINDS if kinds is None else kinds)

    def ask(self, **changes: Any) -> TestResponse:
        """Fill in the ask page, look at the preview, send."""
        page = self.get(f"/ask/{self.pointer()}")
        answers = {
            "kind": ["conditions", "medicines"],
            "purpose": "TREAT",
            "words": "You see me on Friday.",
            "length": "183",
            **changes,
        }
        preview = self.send(page.text, {**answers, "then": "preview"}, to="/ask/")
        if "What they read" not in preview.text:
            return preview
        return self.send(preview.text, {"then": "send"}, to="/ask/")


def _onward(answer: TestResponse) -> str:
    """Where a browser goes on by itself inside the app: a redirect, or a page that moves on."""
    if answer.status_code in (302, 303) and answer.headers["Location"].startswith("/"):
        return str(answer.headers["Location"])
    found = re.search(r'http-equiv="refresh" content="0; url=(/[^"]+)"', answer.text)
    return unescape(found[1]) if found else ""


def hidden(page: str, to: str = "") -> dict[str, Any]:
    """The hidden fields of the first form whose action holds `to` (forms without: this page)."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        tag = form.split(">", 1)[0]
        action = re.search(r'action="([^"]*)"', tag)
        address = unescape(action[1]) if action else ""
        if (to and to not in (address or to)) or "/ui/display" in address or "/logout" in address:
            continue
        found: dict[str, Any] = {"action": address}
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form):
            found.setdefault(name, []).append(unescape(value))
        if not address:
            found["action"] = _own_address(page)
        return found
    raise AssertionError("no such form")


def _own_address(page: str) -> str:
    """The page's own address, as the colour switch of the frame remembers it."""
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found
    return unescape(found[1]).split("?")[0]
