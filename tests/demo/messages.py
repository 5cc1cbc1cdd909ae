"""Messages as a service of the demo would tell them, for the stage's own tests."""

from __future__ import annotations

from typing import Any

TICKET = {"tick…et01": {"kind": "ticket", "chip": "0123456789ab"}}


def message(number: int, method: str, url: str, **members: Any) -> dict[str, Any]:
    """What the receiving edge told; the `number`th of its trace, a second after the one before."""
    began = 1_764_000_000_000_000_000 + number * 1_000_000_000
    return {
        "side": "received",
        "trace": "a" * 32,
        "span": f"{number:016x}",
        "alone": False,
        "started": began,
        "ended": began + 10_000_000,
        "method": method,
        "url": url,
        "status": 200,
        "asked": [["Host", "localhost:9700"]],
        "question": {"type": "", "size": 0, "text": None},
        "said": [["Content-Type", "application/json"]],
        "answer": {"type": "application/json", "size": 2, "text": "{}"},
        "tokens": {},
    } | members


def text(words: str) -> dict[str, Any]:
    return {"type": "application/json", "size": len(words), "text": words}


def knocks(count: int) -> list[dict[str, Any]]:
    """So many tries of a record without a key."""
    challenge = 'UMA realm="x", as_uri="http://localhost:9700", ticket="tick…et01"'
    return [
        message(
            number,
            "GET",
            "http://localhost:9701/fhir/r/abc/Patient/$everything",
            status=401,
            said=[["Www-Authenticate", challenge]],
            tokens=TICKET,
        )
        for number in range(1, count + 1)
    ]
