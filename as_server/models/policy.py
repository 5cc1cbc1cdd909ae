"""Sharing policies as stored.

A stored body is read by `read`, which answers None for text that nobody can read any more. Such a
row hides no other: it is listed by what its columns say, gives nothing, and can be ended.
"""

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Index, Text, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table
from as_server.models.policy_version import PolicyVersion
from as_server.policy.model import SharingPolicy, WhoLevel
from as_server.policy.wire import from_stored, to_wire


class Policy(Table, table=True):
    """The id is the client's choice, so it is unique for its owner only: one owner's choice can
    neither block nor reveal another's. `who_*`, `state` and `withholds` repeat what queries need.
    """

    __tablename__ = "policy"
    __table_args__ = (Index("policy_party", "owner", "who_level", "who_value"),)

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int
    state: str
    withholds: bool
    who_level: int
    who_value: str
    body: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


COLUMNS = Policy.__table__.c  # type: ignore[attr-defined]


@lru_cache(maxsize=8192)
def read(body: str) -> SharingPolicy | None:
    """The policy in a stored body, or None where it cannot be read; stored text never changes, so
    the value is shared."""
    try:
        return from_stored(json.loads(body))
    except (ValueError, RecursionError):
        return None


def one(db: Session, owner: str, policy_id: str) -> Policy | None:
    """A policy of this owner; None for any other, as for an unknown id."""
    return db.get(Policy, (owner, policy_id))


def of_owner(db: Session, owner: str) -> list[Policy]:
    """Every policy of an owner, oldest first."""
    query = select(Policy).where(COLUMNS.owner == owner)
    return list(db.scalars(query.order_by(COLUMNS.created_at, COLUMNS.id)))


def names_person(db: Session, owner: str, person: str) -> bool:
    """True when any policy of the owner, whatever its state, names this person."""
    query = select(COLUMNS.id).where(
        COLUMNS.owner == owner,
        COLUMNS.who_level == int(WhoLevel.PERSON),
        COLUMNS.who_value == person,
    )
    return db.execute(query.limit(1)).first() is not None


def store(
    db: Session, owner: str, policy: SharingPolicy, *, known: Policy | None, by: str, now: int
) -> bool:
    """Write a policy and its version. False if `known` has been replaced by somebody meanwhile."""
    body = json.dumps(to_wire(policy), separators=(",", ":"))
    values: dict[str, Any] = {
        "version": policy.version,
        "state": policy.state,
        "withholds": policy.effect == "deny" or policy.ask_me,
        "who_level": int(policy.who.level),
        "who_value": policy.who.value,
        "body": body,
        "updated_at": now,
    }
    return _write(db, owner, policy.id, values, known=known, by=by, now=now)


def end_unread(db: Session, known: Policy, *, by: str, now: int) -> bool:
    """End a policy whose body cannot be read, leaving the body as it is. False if it has been
    replaced by somebody meanwhile."""
    values: dict[str, Any] = {
        "version": known.version + 1,
        "state": "ended",
        "body": known.body,
        "updated_at": now,
    }
    return _write(db, known.owner, known.id, values, known=known, by=by, now=now)


def _write(
    db: Session,
    owner: str,
    policy_id: str,
    values: dict[str, Any],
    *,
    known: Policy | None,
    by: str,
    now: int,
) -> bool:
    if known is None:
        place = {"owner": owner, "id": policy_id, "created_at": now}
        if not database.insert_if_absent(db, Policy, **place, **values):
            return False
    else:
        unchanged = (
            COLUMNS.owner == owner,
            COLUMNS.id == policy_id,
            COLUMNS.version == known.version,
        )
        statement = update(Policy).where(*unchanged).values(**values)
        if db.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
            return False
    version = {name: values[name] for name in ("version", "state", "body")}
    db.add(PolicyVersion(owner=owner, id=policy_id, at=now, by=by, **version))
    db.flush()
    return True
