"""PURE. The ids of drafts: of a new share, of an edit and the version it began at, of an answer.

Whether she saved a draft for later is said by its id as well: what she only began is never listed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_EDIT = re.compile(r"(edit|undo)-(\d{1,9})-(.+)-([0-9a-f]{6})", re.ASCII)
_LATER = "later-"
_INVITATION = "invite-"


@dataclass(frozen=True)
class Edit:
    """The share a draft will replace, and the version it was read at.

    `turns_on`: a share that is paused is on again with it.
    """

    share: str
    version: int
    turns_on: bool = False


def new_id() -> str:
    """An id nobody can guess: 128 bits, 22 characters."""
    return secrets.token_urlsafe(16)


def for_edit(edit: Edit) -> str:
    kind = "undo" if edit.turns_on else "edit"
    return f"{kind}-{edit.version}-{edit.share}-{secrets.token_hex(3)}"


def for_later(draft_id: str) -> str:
    """The id under which a draft is saved for later: the same one however often she presses."""
    if is_for_later(draft_id):
        return draft_id
    known = draft_id if edit_of(draft_id) else hashlib.sha256(draft_id.encode()).hexdigest()[:32]
    return f"{_LATER}{known}"


def is_for_later(draft_id: str) -> bool:
    return draft_id.startswith(_LATER)


def for_invitation(draft_id: str) -> str:
    """The id of the draft that somebody is invited to: the same one however often she presses."""
    return f"{_INVITATION}{hashlib.sha256(draft_id.encode()).hexdigest()[:32]}"


def is_invitation(draft_id: str) -> bool:
    return draft_id.startswith(_INVITATION)


def stays_with_its_person(draft_id: str) -> bool:
    """True where step 1 has been answered for good: a change of a share, an invitation."""
    return edit_of(draft_id) is not None or is_invitation(draft_id)


def for_request(request_id: str) -> str:
    """The id of the draft that answers a request: the same one however often she comes back."""
    return "ask-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def is_answer(draft_id: str) -> bool:
    return draft_id.startswith("ask-")


def edit_of(draft_id: str) -> Edit | None:
    found = _EDIT.fullmatch(draft_id.removeprefix(_LATER))
    return Edit(found[3], int(found[2]), found[1] == "undo") if found else None
