"""A record is linked through the pages people use: the claim code, the sign-in, the consent."""

from __future__ import annotations

import getpass
import sys
from urllib.parse import urlencode

import httpx

from demo import clinic
from demo.layout import Layout
from fhir_rs import cli
from operator_tools.browser import Browser, BrowserError, Page
from operator_tools.signing_in import sign_in_and_allow


def link_record(
    browser: Browser, rs: str, issuer: str, code: str, login: str, password: str
) -> Page:
    """Put the record of `code` at the resource server `rs` under the owner `login` at `issuer`."""
    page = browser.get(f"{rs}/link?{urlencode({'code': code})}")
    form = next((f for f in page.forms if f.action.split("?")[0].endswith("/link")), None)
    if page.status != 200 or form is None:
        raise BrowserError(f"{rs} does not know this claim code, or it was used already.")
    page = browser.submit(page, form, {"issuer": issuer})
    page = sign_in_and_allow(browser, page, login, password)
    if page.status != 200 or not page.url.startswith(f"{rs}/"):
        raise BrowserError(f"The record was not linked: {page.url} answered {page.status}.")
    return page


def claim_code(layout: Layout, source: str, record: str) -> str:
    """A fresh code for a record id, which only the operator of that database can make."""
    if not layout.database_file(source).exists():
        return record
    try:
        return cli.link_code(clinic.settings(layout, source), record)
    except ValueError:
        # Not a record id here, so it is meant as a claim code.
        return record


def run(layout: Layout, source: str, record: str, login: str) -> int:
    """`heart-uma link`: asks for the password, then drives the running services."""
    password = (
        getpass.getpass(f"Password of {login}: ")
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    try:
        with Browser() as browser:
            code = claim_code(layout, source, record)
            origin = layout.origin(source)
            link_record(browser, origin, layout.issuer, code, login, password)
    except (BrowserError, httpx.HTTPError) as problem:
        words = str(problem) or type(problem).__name__
        if isinstance(problem, httpx.ConnectError):
            words = f"{layout.title(source)} does not answer; start it first: heart-uma demo"
        print(words, file=sys.stderr)
        return 1
    print(f"{layout.title(source)} now holds this record for {login}.")
    return 0
