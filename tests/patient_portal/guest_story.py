"""Alice invites Maria, who has no account: the steps of both, in two browsers."""

from __future__ import annotations

import re
from html import unescape

from operator_tools.browser import Browser
from operator_tools.html_page import Page

MARIA, LOGIN, PASSWORD = "Maria, my daughter", "maria", "three words in a row"
DEAD = "the invitation was used or has ended"
LINK = re.compile(r'<textarea id="link"[^>]*>([^<]+)<')
CODE = re.compile(r"(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}")
PASSCODE = re.compile(r"<strong>([2-9A-Z]{4}-[2-9A-Z]{4})</strong>")


def invite(alice: Browser, portal: str, *, email: str = "") -> Page:
    """From the first step to the page that shows the passcode."""
    page = alice.get(f"{portal}/share/new/who")
    address = next(link for link in page.links if "/invite" in link)
    page = alice.get(f"{portal}{address}")
    page = alice.submit(page, page.form("name", "email"), {"name": MARIA, "email": email})
    kinds = (("kind", "conditions"), ("kind", "medicines"), ("kind", "vaccines"))
    page = alice.submit(page, page.form("kind"), press=("", ""), choose=kinds)
    page = alice.submit(page, page.form("topic"), press=("", ""))
    why = (("why", "FAMRQT"), ("length", "month"))
    page = alice.submit(page, page.form("why"), press=("", ""), choose=why)
    return alice.submit(page, page.form("form_id", "version"), press=("", ""))


def press(browser: Browser, page: Page, action: str) -> Page:
    """Send the form whose address ends like this, as it stands."""
    form = next(f for f in page.forms if f.action.partition("?")[0].endswith(action))
    return browser.submit(page, form)


def knock(browser: Browser, link: str, passcode: str) -> Page:
    page = browser.get(link)
    return browser.submit(page, page.form("passcode"), {"passcode": passcode})


def code_on(page: Page) -> str:
    found = CODE.search(page.text)
    assert found, page.text
    return found[0]


def passcode_on(page: Page) -> str:
    found = PASSCODE.search(page.text)
    assert found, page.text
    return found[1]


def link_on(page: Page) -> str:
    found = LINK.search(page.text)
    assert found, page.text
    return unescape(found[1])


def come(maria: Browser, link: str, passcode: str) -> Page:
    """The link, the passcode, an account: to the page that waits."""
    page = knock(maria, link, passcode)
    account = {"name": "Maria Moreno", "username": LOGIN, "password": PASSWORD, "again": PASSWORD}
    return maria.submit(page, page.form("again"), account)
