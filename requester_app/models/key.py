"""What one person holds for one record: an RPT, or a ticket that waits (Grant 3.3.5, 3.6, 5.2).

Keyed by (person, record base): whoever signs in next on the same browser finds nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Text, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table

NEW, OPEN, WAITING, ENDED, NO_ACCESS, GONE = "new", "open", "waiting", "ended", "no_access", "gone"
FACTS = "facts"
"""The sharing service wants to know more about the person than this app can tell."""


class Key(Table, table=True):
    """The state of one record for one person; `sealed` holds the secret that goes with the state.

    `open`: an RPT, its refresh token and issuer. `waiting`: a ticket and its issuer; `next_poll`
    is the first second at which it may be presented. `facts`: a ticket to take to where the person
    can tell more, or what is remembered until she comes back. `shown` is when the record was last
    seen.
    """

    __tablename__ = "key"

    person: str = Field(primary_key=True, max_length=64)
    record: str = Field(primary_key=True, max_length=500)
    state: str = Field(default=NEW, max_length=16)
    source: str = Field(default="", max_length=120)
    sealed: str = Field(default="", sa_type=Text)
    expires: int = Field(default=0, sa_type=BigInteger)
    next_poll: int = Field(default=0, sa_type=BigInteger)
    issued: int = Field(default=0, sa_type=BigInteger)
    shown: int = Field(default=0, sa_type=BigInteger)
    changed: int = Field(default=0, sa_type=BigInteger)


def of(session: Session, person: str, records: Iterable[str]) -> dict[str, Key]:
    """What `person` holds, by record; records never tried are absent."""
    wanted = list(records)
    found = session.execute(
        select(Key).where(Key.person == person, Key.record.in_(wanted))  # type: ignore[arg-type,attr-defined]
    )
    return {key.record: key for key in found.scalars()}


def that_want_facts(session: Session, person: str) -> list[Key]:
    """Her records of which more must be known about her."""
    found = session.execute(
        select(Key).where(Key.person == person, Key.state == FACTS)  # type: ignore[arg-type]
    )
    return list(found.scalars())


def store(session: Session, key: Key) -> None:
    """Write the state of one record."""
    session.merge(key)


def name_places(
    session: Session, person: str, records: Iterable[str], names: Mapping[str, str]
) -> None:
    """Keep what a link calls its places, until the source itself says who it is; never after."""
    known = of(session, person, records)
    for record, name in names.items():
        if record not in known:
            session.add(Key(person=person, record=record, source=name))


def spend(session: Session, key: Key) -> bool:
    """Take the waiting ticket out of the database; True for the one caller who may present it."""
    taken = session.execute(
        update(Key)
        .where(
            Key.person == key.person,  # type: ignore[arg-type]
            Key.record == key.record,  # type: ignore[arg-type]
            Key.sealed == key.sealed,  # type: ignore[arg-type]
        )
        .values(sealed="")
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def exchange(session: Session, key: Key, used: str) -> None:
    """Put the refreshed key of `key` in the place of the one that was used, if that still stands
    there: another page may have been quicker."""
    session.execute(
        update(Key)
        .where(
            Key.person == key.person,  # type: ignore[arg-type]
            Key.record == key.record,  # type: ignore[arg-type]
            Key.sealed == used,  # type: ignore[arg-type]
        )
        .values(sealed=key.sealed, expires=key.expires)
        .execution_options(synchronize_session=False)
    )


def drop(session: Session, person: str, records: Iterable[str]) -> None:
    """Forget what is held, so that the next look starts a new process at the record."""
    session.execute(
        delete(Key).where(Key.person == person, Key.record.in_(list(records)))  # type: ignore[arg-type,attr-defined]
    )
