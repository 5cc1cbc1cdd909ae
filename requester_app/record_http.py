"""Reading from one record: bounded answers, links that stay inside it (FHIR R4 search paging)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from heart_uma.strict_json import StrictJsonError, loads

MAX_PAGES = 200
FHIR = "application/fhir+json"


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
    http: httpx.Client, url: str, rpt: str, max_bytes: int, params: dict[str, str] | None = None
) -> RecordAnswer:
    """GET with the RPT, or tokenless when `rpt` is empty; raise RecordFault."""
    headers = {"Accept": FHIR}
    if rpt:
        headers["Authorization"] = f"Bearer {rpt}"
    try:
        with http.stream("GET", url, headers=headers, params=params or None) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > max_bytes:
                    raise RecordFault("answer")
                parts.append(part)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RecordFault("source") from error
    try:
        body = loads(b"".join(parts), max_bytes=max_bytes)
    except StrictJsonError:
        body = None
    return RecordAnswer(
        answer.status_code, answer.headers, body if isinstance(body, dict) else None
    )


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
    http: httpx.Client, base: str, first: dict[str, Any], rpt: str, max_bytes: int
) -> tuple[dict[str, Any], ...]:
    """`first` and all pages after it; raise RecordFault when one is missing.

    Half a list would look like a whole one, so a page that fails fails the record.
    """
    pages, left = [first], max_bytes - len(json.dumps(first))
    url = next_page(base, first)
    while url is not None:
        if len(pages) >= MAX_PAGES or left <= 0:
            raise RecordFault("answer")
        answer = get(http, url, rpt, left)
        if answer.status != 200 or not is_bundle(answer.body):
            raise RecordFault("source")
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
