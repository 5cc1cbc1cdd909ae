"""A person at a browser: signs in, presses, reads; everything she meets is watched."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.cast import BY_LOGIN, PASSWORD
from heart_ui import display
from tests.e2e.house import House, Problems

PATIENCE = 20_000


class Visitor:
    """One browser profile of its own, with one tab."""

    def __init__(self, house: House, browser: Browser, **options: Any) -> None:
        self.house = house
        self.problems = Problems(house)
        self.context: BrowserContext = browser.new_context(
            viewport=options.pop("viewport", {"width": 1280, "height": 900}), **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.set_default_navigation_timeout(PATIENCE)
        self._watch()
        self.page: Page = self.context.new_page()

    def _watch(self) -> None:
        seven = "|".join(re.escape(origin) for origin in self.house.origins)
        outside = re.compile(rf"^(?!({seven})/|data:|blob:|about:)")
        self.context.route(outside, lambda route: route.abort())
        problems = self.problems
        self.context.on(
            "request",
            lambda r: problems.of_request(r.url, r.is_navigation_request(), r.frame.url),
        )
        self.context.on(
            "response",
            lambda r: problems.of_answer(
                r.url, r.status, r.headers, r.request.is_navigation_request()
            ),
        )
        self.context.on(
            "console", lambda m: problems.of_console(m.type, m.text, m.location.get("url", ""))
        )
        self.context.on("weberror", lambda e: problems.add(f"script error: {e.error}"))

    def close(self) -> list[str]:
        self.context.close()
        return self.problems.found

    # Going and pressing

    def go(self, place: str, path: str = "/") -> Page:
        self.page.goto(self.house.at(place, path))
        return self.page

    def press(self, name: str, *, exact: bool = False) -> None:
        self.page.get_by_role("button", name=name, exact=exact).click()

    def follow(self, name: str, *, exact: bool = False) -> None:
        self.page.get_by_role("link", name=name, exact=exact).first.click()

    def tick(self, label: str, *, exact: bool = True) -> None:
        self.page.get_by_label(label, exact=exact).check()

    def fill(self, label: str, words: str) -> None:
        self.page.get_by_label(label).fill(words)

    # Reading

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def reads(self, words: str | re.Pattern[str]) -> None:
        """The page comes to say these words; the failure shows what it says instead."""
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE)

    def headed(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator("h1")).to_contain_text(words, timeout=PATIENCE)

    def titled(self, start: str) -> None:
        expect(self.page).to_have_title(re.compile(f"^{re.escape(start)}"), timeout=PATIENCE)

    def focused(self, selector: str) -> None:
        expect(self.page.locator(selector).first).to_be_focused(timeout=PATIENCE)

    def speaks(self, language: str) -> None:
        """Her browser keeps a choice of language, for every face: a cookie knows no port."""
        name = display.language().cookie
        self.context.add_cookies(
            [{"name": name, "value": language, "url": self.house.at("portal")}]
        )

    # Signing in

    def sign_in(self, login: str, *, by_password: bool = False) -> Visitor:
        """Through the app's own first page to the sharing service and back."""
        app = self.house.app_of(login)
        self.go(app, "/login" if app == "portal" else "/")
        if app == "portal":
            self.press("Sign in", exact=True)
        self.at_the_service(login, by_password=by_password)
        self.allow()
        expect(self.page.get_by_text("Signed in as")).to_contain_text(BY_LOGIN[login].name)
        return self

    def come_back(self, login: str) -> Visitor:
        """To the app's first page, as somebody whose browser is signed in, if it still is."""
        self.go(self.house.app_of(login))
        shown = self.page.locator(".who", has_text=BY_LOGIN[login].name)
        return self if shown.count() else self.sign_in(login)

    def allow(self) -> None:
        """The consent page stands between a person and an app she uses for the first time."""
        allow = self.page.get_by_role("button", name="Allow", exact=True)
        expect(allow.or_(self.page.get_by_text("Signed in as")).first).to_be_visible(
            timeout=PATIENCE
        )
        if allow.count():
            # Its words of before too: these steps are walked on older code (tests.before).
            ours = "^Let .*(work with your records|know who you are)|wants to act for you$"
            self.headed(re.compile(ours))
            allow.click()

    def at_the_service(self, login: str, *, by_password: bool = False) -> None:
        self.headed(re.compile("Sign in to your sharing service"))
        if by_password:
            self.fill("Sign-in name", login)
            self.fill("Password", PASSWORD)
            self.press("Sign in", exact=True)
        else:
            person = BY_LOGIN[login]
            self.press(f"{person.name}, {person.role}")
