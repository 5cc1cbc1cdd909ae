"""A person with a login: resource owner, requesting party, or both (OIDC Core 5.1)."""

import secrets
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Text, bindparam, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table
from as_server.models import owner_epoch, pairwise_subject, party
from as_server.models.folding import folded
from heart_ground.statement import Statement


class Account(Table, table=True):
    """`key` is the account's identity inside this server. No client and no resource server is
    told it but the owners' own apps (`uma_policy`), to name people in policies with.

    `by_invitation`: it was made to read what somebody shares; it is nobody's who has records here.
    Names are kept as they were given and compared by their folded form.
    """

    __tablename__ = "account"

    key: str = Field(primary_key=True)
    login: str = Field(unique=True)
    login_folded: str = Field(unique=True, index=True)
    password_hash: str
    name: str
    role: str = ""
    role_code: str = ""
    organization: str = ""
    place: str = ""
    listed: bool = False
    checked_by: str | None = None
    directory_words: str = Field(default="", sa_type=Text)
    email: str | None = None
    email_folded: str | None = Field(default=None, index=True)
    email_verified: bool = False
    clinician: bool = False
    disabled: bool = False
    by_invitation: bool = False
    created_at: int = Field(sa_type=BigInteger)


COLUMNS = Account.__table__.c  # type: ignore[attr-defined]
_BY_SUBJECT = Statement(
    select(*(COLUMNS[name] for name in party.MEMBERS))
    .join(pairwise_subject.PairwiseSubject, pairwise_subject.COLUMNS.account_key == COLUMNS.key)
    .where(
        pairwise_subject.COLUMNS.client_id == bindparam("client"),
        pairwise_subject.COLUMNS.sub == bindparam("subject"),
        COLUMNS.disabled.is_(False),
    )
)


def create(
    db: Session,
    *,
    login: str,
    password_hash: str,
    name: str,
    created_at: int,
    role: str = "",
    role_code: str = "",
    organization: str = "",
    place: str = "",
    listed: bool = False,
    checked_by: str | None = None,
    email: str | None = None,
    email_verified: bool = False,
    clinician: bool = False,
    by_invitation: bool = False,
) -> Account:
    """Add a person; the caller hashed the password (`Passwords.hash`).

    Raise ValueError for a login of blanks, and the database's IntegrityError for one that is
    there already, in whatever capitals.
    """
    if not login.strip():
        raise ValueError("a sign-in name has one character at least")
    account = Account(
        key=secrets.token_urlsafe(16),
        login=login.strip(),
        login_folded=folded(login),
        directory_words=folded(" ".join((name, role, organization, place))),
        password_hash=password_hash,
        name=name,
        role=role,
        role_code=role_code,
        organization=organization,
        place=place,
        listed=listed,
        checked_by=checked_by,
        email=email,
        email_folded=None if email is None else folded(email),
        email_verified=email_verified,
        clinician=clinician,
        by_invitation=by_invitation,
        created_at=created_at,
    )
    db.add(account)
    owner_epoch.begin(db, account.key)
    db.flush()
    return account


def by_key(db: Session, key: str) -> Account | None:
    """The enabled account with this key."""
    account = db.get(Account, key)
    return account if account is not None and not account.disabled else None


def known(db: Session, key: str) -> Account | None:
    """The account with this key, also a disabled one: for telling an owner whom she named."""
    return db.get(Account, key)


def by_subject(connection: Connection, client_id: str, sub: str) -> Row[Any] | None:
    """The enabled account that this client knows by this pairwise name, as a row to look at."""
    found: Row[Any] | None = _BY_SUBJECT.first(connection, client=client_id, subject=sub)
    return found


def by_login(db: Session, login: str, *, disabled: bool = False) -> Account | None:
    """The account with this sign-in name, in whatever capitals: an enabled or a disabled one."""
    query = select(Account).where(
        COLUMNS.login_folded == folded(login), COLUMNS.disabled.is_(disabled)
    )
    return db.scalars(query).first()


def everyone(db: Session) -> list[Account]:
    """All enabled people in the order they were added, but those who were invited: the demo's
    buttons."""
    query = (
        select(Account)
        .where(COLUMNS.disabled.is_(False), COLUMNS.by_invitation.is_(False))
        .order_by(COLUMNS.created_at, COLUMNS.login)
    )
    return list(db.scalars(query))
