"""The answer about an RPT: what was issued, cut by what today's rules give (FedAuthz 5.1.1).

The usual question, a PAT and an RPT that are both good, takes one statement. Where its answer is
not known already, rules and registrations are read in one snapshot with the row.
"""

from typing import Any

from flask import Response, jsonify, request

from as_server.context import current_as, work
from as_server.models import pairwise_subject, rpt_asked_about
from as_server.models import party as parties
from as_server.models.token import hash_of
from as_server.owner_seal import NO_OWNER
from as_server.sharing.remembered_answers import Answer
from as_server.sharing.worth import Issued, Worth, worth
from as_server.tokens import bearer

PAT_SCOPE = "uma_protection"


def at_once(value: str) -> Response | None:
    """The answer for who shows a PAT; None for anything that is not as usual, also where nothing is
    left: what is wrong is found out in its order."""
    shown = bearer.shown(request.headers.get_all("Authorization"))
    owner = None if shown is None else current_as.issuer.seals.owner_of(shown)
    if shown is None or owner is None or owner == NO_OWNER:
        return None
    asked = owner, hash_of(value), hash_of(shown), work().now
    with work().reading() as connection:
        row = rpt_asked_about.for_pat(connection, *asked)
    if row is None or not _is_pat(row):
        return None
    known = current_as.remembered_answers.find(row, work().at)
    if known is not None:
        return current_as.response_class(known, mimetype="application/json")
    with work().snapshot() as connection:
        row = rpt_asked_about.for_pat(connection, *asked)
        if row is None or not _is_pat(row):
            return None
        now = _worth(connection, row, owner)
    if not now.permissions:
        return None
    response = jsonify(_members(row, row.server_id, now))
    kept = Answer(response.get_data(), now.begins, now.ends)
    current_as.remembered_answers.keep(row, kept)
    return response


def members(digest: str, caller: str, owner: str) -> dict[str, Any] | None:
    """The members of the answer for a resource server, which has shown that the owner let it in;
    None where the RPT is worth nothing there."""
    with work().snapshot() as connection:
        row = rpt_asked_about.for_server(connection, owner, digest, caller, work().now)
        if row is None:
            return None
        now = _worth(connection, row, owner)
    return _members(row, caller, now) if now.permissions else None


def _is_pat(row: Any) -> bool:
    good_here = current_as.settings.issuer in row.pat_audience.split()
    return good_here and PAT_SCOPE in row.pat_scope.split()


def _worth(connection: Any, row: Any, owner: str) -> Worth:
    issued = Issued(row.entries, row.purpose, row.registration, row.expires_at)
    return worth(connection, issued, owner, row.server_id, parties.party_of(row), work().at)


def _members(row: Any, caller: str, now: Worth) -> dict[str, Any]:
    settings, party = current_as.settings, parties.party_of(row)
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
