"""The places where a person is signed in to this portal: every browser with a live session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select
from sqlmodel import col

from heart_ground.browser import Sessions
from patient_portal.db import reading, writing
from patient_portal.errors import SignInAgain
from patient_portal.models.session import PortalSession
from patient_portal.signing_in.sessions import SignedIn

MOST = 50
"""Places that are shown, those of the latest use."""


@dataclass(frozen=True)
class Place:
    """One browser: since when she is signed in there, and when she used it last."""

    id_hash: str
    device: str
    since: datetime
    used: datetime


class Places:
    """The sessions of one person; nobody else's can be named."""

    def __init__(
        self, engine: Engine, kept: Sessions[PortalSession], secret: str, subject: str, now: int
    ) -> None:
        self._engine, self._kept, self._secret = engine, kept, secret
        self._hers, self._now = col(PortalSession.subject) == subject, now

    def live(self) -> list[Place]:
        """Where she is signed in, the latest use first."""
        query = select(PortalSession).where(self._hers).order_by(col(PortalSession.seen).desc())
        with reading(self._engine) as db:
            rows = list(db.scalars(query))
        live = [row for row in rows if self._kept.is_live(row, self._now)][:MOST]
        return [Place(row.id_hash, row.device, _at(row.created), _at(row.seen)) for row in live]

    def end(self, id_hash: str) -> str | None:
        """Sign out one place; the refresh token that it held, to be given back."""
        this = (self._hers, col(PortalSession.id_hash) == id_hash)
        with reading(self._engine) as db:
            row = db.scalars(select(PortalSession).where(*this)).one_or_none()
        with writing(self._engine) as db:
            db.execute(delete(PortalSession).where(*this))
        try:
            content = SignedIn(self._kept, row, self._secret).content() if row else {}
        except SignInAgain:  # sealed with a secret of before
            return None
        return content.get("refresh")


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
