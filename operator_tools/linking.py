"""A record is linked through the pages people use: the claim code, the sign-in, the consent."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr
from sqlalchemy import make_url

from fhir_rs import cli
from fhir_rs.settings import Settings
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError, Page
from operator_tools.servers import ResourceServer
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


def claim_code(server: ResourceServer, record: str) -> str:
    """A fresh code for a record id, which only the operator of that database can make."""
    if not _is_there(server.database):
        return record
    try:
        return cli.link_code(_settings(server), record)
    except ValueError:
        # Not a record id here, so it is meant as a claim code.
        return record


def _is_there(database: str) -> bool:
    """Opening an SQLite database that is not there would make one."""
    if not database:
        return False
    url = make_url(database)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def _settings(server: ResourceServer) -> Settings:
    """What that server runs with, but for its secret: no command opens sealed tokens."""
    return Settings(
        base_url=server.base or "",
        name=server.title,
        database_url=server.database,
        key_file=server.key_file or Path("no command signs"),
        secret=SecretStr("commands seal nothing and open nothing"),
    )


def run(
    server: ResourceServer, issuer: str, record: str, login: str, how_to_start: str = ""
) -> int:
    """`heart-uma link`: asks for the password, then drives the running services."""
    password = (
        getpass.getpass(f"Password of {login}: ")
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    try:
        with Browser() as browser:
            code = claim_code(server, record)
            link_record(browser, server.root, issuer, code, login, password)
    except (BrowserError, httpx.HTTPError) as problem:
        words = str(problem) or type(problem).__name__
        if isinstance(problem, httpx.ConnectError) and how_to_start:
            words = f"{server.title} does not answer; start it first: {how_to_start}"
        print(words, file=sys.stderr)
        return 1
    print(f"{server.title} now holds this record for {login}.")
    return 0
