"""`heart-uma demo --scenario KEY --headless`: the exchange as lines; 1 when it went otherwise."""

from __future__ import annotations

import sys
from typing import Any

import httpx

from demo.layout import Layout
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError

SECONDS = 60


def play(layout: Layout, scenario: str) -> str:
    """Press the stage's own button; the address of the run. Raise BrowserError without one."""
    runs = f"{layout.stage}/runs"
    with Browser(httpx.Client(timeout=SECONDS, trust_env=False)) as browser:
        page = browser.get(runs)
        page = browser.submit(page, page.form("scenario"), press=("scenario", scenario))
    if not page.url.startswith(f"{runs}/"):
        raise BrowserError(f"There is no run: {page.title}")
    return page.url.partition("?")[0]


def shown(layout: Layout, scenario: str | None) -> str:
    """Where a scenario that was just played can be looked at; empty without one."""
    try:
        return play(layout, scenario) if scenario else ""
    except (BrowserError, httpx.HTTPError) as problem:
        print(problem or type(problem).__name__, file=sys.stderr)
        return ""


def run(layout: Layout, scenario: str) -> int:
    """Play it and print it; the exit code."""
    try:
        told = httpx.get(f"{play(layout, scenario)}/json", timeout=SECONDS, trust_env=False).json()
    except (BrowserError, httpx.HTTPError) as problem:
        print(problem or type(problem).__name__, file=sys.stderr)
        return 1
    print(told["title"])
    for line in map(_line, told["messages"]):
        print(line)
    if told["problem"]:
        print(f"It went otherwise than expected: {told['problem']}", file=sys.stderr)
    return 1 if told["problem"] else 0


def _line(message: dict[str, Any]) -> str:
    way = f"{message['from']} -> {message['to']}"
    section = f"  [{message['section']}]" if message["section"] else ""
    return f"{message['step']:>3}  {way:<36}  {message['label']}{section}"
