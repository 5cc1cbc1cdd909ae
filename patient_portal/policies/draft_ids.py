"""PURE. The ids of drafts: of a new share, of an edit and the version it began at, of an answer."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_EDIT = re.compile(r"edit-(\d{1,9})-(.+)-([0-9a-f]{6})", re.ASCII)


@dataclass(frozen=True)
class Edit:
    """The share a draft will replace, and the version it was read at."""

    share: str
    version: int


def new_id() -> str:
    """An id nobody can guess: 128 bits, 22 characters."""
    return secrets.token_urlsafe(16)


def for_request(request_id: str) -> str:
    """The id of the draft that answers a request: the same one however often she comes back."""
    return "ask-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def is_answer(draft_id: str) -> bool:
    return draft_id.startswith("ask-")


def edit_of(draft_id: str) -> Edit | None:
    found = _EDIT.fullmatch(draft_id)
    return Edit(found[2], int(found[1])) if found else None
