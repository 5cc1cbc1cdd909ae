"""A person signed in on one browser, and what is sealed in her session: tokens, a kept form.

A session that ended sends the person back to where she was.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import col

from heart_ground.browser import Sessions
from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.errors import SignInAgain
from patient_portal.models.session import PortalSession


class SignedIn:
    """The live session of one request: its `row`, and the sealed part of it."""

    def __init__(self, kept: Sessions[PortalSession], row: PortalSession, secret: str) -> None:
        self._kept, self._row, self._secret = kept, row, secret
        self.subject, self.name, self.id_hash = row.subject, row.name, row.id_hash

    @property
    def generation(self) -> int:
        """Rises with each change of hers: counts from before are not shown again."""
        return self._row.generation

    def content(self) -> dict[str, Any]:
        """The sealed part as this request found it, or left it."""
        return self._open(self._row)

    def content_now(self) -> dict[str, Any]:
        """The sealed part as it stands, whoever wrote it."""
        row = self._kept.of(self.id_hash)
        if row is None:
            raise SignInAgain
        return self._open(row)

    def store(self, content: dict[str, Any]) -> None:
        sealed = seal(self._secret, content)
        self._kept.change(self.id_hash, sealed=sealed)
        self._row.sealed = sealed

    def changed_something(self) -> None:
        """Counts computed before this moment are not shown again in this session."""
        self._kept.change(self.id_hash, generation=col(PortalSession.generation) + 1)
        self._row.generation += 1

    def lease(self, now: int, seconds: int) -> bool:
        """Take the right to refresh the tokens, for so many seconds; SignInAgain when it is over.

        A holder that died loses it by itself.
        """
        free = col(PortalSession.lease) <= now
        if self._kept.change(self.id_hash, free, lease=now + seconds):
            return True
        if self._kept.of(self.id_hash) is None:
            raise SignInAgain
        return False

    def end_lease(self) -> None:
        self._kept.change(self.id_hash, lease=0)

    def end(self) -> None:
        """Forget the session here."""
        self._kept.end(self.id_hash)

    def kept_form(self, place: str) -> dict[str, list[str]]:
        """Answers sent just before the session ended, for this very page; given once."""
        content = self.content()
        kept = content.get("kept")
        if not kept or kept.get("next") != place:
            return {}
        del content["kept"]
        self.store(content)
        form: dict[str, list[str]] = kept.get("form") or {}
        return form

    def _open(self, row: PortalSession) -> dict[str, Any]:
        try:
            return open_sealed(self._secret, row.sealed)
        except SealError as error:
            raise SignInAgain from error  # the secret was changed: old sessions are over
