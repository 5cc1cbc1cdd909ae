"""How an app is shown to people: its own words, and that they are its own (RFC 7591 2.2)."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from as_server.models.client import Client

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class AppFace:
    """How a client is shown: its own words, cut, cleaned and marked as its own."""

    name: str
    host: str
    dynamic: bool


def face_of(client: Client, redirect_uri: str = "") -> AppFace:
    """A name a stranger chose must not imitate the page: no control or direction marks."""
    visible = "".join(c for c in client.name if unicodedata.category(c)[0] not in "CZ" or c == " ")
    name = " ".join(visible.split()) or client.client_id
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "\u2026"
    parts = urlsplit(redirect_uri)
    return AppFace(name, parts.netloc or parts.scheme, client.dynamic)
