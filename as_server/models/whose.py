"""Whose a presented ticket or token is: by its seal, or where that tells nothing by its hash."""

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from as_server.models import unsealed_value
from as_server.models.token import hash_of
from as_server.owner_seal import NO_OWNER, OwnerSeals


def owner_of(db: Connection | Session, seals: OwnerSeals, value: str) -> str:
    """The owner of a presented ticket or token; `NO_OWNER` for one that is nobody's."""
    sealed = seals.owner_of(value)
    if sealed is not None:
        return sealed
    return unsealed_value.owner_of(db, hash_of(value)) or NO_OWNER
