"""Scenarios really run: the figures' own order, one arrow a message, and files that stand alone."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.command import main
from demo.layout import Layout
from demo.scenarios import headless
from demo.scenarios.all import BY_KEY, SCENARIOS
from tests.demo.conftest import ROOT, Launch

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

GRANT_WITH_CLAIMS = [
    "Resource request (no access token)",
    "Request permissions (POST)",
    "201 Created with permission ticket",
    "401 response with initial permission ticket, as_uri",
    "RPT request with permission ticket, claim token (push claims)",
]
ACCESS = [
    "Response with RPT",
    "Resource request with RPT",
    "Request to introspect token (POST)",
    "Response with token introspection object",
    "Protected resource",
]
EXPECTED: dict[str, list[str]] = {
    "0": [
        "Redirect resource owner for PAT authorization",
        "Authenticate, authorize uma_protection",
        "Redirect back with authorization code",
        "PAT (and refresh token)",
        "Create resource (POST)",
        "201 Created with resource ID",
    ],
    "1": [*GRANT_WITH_CLAIMS, *ACCESS],
    "2": [
        *GRANT_WITH_CLAIMS,
        "403 request_submitted, new permission ticket, interval",
        "Approve or deny",
        "RPT request with permission ticket, claim token (push claims)",
        *ACCESS,
    ],
    "6": [
        *GRANT_WITH_CLAIMS,
        *ACCESS,
        "Withdraw policy conditions",
        "Security event: something narrowed",
        "202 Accepted",
        "Access withdrawn",
        "Resource request with RPT",
        "Response: active is false",
        "401 response with a new permission ticket, as_uri",
    ],
    "12": [
        *GRANT_WITH_CLAIMS,
        "403 request_denied",
        "400 invalid_grant",
        "400 invalid_scope",
    ],
    "reused-ticket": [*GRANT_WITH_CLAIMS, "Response with RPT", "400 invalid_grant"],
    "too-broad": [*GRANT_WITH_CLAIMS, "400 invalid_scope"],
    "given-back": [
        *GRANT_WITH_CLAIMS,
        *ACCESS,
        "Revocation request",
        "401 response with a new permission ticket, as_uri",
    ],
    "bad-signature": [
        *GRANT_WITH_CLAIMS,
        "Resource request with RPT",
        "401 response with a new permission ticket, as_uri",
    ],
    "revoked-pat": [
        "Withdraw policy conditions",
        "Access withdrawn",
        "Resource request (no access token)",
        "403 + Warning 199 (authz server unreachable)",
    ],
}
AT_FIRST = {"AS metadata request", "AS metadata", "Public keys request", "Public keys"}
"""What a service asks once after its start."""
WHOLE = ("1",)
"""Runs in which nothing else crosses."""
WRITTEN = re.compile(r"^\| \d+ \| (.+?) to (.+?) \| (.+?) \| (.*?) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def layout(running_demo: Launch) -> Layout:
    return Layout(running_demo.port_base, running_demo.data_dir)


@pytest.fixture(scope="module")
def played(layout: Layout, running_demo: Launch) -> Iterator[dict[str, str]]:
    """The address of a run of each scenario."""
    yield {key: headless.play(layout, key) for key in BY_KEY}
    running_demo.put_back()


def data(address: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{address}/json", timeout=30).json()
    return found


def in_order(labels: list[str], wanted: list[str]) -> list[str]:
    """What of `wanted` does not come after what stands before it."""
    place = 0
    for number, label in enumerate(wanted):
        if label not in labels[place:]:
            return wanted[number:]
        place += labels[place:].index(label) + 1
    return []


@pytest.mark.parametrize("key", BY_KEY)
def test_what_crosses_is_what_the_figures_have_in_their_order(
    played: dict[str, str], key: str
) -> None:
    run = data(played[key])
    labels = [one["label"] for one in run["messages"]]
    assert run["problem"] == ""
    assert in_order(labels, EXPECTED[key]) == [], labels
    if key in WHOLE:
        assert [one for one in labels if one not in AT_FIRST] == EXPECTED[key]


def test_every_scenario_is_told_and_expected() -> None:
    assert set(EXPECTED) == set(BY_KEY)
    assert all(one.notes and one.learn and one.sections and one.people for one in SCENARIOS)


def test_each_captured_message_is_one_arrow(played: dict[str, str]) -> None:
    """Of both edges' words nothing is missing, and nothing is drawn twice."""
    for address in played.values():
        archive = json.loads(httpx.get(f"{address}/har", timeout=30).text)
        entries = archive["log"]["entries"]
        answered = [one for one in entries if one["response"]["status"]]
        count = len(data(address)["messages"])
        assert count == len(entries) + len(answered)
        drawing = httpx.get(f"{address}/svg", timeout=30).text
        assert drawing.count('class="wire-tip') == count


