"""The answer about an RPT: what was issued, cut by what today's rules give (FedAuthz 5.1.1).

The usual question, a PAT and an RPT that are both good, takes one statement. Where its answer is
not known already, rules and registrations are read in one snapshot with the row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from as_server.models import pairwise_subject, rpt_asked_about
from as_server.models import party as parties
from as_server.models.token import hash_of
from as_server.owner_seal import NO_OWNER
from as_server.sharing.remembered_answers import Answer, RememberedAnswers
from as_server.sharing.worth import Issued, Worth, worth
from as_server.tokens import bearer
from as_server.tokens.issuing import Issuer
from as_server.work import Work

PAT_SCOPE = "uma_protection"


def usual(
    work: Work,
    issuer: Issuer,
    remembered: RememberedAnswers,
    header: Sequence[str],
    value: str,
    write: Callable[[Mapping[str, Any]], bytes],
) -> bytes | None:
    """The answer for who shows a PAT, as `write` puts it; None for anything that is not as usual,
    also where nothing is left: what is wrong is found out in its order."""
    shown = bearer.shown(header)
    owner = None if shown is None else issuer.seals.owner_of(shown)
    if shown is None or owner is None or owner == NO_OWNER:
        return None
    asked = owner, hash_of(value), hash_of(shown), work.now
    with work.reading() as connection:
        row = rpt_asked_about.for_pat(connection, *asked)
    if row is None or not _is_pat(issuer, row):
        return None
    known = remembered.find(row, work.at)
    if known is not None:
        return known
    with work.snapshot() as connection:
        row = rpt_asked_about.for_pat(connection, *asked)
        if row is None or not _is_pat(issuer, row):
            return None
        now = _worth(work, connection, row, owner)
    if not now.permissions:
        return None
    body = write(_members(issuer, row, row.server_id, now))
    remembered.keep(row, Answer(body, now.begins, now.ends))
    return body


def members(
    work: Work, issuer: Issuer, digest: str, caller: str, owner: str
) -> dict[str, Any] | None:
    """The members of the answer for a resource server, which has shown that the owner let it in;
    None where the RPT is worth nothing there."""
    with work.snapshot() as connection:
        row = rpt_asked_about.for_server(connection, owner, digest, caller, work.now)
        if row is None:
            return None
        now = _worth(work, connection, row, owner)
    return _members(issuer, row, caller, now) if now.permissions else None


def _is_pat(issuer: Issuer, row: Any) -> bool:
    good_here = issuer.settings.issuer in row.pat_audience.split()
    return good_here and PAT_SCOPE in row.pat_scope.split()


def _worth(work: Work, connection: Any, row: Any, owner: str) -> Worth:
    issued = Issued(row.entries, row.purpose, row.registration, row.expires_at)
    return worth(connection, issued, owner, row.server_id, parties.party_of(row), work.at)


def _members(issuer: Issuer, row: Any, caller: str, now: Worth) -> dict[str, Any]:
    settings, party = issuer.settings, parties.party_of(row)
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
