"""The answer about an access token that is no RPT (RFC 7662 2.2): the owner's own, and those that
this server issued as any other does."""

from typing import Any

from sqlalchemy import Connection, or_, select

from as_server.models import whose
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.owner_epoch import COLUMNS as EPOCH
from as_server.models.token import COLUMNS as TOKEN
from as_server.tokens.issuing import Issuer
from as_server.work import Work

# Tokens for this server's own endpoints, or of UMA: an RS without a PAT learns nothing of them.
RESERVED = frozenset({"owner", "uma_protection", "uma_policy"})
OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]


def of_owner(
    work: Work, issuer: Issuer, digest: str, caller: str, owner: str
) -> dict[str, Any] | None:
    """The owner's own token, for the RS where her record is linked: she reads it herself."""
    with work.snapshot() as connection:
        row = _access(connection, owner, digest, caller, work.now)
        if row is None or row["account_key"] != owner or "owner" not in row["scope"].split():
            return None
        epoch = connection.execute(select(EPOCH.epoch).where(EPOCH.owner == owner)).scalar_one()
    return {
        **_members(issuer, row),
        "scope": "owner",
        "sub": issuer.subject_of(work.connection, caller, owner),
        "heart_uma_epoch": epoch,
    }


def of_anybody(
    work: Work, issuer: Issuer, digest: str, value: str, caller: str
) -> dict[str, Any] | None:
    """An ordinary access token for this RS, for a caller without a PAT (RFC 7662 2.1)."""
    if not digest:
        return None
    with work.snapshot() as connection:
        owner = whose.owner_of(connection, issuer.seals, value)
        row = _access(connection, owner, digest, caller, work.now)
    if row is None or RESERVED & set(row["scope"].split()):
        return None
    # Without a person the client speaks for itself (RFC 9068 2.2).
    person = row["account_key"]
    sub = row["client_id"]
    if person:
        sub = issuer.subject_of(work.connection, caller, person)
    return {**_members(issuer, row), "scope": row["scope"], "sub": sub}


def _access(connection: Connection, owner: str, digest: str, caller: str, now: int) -> Any:
    """A live access token for the calling RS; its base has to be an audience, whole."""
    query = (
        select(*TOKEN, SERVER.rs_base)
        .join(OWNER.key.table, OWNER.key == TOKEN.account_key, isouter=True)
        .join(APP.client_id.table, APP.client_id == TOKEN.client_id)
        .join(SERVER.client_id.table, SERVER.client_id == caller)
        .where(
            TOKEN.owner == owner,
            TOKEN.hash == digest,
            TOKEN.kind == "access",
            TOKEN.revoked_at.is_(None),
            TOKEN.expires_at > now,
            or_(OWNER.disabled.is_(False), TOKEN.account_key == ""),
            APP.disabled.is_(False),
            SERVER.disabled.is_(False),
        )
    )
    row = connection.execute(query).mappings().first()
    return row if row is not None and row["rs_base"] in row["audience"].split() else None


def _members(issuer: Issuer, row: Any) -> dict[str, Any]:
    return {
        "active": True,
        "iss": issuer.settings.issuer,
        "aud": row["audience"].split(),
        "client_id": row["client_id"],
        "exp": row["expires_at"],
        "iat": row["issued_at"],
        "jti": row["jti"],
    }