@pytest.mark.parametrize("key", ["1", "2", "12"])
def test_the_page_of_flows_has_what_crosses(played: dict[str, str], key: str) -> None:
    """docs/explanation/flows.md says it line by line; a run says whether that is so."""
    page = (ROOT / "docs/explanation/flows.md").read_text("utf-8")
    start = page.index(f"### {BY_KEY[key].title}\n")
    end = page.find("\n### ", start + 4)
    written = WRITTEN.findall(page[start : end if end > 0 else len(page)])
    crossed = [
        tuple(str(one[name]) for name in ("from", "to", "label", "section"))
        for one in data(played[key])["messages"]
        if one["label"] not in AT_FIRST
    ]
    assert written == crossed


ENTRY = {
    "startedDateTime": str, "time": float, "request": dict, "response": dict, "cache": dict,
    "timings": dict,
}  # fmt: skip
REQUEST = {
    "method": str, "url": str, "httpVersion": str, "cookies": list, "headers": list,
    "queryString": list, "headersSize": int, "bodySize": int,
}  # fmt: skip
RESPONSE = {
    "status": int, "statusText": str, "httpVersion": str, "cookies": list, "headers": list,
    "content": dict, "redirectURL": str, "headersSize": int, "bodySize": int,
}  # fmt: skip


def has(members: dict[str, Any], kinds: dict[str, type]) -> bool:
    return all(isinstance(members[name], kind) for name, kind in kinds.items())


def test_the_archive_is_a_har(played: dict[str, str]) -> None:
    """The members that HAR 1.2 requires, in their types."""
    log = json.loads(httpx.get(f"{played['0']}/har", timeout=30).text)["log"]
    assert (log["version"], set(log["creator"])) == ("1.2", {"name", "version"})
    for entry in log["entries"]:
        assert has(entry, ENTRY) and has(entry["request"], REQUEST)
        assert has(entry["response"], RESPONSE)
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        assert has(entry["timings"], dict.fromkeys(("send", "wait", "receive"), (int, float)))
        for listed in (entry["request"], entry["response"]):
            assert all(set(header) == {"name", "value"} for header in listed["headers"])


def test_the_files_stand_alone_and_say_what_they_are(played: dict[str, str]) -> None:
    ElementTree.fromstring(httpx.get(f"{played['2']}/svg", timeout=30).text)
    page = httpx.get(f"{played['2']}/html", timeout=30)
    assert "attachment" in page.headers["Content-Disposition"]
    assert not re.search(r'<script|<link|src=|href="http|url\(', page.text)
    assert "Made-up people" in page.text and page.text.count("<li>") == len(
        data(played["2"])["messages"]
    )
    script = httpx.get(f"{played['2']}/sh", timeout=30).text
    assert script.startswith("#!/bin/sh\n# Ask first") and script.count("\ncurl -i -X ") == 8


WHOLE_TOKEN = re.compile(r"eyJ[\w-]{30,}|(?:ticket|token|code|rpt|pct)\W{1,4}[\w-]{40,}")


def test_no_file_and_no_page_has_a_whole_token_or_a_password(played: dict[str, str]) -> None:
    for address in played.values():
        for kind in ("html", "har", "sh", "json", "svg"):
            text = httpx.get(f"{address}/{kind}", timeout=30).text
            assert WHOLE_TOKEN.findall(text) == []
            assert "password=demo" not in text and "Set-Cookie" not in text


def test_signatures_are_checked_with_the_published_keys(played: dict[str, str]) -> None:
    page = httpx.get(f"{played['1']}?step=7", timeout=30).text
    assert "Signature checked with the published key" in page
    forged = data(played["bad-signature"])["messages"]
    step = next(one["step"] for one in forged if one["label"] == "Resource request with RPT")
    page = httpx.get(f"{played['bad-signature']}?step={step}", timeout=30).text
    assert "Not confirmed with the published keys" in page


def test_headless_prints_the_exchange(
    layout: Layout, played: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data-dir", str(layout.data_dir), "--port-base", str(layout.port_base)]
    assert main(["demo", *place, "--scenario", "1", "--headless"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Said yes in advance"
    assert re.match(r" +1  Clinic app -> Cedar Valley +Resource request \(no access", said[1])
    assert "[Grant 3.1]" in said[1] and len(said) == 11


def test_headless_fails_without_a_run(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert headless.run(layout, "no such scenario") == 1
    assert main(["demo", "--headless"]) == 2
    capsys.readouterr()


def test_a_run_comes_from_the_stages_own_form_alone(layout: Layout) -> None:
    answer = httpx.post(f"{layout.stage}/runs", data={"scenario": "1"}, timeout=30)
    assert answer.status_code == 400
    assert httpx.get(f"{layout.stage}/runs/nothing", timeout=30).status_code == 404
    assert httpx.get(f"{layout.stage}/runs/nothing/har", timeout=30).status_code == 404
