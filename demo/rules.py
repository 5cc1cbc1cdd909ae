"""The rules that Alice has made when the demo starts, as the policy API takes them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from demo.cast import BY_LOGIN, NEUTRAL, STUDY


def policy(name: str, detail: str, who: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "id": secrets.token_urlsafe(24),
        "version": 0,
        "state": "on",
        "effect": "permit",
        "ask_me": False,
        "who": who,
        "what": what(everything=True),
        "why": ["TREAT"],
        "when": {"from": None, "until": None},
        "paused_until": None,
        "tell": {"level": "kinds", "note": None},
        "label": {"name": name, "detail": detail},
    } | members


def what(
    *, everything: bool = False, kinds: tuple[str, ...] = (), topics: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "everything": everything,
        "kinds": list(kinds),
        "topics": list(topics),
        "records": {"include": [], "exclude": []},
        "since": None,
        "until": None,
        "write": False,
    }


def _ends(now: datetime, days: int) -> dict[str, Any]:
    end = (now + timedelta(days=days)).replace(microsecond=0)
    return {"from": None, "until": end.isoformat().replace("+00:00", "Z")}


def _person(login: str, keys: Mapping[str, str], **members: Any) -> dict[str, Any]:
    person = BY_LOGIN[login]
    detail = ", ".join(filter(None, (person.role, person.organization)))
    return policy(person.name, detail, {"person": keys[login]}, **members)


def standing_policies(keys: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Alice's rules on the seeding day; `keys` are the account keys her directory search found."""
    family = ("about", "conditions", "medicines", "allergies", "visits")
    counselor = ("about", "conditions", "medicines", "visits", "documents")
    all_but = what(everything=True, topics=("GDIS",))
    return [
        _person("bob", keys, what=all_but, when=_ends(now, 190)),
        _person(
            "dana", keys, what=what(kinds=counselor, topics=("ETH", "PSY")), when=_ends(now, 90)
        ),
        _person("sam", keys, what=what(kinds=family), why=["FAMRQT"], tell=NEUTRAL),
        policy(
            STUDY,
            "Research team",
            {"organization": STUDY},
            state="paused",
            what=what(kinds=("results", "vitals")),
            why=["HRESCH"],
            when=_ends(now, 331),
            tell=NEUTRAL,
        ),
        policy("Anyone else", "Ask me first", {"anyone": True}, ask_me=True, why=[], tell=NEUTRAL),
        _person("vic", keys, effect="deny", why=[], tell=NEUTRAL),
    ]
