"""Sharing policies as stored: the current one, and every version it ever had."""

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Text, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table
from as_server.policy.model import SharingPolicy
from as_server.policy.wire import from_wire, to_wire

IN_FORCE = ("on", "paused")


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


class PolicyVersion(Table, table=True):
    """One line of a policy's history: what it said from then on, and through which client."""

    __tablename__ = "policy_version"

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    state: str
    at: int = Field(sa_type=BigInteger)
    by: str
    body: str = Field(sa_type=Text)


COLUMNS = Policy.__table__.c  # type: ignore[attr-defined]


@lru_cache(maxsize=8192)
def parse(body: str) -> SharingPolicy:
    """The policy in a stored body; stored text never changes, so the value is shared."""
    return from_wire(json.loads(body))


def one(db: Session, owner: str, policy_id: str) -> Policy | None:
    """A policy of this owner; None for any other, as for an unknown id."""
    return db.get(Policy, (owner, policy_id))


def of_owner(db: Session, owner: str) -> list[Policy]:
    """Every policy of an owner, oldest first."""
    query = select(Policy).where(COLUMNS.owner == owner)
    return list(db.scalars(query.order_by(COLUMNS.created_at, COLUMNS.id)))


def history(db: Session, owner: str, policy_id: str) -> list[PolicyVersion]:
    """The versions of one policy, newest first."""
    columns = PolicyVersion.__table__.c  # type: ignore[attr-defined]
    query = select(PolicyVersion).where(columns.owner == owner, columns.id == policy_id)
    return list(db.scalars(query.order_by(columns.version.desc())))


def in_force(connection: Connection | Session, owner: str) -> list[SharingPolicy]:
    """Every policy of an owner that is on or paused."""
    query = select(COLUMNS.body).where(COLUMNS.owner == owner, COLUMNS.state.in_(IN_FORCE))
    return [parse(body) for (body,) in connection.execute(query)]


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
    if known is None:
        place = {"owner": owner, "id": policy.id, "created_at": now}
        if not database.insert_if_absent(db, Policy, **place, **values):
            return False
    else:
        unchanged = (
            COLUMNS.owner == owner,
            COLUMNS.id == policy.id,
            COLUMNS.version == known.version,
        )
        statement = update(Policy).where(*unchanged).values(**values)
        if db.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
            return False
    version: dict[str, Any] = {"version": policy.version, "state": policy.state, "body": body}
    db.add(PolicyVersion(owner=owner, id=policy.id, at=now, by=by, **version))
    db.flush()
    return True
