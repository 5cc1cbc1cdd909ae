"""Everybody at their pages in one seeded world: what each can walk to, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from demo.cast import BY_LOGIN, OWNER, PASSWORD, WITH_A_LINK
from operator_tools.browser import Browser
from operator_tools.html_page import Page
from operator_tools.signing_in import sign_in_and_allow
from tests.e2e.crawl import shape_of
from tests.world import World

_TIMES = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b")
_APART = frozenset({"script", "style", "title", "svg", "nav", "footer", "header"})


@dataclass
class Person:
    """A browser that is signed in, and one address for each shape of page that it leads to."""

    login: str
    browser: Browser
    home: str
    pages: dict[str, str] = field(default_factory=dict)

    def walk(self, *more: str) -> None:
        """Follow links from the first page; the first address of a shape stands for all of them."""
        waiting = [self.home, *more]
        while waiting:
            address = waiting.pop(0)
            shape = shape_of(address).partition("/")[2]
            if shape in self.pages:
                continue
            page = self.browser.get(address)
            if page.status != 200 or not page.url.startswith(origin(self.home)):
                continue
            self.pages[shape] = address
            links = (urljoin(page.url, link).partition("#")[0] for link in page.links)
            waiting += [link for link in links if link.startswith(origin(self.home))]


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def alice_at_home(world: World) -> Person:
    """Alice in her portal, with a share that she has begun."""
    browser = world.browser()
    page = browser.get(world.layout.portal + "/")
    page = browser.submit(page, page.form("csrf_token"))
    page = sign_in_and_allow(browser, page, OWNER, PASSWORD)
    return Person(OWNER, browser, page.url)


def at_the_clinic(world: World, login: str) -> Person:
    """Somebody in the clinic app who followed the link that Alice gave."""
    browser = world.browser()
    named = [("from", BY_LOGIN[OWNER].name), *(("at", base) for base in world.bases.values())]
    page = browser.get(f"{world.layout.requester}/open?{urlencode(named)}")
    page = sign_in_and_allow(browser, page, login, PASSWORD)
    form = page.form("at", "purpose")
    purpose = WITH_A_LINK.get(login, "TREAT")
    browser.submit(page, form, {"purpose": purpose}, press=("then", "open"))
    return Person(login, browser, f"{world.layout.requester}/")


def said(page: Page) -> str:
    """What a reader of the page is told: the words of its main part, times of day left out."""
    reader = _Words()
    reader.feed(page.text)
    return _TIMES.sub("TIME", " ".join(" ".join(reader.words).split()))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._apart: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _APART:
            self._apart.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._apart and tag == self._apart[-1]:
            self._apart.pop()

    def handle_data(self, data: str) -> None:
        if not self._apart:
            self.words.append(data)


WHOSE = {"alice": "owner", "bob": "reader", "priya": "asker", "sam": "reader", "dana": "reader"}
GROWS = re.compile(r"looked.*|notices.*|(\?(by|show|by&show))?")
"""Each look of somebody is told here, so these pages are never the same twice."""
EVERY = re.compile(".*")
PAUSE = ("find", "share/new/who")
"""A page of each app that asks no clinic."""
Said = dict[tuple[str, str], tuple[int, str]]


class Everybody:
    """All people at their pages, and what the pages say when all is well."""

    def __init__(self, world: World) -> None:
        self.world = world
        apart = [alice_at_home(world)]
        self.people = apart + [at_the_clinic(world, login) for login in WHOSE if login != "alice"]
        for person in self.people:
            person.walk()
        self.well = self.read(self.people)

    def read(self, people: list[Person], pages: re.Pattern[str] = EVERY) -> Said:
        """(login, shape) -> status and words, of these pages of theirs now."""
        return {
            (person.login, shape): _read(person, address)
            for person in people
            for shape, address in person.pages.items()
            if pages.fullmatch(shape)
        }

    def changed(self, now: Said) -> Iterator[tuple[tuple[str, str], str]]:
        """The pages that read otherwise than when all is well."""
        for where, (status, words) in now.items():
            if not GROWS.fullmatch(where[1]) and (status, words) != self.well[where]:
                yield where, f"{status} {words}"

    def later(self) -> None:
        """Keys end, and what was counted a minute ago is asked again; everybody is still there."""
        self.world.clock.now += timedelta(minutes=6)  # type: ignore[attr-defined]
        for person in self.people:
            person.browser.get(person.home + PAUSE[person.login == OWNER])

    def start_anew(self) -> None:
        """Both apps and a clinic as new processes, which remember what is stored."""
        for app in ("portal", "requester", "cedar"):
            self.world.apps.pop(app, None)  # type: ignore[attr-defined]


def _read(person: Person, address: str) -> tuple[int, str]:
    page = person.browser.get(address)
    return page.status, said(page)
