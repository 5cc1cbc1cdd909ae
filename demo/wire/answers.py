"""Which message of the specifications an answer is, by what was asked."""

from __future__ import annotations

import json
from http import HTTPStatus

from demo.wire.crossing import Crossing
from demo.wire.sequence import Named, table

_REFUSALS = {
    "need_info": "need-info",
    "request_submitted": "submitted",
    "request_denied": "denied",
    "invalid_grant": "invalid-grant",
    "invalid_scope": "invalid-scope",
}
_RPT = ("rpt-request", "rpt-request-claims", "rpt-upgrade")
_GOOD = {
    "pat-request": "pat",
    "code-request": "code-answer",
    "refresh-request": "refresh-answer",
    "no-token": "resource",
    "with-rpt": "resource",
    "owner-request": "resource",
    **dict.fromkeys(_RPT, "rpt"),
}


def named_answer(question: str, crossing: Crossing) -> Named:
    """The name of the answer to the message `question`; for others its status."""
    key = _key(question, crossing)
    return table().get(key) or Named("", _status(crossing.status))


def _status(status: int) -> str:
    if not status:
        return "No answer was heard"
    known = status in HTTPStatus.__members__.values()
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def _key(question: str, crossing: Crossing) -> str:
    status = crossing.status
    location = crossing.header("Location", answer=True)
    if 300 <= status < 400:
        return _redirect(location)
    if status in (200, 201, 202, 204):
        if question == "introspect" and _member(crossing, "active") is False:
            return "introspect-inactive"
        return _GOOD.get(question, f"{question}-answer")
    if question in _RPT:
        return _REFUSALS.get(str(_member(crossing, "error")), "")
    if question in ("no-token", "with-rpt"):
        return _turned_away(question, crossing)
    return ""


def _turned_away(question: str, crossing: Crossing) -> str:
    if crossing.status == 401 and "ticket=" in crossing.header("Www-Authenticate", answer=True):
        return "challenge" if question == "no-token" else "insufficient"
    warned = crossing.header("Warning", answer=True).startswith("199")
    return "as-unreachable" if crossing.status == 403 and warned else ""


def _redirect(location: str) -> str:
    if "uma_protection" in location:
        return "pat-redirect"
    return "redirect-back" if "code=" in location and "state=" in location else ""


def _member(crossing: Crossing, name: str) -> object:
    try:
        found = json.loads(crossing.answer)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None
