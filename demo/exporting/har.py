"""The exchanges as an HTTP archive (HAR 1.2), for the tools that people know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from demo.wire.arrows import Arrow
from demo.wire.crossing import Crossing
from demo.wire.lifelines import BY_KEY
from demo.wire.sequence import Named

SYNTHETIC = "Made-up people, made-up records. Tokens are cut to twelve characters."


def archive(arrows: Sequence[Arrow]) -> dict[str, Any]:
    """One entry an exchange, in order; ours are `_from`, `_to`, `_step` and `_note`."""
    answers = {arrow.crossing.span: arrow.named for arrow in arrows if arrow.is_answer}
    asked = [arrow for arrow in arrows if not arrow.is_answer]
    entries = [_entry(arrow, answers.get(arrow.crossing.span)) for arrow in asked]
    creator = {"name": "heart-uma demo stage", "version": "0.1.0"}
    return {"log": {"version": "1.2", "creator": creator, "comment": SYNTHETIC, "entries": entries}}


def _entry(arrow: Arrow, answer: Named | None) -> dict[str, Any]:
    crossing = arrow.crossing
    took = max(0.0, (crossing.ended - crossing.started) / 1e6) if crossing.status else 0.0
    return {
        "startedDateTime": datetime.fromtimestamp(crossing.started / 1e9, UTC).isoformat(),
        "time": took,
        "request": _request(crossing),
        "response": _response(crossing),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_from": BY_KEY[crossing.sender].name,
        "_to": BY_KEY[crossing.receiver].name,
        "_step": arrow.number,
        "_note": " / ".join(one.label for one in (arrow.named, answer) if one),
    }


def _request(crossing: Crossing) -> dict[str, Any]:
    about = crossing.seen["question"]
    pairs = parse_qsl(urlsplit(crossing.url).query, keep_blank_values=True)
    found = {
        "method": crossing.method,
        "url": crossing.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _listed(crossing.seen["asked"]),
        "queryString": [{"name": name, "value": value} for name, value in pairs],
        "headersSize": -1,
        "bodySize": about["size"],
    }
    if about["size"]:
        found["postData"] = {"mimeType": about["type"], "text": crossing.question, "params": []}
    return found


def _response(crossing: Crossing) -> dict[str, Any]:
    about: Mapping[str, Any] = crossing.seen["answer"]
    known = crossing.status in HTTPStatus.__members__.values()
    return {
        "status": crossing.status,
        "statusText": HTTPStatus(crossing.status).phrase if known else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _listed(crossing.seen["said"]),
        "content": {"size": about["size"], "mimeType": about["type"], "text": crossing.answer},
        "redirectURL": crossing.header("Location", answer=True),
        "headersSize": -1,
        "bodySize": about["size"],
    }


def _listed(headers: list[list[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]
