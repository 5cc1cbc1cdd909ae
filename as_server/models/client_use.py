"""That a client was ever used: a registration nobody uses is forgotten."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from as_server.models.client import COLUMNS, Client


def note(db: Session, client_id: str, at: int) -> None:
    """Note the first authenticated use: a dynamic id never used expires after a day."""
    db.execute(
        update(Client)
        .where(COLUMNS.client_id == client_id, COLUMNS.used_at.is_(None))
        .values(used_at=at)
    )


def forget_unused(db: Session, *, before: int) -> None:
    """Drop dynamic registrations that nobody ever used."""
    db.execute(
        delete(Client).where(
            COLUMNS.dynamic.is_(True),
            COLUMNS.used_at.is_(None),
            COLUMNS.created_at < before,
        )
    )
