"""A registered client (RFC 7591 2), static or dynamic."""

import json
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Text, bindparam, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table
from as_server.redirect_uris import is_registered
from heart_ground.statement import Statement

UMA_TICKET: Final = "urn:ietf:params:oauth:grant-type:uma-ticket"


class Client(Table, table=True):
    """`registration` is the whole metadata as JSON; columns repeat what queries need.

    `disabled`, which every query reads: it may not act, since the operator said so or since it left
    the operator's file. `disabled_by_operator` is the former alone: no restart takes it back.
    `profile`: whose rules it follows, HEART's (`heart`), SMART App Launch's or OpenID Connect's.
    """

    __tablename__ = "client"

    client_id: str = Field(primary_key=True)
    name: str
    auth_method: str
    dynamic: bool = True
    # Only the operator's static file can set it: a registration request cannot.
    skip_consent: bool = False
    disabled: bool = False
    disabled_by_operator: bool = False
    profile: str = "heart"
    secret_hash: str | None = None
    rs_base: str | None = Field(default=None, index=True)
    registration: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    used_at: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def metadata_members(self) -> dict[str, Any]:
        return _members(self.registration)

    @property
    def redirect_uris(self) -> list[str]:
        return list(self.metadata_members.get("redirect_uris", []))

    @property
    def post_logout_redirect_uris(self) -> list[str]:
        return list(self.metadata_members.get("post_logout_redirect_uris", []))

    @property
    def claims_redirect_uris(self) -> list[str]:
        return list(self.metadata_members.get("claims_redirect_uris", []))

    @property
    def grant_types(self) -> list[str]:
        return list(self.metadata_members.get("grant_types", ["authorization_code"]))

    @property
    def scopes(self) -> frozenset[str]:
        return _scopes(str(self.metadata_members.get("scope", "")))

    @property
    def is_public(self) -> bool:
        return self.auth_method == "none"

    @property
    def resource_server(self) -> dict[str, Any] | None:
        """`heart_uma_resource_server`: base, events_endpoint, limits; None for an app."""
        found: dict[str, Any] | None = self.metadata_members.get("heart_uma_resource_server")
        return found

    def get_allowed_scope(self, scope: str | None) -> str:
        allowed = self.scopes
        return " ".join(s for s in dict.fromkeys((scope or "").split()) if s in allowed)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        # Codes of a resource server go to the origin of its base, port and all, and nowhere else.
        any_port = self.resource_server is None
        return is_registered(redirect_uri, self.redirect_uris, any_port=any_port)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grant_types


COLUMNS = Client.__table__.c  # type: ignore[attr-defined]
_BY_ID = Statement(select(*COLUMNS).where(COLUMNS.client_id == bindparam("wanted")))


def by_id(db: Connection | Session, client_id: str) -> Client | None:
    """The enabled client with this id, to look at: its row is read now, whatever is remembered."""
    row = _BY_ID.first(db, wanted=client_id)
    return None if row is None or row.disabled else _client(tuple(row))


@lru_cache(maxsize=1024)
def _client(values: tuple[Any, ...]) -> Client:
    """The client that such a row describes; an equal row is the same client."""
    return Client(**dict(zip(COLUMNS.keys(), values, strict=True)))


@lru_cache(maxsize=1024)
def _members(registration: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(registration)
    return members


@lru_cache(maxsize=1024)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def by_resource_server_base(db: Session, base: str) -> Client | None:
    """An enabled client that registered as the resource server of this base."""
    query = (
        select(Client)
        .where(COLUMNS.rs_base == base, COLUMNS.disabled.is_(False))
        .order_by(COLUMNS.created_at)
        .limit(1)
    )
    return db.scalars(query).first()


def listed(db: Session) -> list[Client]:
    """The enabled clients that the operator listed himself."""
    query = select(Client).where(COLUMNS.dynamic.is_(False), COLUMNS.disabled.is_(False))
    return list(db.scalars(query.order_by(COLUMNS.client_id)))
