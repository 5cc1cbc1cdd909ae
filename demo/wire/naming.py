"""Which message of the specifications a request is, and which its answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from demo.wire.answers import named_answer
from demo.wire.crossing import Crossing
from demo.wire.sequence import Named, table

UMA = "urn:ietf:params:oauth:grant-type:uma-ticket"
SOURCES = frozenset({"cedar", "harbor", "home"})
APPS = frozenset({"portal", "owner"})
_POLICY = re.compile(r"/policy/[^/]+")
_DECISION = re.compile(r"/requests/[^/]+/answer")
_ONE = re.compile(r"/resource/[^/]+")
_RECORD = re.compile(r"/fhir/r/[^/]+")


def names_of(crossing: Crossing) -> tuple[Named, Named]:
    """The names of the request and of its answer."""
    question = _question(crossing)
    return _named(question, crossing), named_answer(question, crossing)


def _named(key: str, crossing: Crossing) -> Named:
    path = urlsplit(crossing.url).path
    return table().get(key) or Named("", f"{crossing.method} {path}")


def _question(crossing: Crossing) -> str:
    path = urlsplit(crossing.url).path
    if crossing.receiver == "as":
        return _to_the_as(crossing, path)
    if crossing.receiver in SOURCES:
        return _to_a_source(crossing, path)
    return ""


def _to_the_as(crossing: Crossing, path: str) -> str:
    if path.startswith("/.well-known/"):
        return "metadata"
    by_path: dict[str, Callable[[Crossing], str]] = {
        "/token": _token,
        "/register": lambda _: "registration",
        "/jwks": lambda _: "keys",
        "/permission": lambda _: "permission",
        "/introspect": lambda _: "introspect",
        "/revoke": lambda _: "revoke",
        "/people": lambda _: "people",
        "/policy/preview": lambda _: "preview",
        "/login": lambda c: "sign-in" if c.method == "POST" else "",
    }
    if path in by_path:
        return by_path[path](crossing)
    if path.startswith("/authorize"):
        return _authorize(crossing)
    if path.startswith("/resource"):
        return _resource(crossing, path)
    if _DECISION.fullmatch(path):
        return "decision"
    if path.startswith(("/policy", "/requests")):
        changes = {"PUT": "policy", "DELETE": "policy-end"}
        return changes.get(crossing.method, "policy-look")
    return ""


def _resource(crossing: Crossing, path: str) -> str:
    one = bool(_ONE.fullmatch(path))
    words = {("POST", False): "create", ("GET", False): "list"} | {
        ("GET", True): "read", ("PUT", True): "update", ("DELETE", True): "delete",
    }  # fmt: skip
    word = words.get((crossing.method, one), "")
    return f"{word}-resources" if word == "list" else f"{word}-resource" if word else ""


def _token(crossing: Crossing) -> str:
    grant = crossing.form("grant_type")
    if grant == UMA:
        if crossing.form("rpt"):
            return "rpt-upgrade"
        return "rpt-request-claims" if crossing.form("claim_token") else "rpt-request"
    if grant == "authorization_code":
        return "pat-request" if crossing.sender in SOURCES else "code-request"
    return "refresh-request" if grant == "refresh_token" else ""


def _authorize(crossing: Crossing) -> str:
    return "pat-authorize" if "uma_protection" in crossing.url else "authorize"


def _to_a_source(crossing: Crossing, path: str) -> str:
    if not _RECORD.match(path):
        return "event" if "secevent" in crossing.header("Content-Type") else ""
    if path.endswith(("/$preview", "/$level")):
        return "preview" if path.endswith("/$preview") else "owner-request"
    if not crossing.header("Authorization"):
        return "no-token"
    return "owner-request" if crossing.sender in APPS else "with-rpt"


_OF_UMA = ("Grant", "FedAuthz", "RFC 8935", "RFC 7662")


def is_of_uma(crossing: Crossing) -> bool:
    """Whether the specifications' own diagrams have this message, or its answer."""
    return any(named.section.startswith(_OF_UMA) for named in names_of(crossing))
