"""Reading from one record: bounded answers, links that stay inside it (FHIR R4 search paging)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from heart_ground.outbound import Outbound
from heart_ground.reach import Unreachable, Why
from heart_uma.challenge import AS_UNREACHABLE_WARNING
from heart_uma.strict_json import StrictJsonError, loads
from requester_app.record_address import BadAddress

MAX_PAGES = 200
LOOK_UP_SECONDS = 3.0
FHIR = "application/fhir+json"
_WHY: dict[Why, str] = {
    "address": "source",
    "silent": "source",
    "slow": "slow",
    "large": "answer",
    "unreadable": "answer",
}
"""What a person is told. An address that is not called looks like one that does not answer."""


class RecordFault(Exception):
    """The record did not answer, or answered something that cannot be read; `why` says which."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Status, headers and JSON body of one answer; the body is None when it is no JSON object."""

    status: int
    headers: httpx.Headers
    body: dict[str, Any] | None


def get(
    outbound: Outbound,
    url: str,
    rpt: str,
    until: float,
    *,
    max_bytes: int | None = None,
    params: dict[str, str] | None = None,
) -> RecordAnswer:
    """GET with the RPT, or tokenless when `rpt` is empty, over before the moment `until`
    (monotonic); raise RecordFault."""
    headers = {"Accept": FHIR}
    if rpt:
        headers["Authorization"] = f"Bearer {rpt}"
    left, most = until - time.monotonic(), max_bytes or outbound.max_bytes
    if left <= 0:
        raise RecordFault("slow")
    try:
        answer = outbound.request(
            "GET", url, headers=headers, params=params or None, deadline=left, max_bytes=most
        )
    except Unreachable as error:
        raise RecordFault(_WHY[error.why]) from error
    try:
        body = loads(answer.content, max_bytes=most)
    except StrictJsonError:
        body = None
    return RecordAnswer(answer.status, answer.headers, body if isinstance(body, dict) else None)


def fault_of(answer: RecordAnswer) -> RecordFault:
    """What is wrong with an answer that is none: the sharing service behind the source does not
    answer (`Warning: 199`, Grant 3.2.2), the source fails, or nobody can read what it says."""
    if answer.headers.get("Warning", "").startswith(AS_UNREACHABLE_WARNING[:3]):
        return RecordFault("service")
    return RecordFault("source" if answer.status >= 500 else "answer")


def refuse_elsewhere(outbound: Outbound, bases: list[str]) -> None:
    """Raise BadAddress when one of `bases` names a host that is not called, or none at all.

    Looked up before anything is kept, and answered alike: what there is behind a name that leads
    inside, or whether there is such a name, is nobody's to find out (SSRF). The look-up of the
    call itself decides again.
    """
    until = time.monotonic() + LOOK_UP_SECONDS
    for url in {f"{parts.scheme}://{parts.netloc}/" for parts in map(urlsplit, bases)}:
        try:
            outbound.reach.address_of(url, max(until - time.monotonic(), 0.0))
        except Unreachable as error:
            raise BadAddress from error


def inside(base: str, url: str) -> bool:
    """True when `url` lies under the record base: an RPT goes nowhere else (Grant 5.2)."""
    try:
        there, here = urlsplit(url), urlsplit(base)
    except ValueError:
        return False
    same_place = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    plain = ".." not in there.path and "%2e" not in there.path.lower() and "\\" not in url
    return same_place and plain and (there.path + "/").startswith(here.path + "/")


def next_page(base: str, bundle: dict[str, Any]) -> str | None:
    """The next page of a Bundle, if it is inside the record; raise RecordFault for others."""
    links = bundle.get("link")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            url = link.get("url")
            if not isinstance(url, str) or not inside(base, url):
                raise RecordFault("answer")
            return url
    return None


def rest_of(
    outbound: Outbound, base: str, first: dict[str, Any], rpt: str, until: float
) -> tuple[dict[str, Any], ...]:
    """`first` and all pages after it; raise RecordFault when one is missing.

    Half a list would look like a whole one, so a page that fails fails the record.
    """
    pages, left = [first], outbound.max_bytes - len(json.dumps(first))
    url = next_page(base, first)
    while url is not None:
        if len(pages) >= MAX_PAGES or left <= 0:
            raise RecordFault("answer")
        answer = get(outbound, url, rpt, until, max_bytes=left)
        if answer.status != 200 or not is_bundle(answer.body):
            raise fault_of(answer)
        bundle = answer.body or {}
        left -= len(json.dumps(bundle))
        pages.append(bundle)
        url = next_page(base, bundle)
    return tuple(pages)


def is_bundle(body: dict[str, Any] | None) -> bool:
    """True for a Bundle with a list of entries, or none."""
    if body is None or body.get("resourceType") != "Bundle":
        return False
    return isinstance(body.get("entry", []), list)
