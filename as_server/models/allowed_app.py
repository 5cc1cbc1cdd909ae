"""The apps a person allowed: the consents behind her live refresh tokens."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from as_server.models.authorization_code import COLUMNS as CODES
from as_server.models.authorization_code import AuthorizationCode
from as_server.models.remembered_consent import COLUMNS as CONSENTS
from as_server.models.remembered_consent import RememberedConsent
from as_server.models.resource import COLUMNS as RESOURCES
from as_server.models.token import COLUMNS


def _consents(account_key: str, now: int) -> tuple[Any, ...]:
    """Live refresh tokens that stand for a consent: no RPT's, and no linked record's.

    A record is linked when something is registered under the consent; the scope alone would let an
    app hide from this list by asking for one more.
    """
    linked = select(RESOURCES.pat_family).where(RESOURCES.owner == account_key)
    return (
        COLUMNS.owner == account_key,
        COLUMNS.account_key == account_key,
        COLUMNS.kind == "refresh",
        COLUMNS.rpt_grant.is_(None),
        COLUMNS.rotated_at.is_(None),
        COLUMNS.revoked_at.is_(None),
        COLUMNS.expires_at > now,
        COLUMNS.family.not_in(linked),
    )


def consents_of(db: Session, account_key: str, now: int) -> dict[str, int]:
    """The clients that can act for a person, each with the time of its oldest live token."""
    query = (
        select(COLUMNS.client_id, func.min(COLUMNS.auth_time))
        .where(*_consents(account_key, now))
        .group_by(COLUMNS.client_id)
        .order_by(COLUMNS.client_id)
    )
    return {client_id: since for client_id, since in db.execute(query)}


def families_of(db: Session, account_key: str, client_id: str, now: int) -> list[str]:
    """The families of one client that can act for a person."""
    query = select(COLUMNS.family).where(
        *_consents(account_key, now), COLUMNS.client_id == client_id
    )
    return sorted(set(db.scalars(query)))


def forget(db: Session, account_key: str, client_id: str) -> None:
    """Drop what would give the app new tokens without asking: agreements that browsers remember,
    and codes on their way."""
    for table, columns in ((RememberedConsent, CONSENTS), (AuthorizationCode, CODES)):
        mine = (columns.account_key == account_key, columns.client_id == client_id)
        db.execute(delete(table).where(*mine))
