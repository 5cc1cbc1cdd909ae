"""Access tokens of the signed-in person: one for the policy API, one for each clinic (RFC 8707).

A refresh token is rotated with each use, so only one request at a time may refresh: it takes a
lease on the session row; the others wait and read what it stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from heart_ground import moments
from heart_uma import oidc_client
from heart_uma.errors import UmaError
from patient_portal.context import current_portal
from patient_portal.db import reading, transaction
from patient_portal.errors import BadAnswer, SharingServiceDown, SignInAgain
from patient_portal.models.session import PortalSession
from patient_portal.signing_in import sessions

MARGIN = 30
"""Seconds before its end at which a token is no longer used."""
LEASE = 15
WAIT_STEP = 0.05
POLICY = "policy"


def remember(tokens: oidc_client.Tokens, now: int) -> dict[str, Any]:
    """The sealed content of a new session, from the tokens of its sign-in."""
    return {
        "refresh": tokens.refresh_token,
        "id_token": tokens.id_token,
        "access": {POLICY: [tokens.access_token, now + tokens.expires_in]},
    }


def policy_token() -> str:
    """A live token for the policy API."""
    return _token(POLICY)


def owner_token(rs_base: str) -> str:
    """A live token that only the clinic at `rs_base` accepts, for the owner's own path."""
    return _token(rs_base)


def _token(audience: str) -> str:
    live = sessions.required()
    if held := _fresh(sessions.content(live), audience):
        return held
    with _lease(live.id_hash):
        with reading() as db:
            row = db.get(PortalSession, live.id_hash)
        if row is None:
            raise SignInAgain
        vault = sessions.content(row)
        if held := _fresh(vault, audience):
            return held
        return _refresh(live.id_hash, vault, audience)


def _fresh(vault: dict[str, Any], audience: str) -> str | None:
    token, until = vault.get("access", {}).get(audience, ("", 0))
    return token if until - MARGIN > current_portal.now() else None


def _refresh(id_hash: str, vault: dict[str, Any], audience: str) -> str:
    if not vault.get("refresh"):
        raise SignInAgain
    issuer = current_portal.issuer
    try:
        tokens = oidc_client.refresh(
            current_portal.http,
            issuer.metadata(),
            current_portal.credentials,
            issuer.keys(),
            vault["refresh"],
            resource=None if audience == POLICY else audience,
            fresh=issuer.fresh_keys,
        )
    except UmaError as error:
        if error.code in ("unreachable", "bad_answer"):
            issuer.forget()
            down = BadAnswer if error.code == "bad_answer" else SharingServiceDown
            raise down(str(error)) from error
        if error.code == "invalid_grant":
            sessions.end()
            raise SignInAgain from error
        raise SharingServiceDown(str(error)) from error
    vault["refresh"] = tokens.refresh_token or vault["refresh"]
    vault["id_token"] = tokens.id_token or vault.get("id_token")
    until = current_portal.now() + tokens.expires_in
    vault.setdefault("access", {})[audience] = [tokens.access_token, until]
    sessions.store(id_hash, vault)
    return tokens.access_token


@contextmanager
def _lease(id_hash: str) -> Iterator[None]:
    """Hold the right to refresh this session; a holder that died loses it after LEASE seconds."""
    for _ in range(int(LEASE / WAIT_STEP)):
        # Not the request's moment: who waits here may see another one's lease run out.
        now = moments.seconds(current_portal.clock())
        with transaction() as db:
            taken = db.execute(
                update(PortalSession)
                .where(col(PortalSession.id_hash) == id_hash, col(PortalSession.lease) <= now)
                .values(lease=now + LEASE)
            )
        if taken.rowcount == 1:  # type: ignore[attr-defined]
            break
        time.sleep(WAIT_STEP)
    else:
        raise SharingServiceDown("a refresh under way does not end")
    try:
        yield
    finally:
        with transaction() as db:
            db.execute(
                update(PortalSession).where(col(PortalSession.id_hash) == id_hash).values(lease=0)
            )
