"""introspection_endpoint: what a token is worth right now (RFC 7662, FedAuthz 5).

    POST /introspect
    Authorization: Bearer <PAT>
    token=...

An RPT is worth what was issued, cut by what today's policies give: policies, registrations and the
owner's epoch are read in one snapshot. Everything that is not an answer is `{"active": false}`.
"""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import Connection, bindparam, or_, select
from werkzeug.datastructures import MultiDict

from as_server.context import authenticated_client, bearer_token, current_as, work
from as_server.errors import InvalidClient, InvalidRequest
from as_server.messages.form import read_form
from as_server.models import pairwise_subject, whose
from as_server.models import party as parties
from as_server.models import token as tokens
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.owner_epoch import COLUMNS as EPOCH
from as_server.models.rpt_grant import RptGrant
from as_server.models.token import Token
from as_server.sharing import refused_tries
from as_server.sharing.worth import Issued, worth
from heart_ground.statement import Statement

MAX_TOKEN = 16_384
# Tokens for this server's own endpoints, or of UMA: an RS without a PAT learns nothing of them.
RESERVED = frozenset({"owner", "uma_protection", "uma_policy"})
TOKEN, GRANT = Token.__table__.c, RptGrant.__table__.c  # type: ignore[attr-defined]
OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
PARTY = Account.__table__.alias("party").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]
_RPT = Statement(
    select(
        TOKEN.jti, TOKEN.issued_at, TOKEN.expires_at, TOKEN.audience, TOKEN.reason,
        GRANT.entries, GRANT.purpose,
        EPOCH.epoch,
        *(PARTY[name] for name in parties.MEMBERS),
        APP.client_id, APP.name.label("app_name"),
        SERVER.client_id.label("server_id"), SERVER.rs_base, SERVER.registration,
    )
    .join(GRANT.id.table, (GRANT.owner == TOKEN.owner) & (GRANT.id == TOKEN.rpt_grant))
    .join(EPOCH.owner.table, EPOCH.owner == GRANT.owner)
    .join(OWNER.key.table, OWNER.key == GRANT.owner)
    .join(PARTY.key.table, PARTY.key == TOKEN.account_key)
    .join(APP.client_id.table, APP.client_id == TOKEN.client_id)
    .join(SERVER.client_id.table, SERVER.client_id == GRANT.rs_client_id)
    .where(
        TOKEN.owner == bindparam("of_owner"), EPOCH.owner == bindparam("of_owner"),
        TOKEN.hash == bindparam("presented"), TOKEN.expires_at > bindparam("moment"),
        GRANT.owner == bindparam("of_owner"), GRANT.rs_client_id == bindparam("at_server"),
        TOKEN.kind == "rpt", TOKEN.revoked_at.is_(None), GRANT.ended_at.is_(None),
        OWNER.disabled.is_(False), PARTY.disabled.is_(False),
        APP.disabled.is_(False), SERVER.disabled.is_(False),
    )
)  # fmt: skip


def create() -> Response:
    form = read_form(request)
    caller, owner = _authenticate(form)
    value = form.get("token", "")
    if not value:
        raise InvalidRequest("A token is needed.")
    digest = tokens.hash_of(value) if len(value) <= MAX_TOKEN else ""
    if owner is None:
        return jsonify(_plain(digest, value, caller) or {"active": False})
    found = _rpt(digest, caller, owner) or _owner_token(digest, caller, owner)
    if found is None:
        refused_tries.note(work(), digest, caller, owner)
    return jsonify(found or {"active": False})


def _authenticate(form: MultiDict[str, str]) -> tuple[str, str | None]:
    """The calling RS client and, with a PAT, its owner. Both credentials have to agree."""
    with_pat = "Authorization" in request.headers
    with_key = "client_assertion" in form
    token = bearer_token("uma_protection") if with_pat or not with_key else None
    if not with_key:
        return (token.client_id, token.account_key) if token else ("", None)
    client = authenticated_client(form, allow_public=False)
    if token is not None and token.client_id != client.client_id:
        raise InvalidClient("The PAT was not issued to this client.")
    return client.client_id, None if token is None else token.account_key


def _rpt(digest: str, caller: str, owner: str) -> dict[str, Any] | None:
    these = {"presented": digest, "moment": work().now, "of_owner": owner, "at_server": caller}
    with work().snapshot() as connection:
        row = _RPT.first(connection, **these)
        if row is None or not {row.rs_base, caller} & set(row.audience.split()):
            return None
        party = parties.party_of(row)
        issued = Issued(row.entries, row.purpose, row.registration, row.expires_at)
        now = worth(connection, issued, owner, row.server_id, party, work().at)
    if not now.permissions:
        return None
    settings = current_as.settings
    return {
        "active": True,
        "iss": settings.issuer,
        "aud": row.audience.split(),
        "client_id": row.client_id,
        "azp": row.client_id,
        "exp": row.expires_at,
        "iat": row.issued_at,
        "jti": row.jti,
        "permissions": now.permissions,
        **now.until,
        "heart_uma_epoch": row.epoch,
        "heart_uma_party": {
            # Derived, not looked up: nobody has to find the account by it, so no row is written.
            "sub": pairwise_subject.derive(settings.secret_bytes, caller, party.key),
            "name": party.name,
            "role": party.role_name,
            "organization": party.organization or "",
            "clinician": bool(party.clinician),
        },
        "heart_uma_purpose": row.purpose,
        "heart_uma_reason": row.reason,
        "heart_uma_tell": now.tell,
        "heart_uma_client": {"client_id": row.client_id, "name": row.app_name},
    }


def _owner_token(digest: str, caller: str, owner: str) -> dict[str, Any] | None:
    """The owner's own token, for the RS where her record is linked: she reads it herself."""
    with work().snapshot() as connection:
        row = _access(connection, owner, digest, caller)
        if row is None or row["account_key"] != owner or "owner" not in row["scope"].split():
            return None
        epoch = connection.execute(select(EPOCH.epoch).where(EPOCH.owner == owner)).scalar_one()
    return {
        **_members(row),
        "scope": "owner",
        "sub": current_as.issuer.subject_of(work().connection, caller, owner),
        "heart_uma_epoch": epoch,
    }


def _plain(digest: str, value: str, caller: str) -> dict[str, Any] | None:
    """An ordinary access token for this RS, for a caller without a PAT (RFC 7662 2.1)."""
    if not digest:
        return None
    with work().snapshot() as connection:
        owner = whose.owner_of(connection, current_as.issuer.seals, value)
        row = _access(connection, owner, digest, caller)
    if row is None or RESERVED & set(row["scope"].split()):
        return None
    # Without a person the client speaks for itself (RFC 9068 2.2).
    person = row["account_key"]
    sub = row["client_id"]
    if person:
        sub = current_as.issuer.subject_of(work().connection, caller, person)
    return {**_members(row), "scope": row["scope"], "sub": sub}


def _access(connection: Connection, owner: str, digest: str, caller: str) -> Any:
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
            TOKEN.expires_at > work().now,
            or_(OWNER.disabled.is_(False), TOKEN.account_key == ""),
            APP.disabled.is_(False),
            SERVER.disabled.is_(False),
        )
    )
    row = connection.execute(query).mappings().first()
    return row if row is not None and row["rs_base"] in row["audience"].split() else None


def _members(row: Any) -> dict[str, Any]:
    return {
        "active": True,
        "iss": current_as.settings.issuer,
        "aud": row["audience"].split(),
        "client_id": row["client_id"],
        "exp": row["expires_at"],
        "iat": row["issued_at"],
        "jti": row["jti"],
    }
