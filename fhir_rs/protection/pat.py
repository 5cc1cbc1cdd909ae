"""The PAT: sealed, renewed by one process at a time, given up once refused (F-26, F-27, X-7)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from fhir_rs.context import current_rs
from fhir_rs.db import reading, writing
from fhir_rs.errors import AuthorizationServerUnreachable
from fhir_rs.models import lease
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from heart_ground import moments
from heart_uma.errors import UmaError
from heart_uma.jose import JoseError
from heart_uma.oidc_client import Tokens, refresh
from heart_uma.protection_api import ProtectionApi, ProtectionApiError
from heart_uma.sealing import SealError, open_sealed, seal

SPARE_SECONDS = 30
"""A PAT that ends sooner than this is renewed first."""
LEASE_SECONDS = 10
WAIT_SECONDS = 3.0

Answer = TypeVar("Answer")


def sealed_tokens(access_token: str, refresh_token: str) -> str:
    """PAT and refresh token as the database keeps them (F-132)."""
    secret = current_rs.settings.secret.get_secret_value()
    return seal(secret, {"pat": access_token, "refresh": refresh_token})


def _opened(link: Linked) -> dict[str, str]:
    try:
        return open_sealed(current_rs.settings.secret.get_secret_value(), link.tokens)
    except SealError as error:
        # Another RS_SECRET than the one it was sealed with: as good as no PAT.
        raise AuthorizationServerUnreachable from error


def call(link: Linked, ask: Callable[[ProtectionApi], Answer]) -> Answer:
    """Call the protection API as this record's owner allowed it.

    Parameters: `ask` makes the call and may run twice, since a refused PAT is renewed once.
    Raise AuthorizationServerUnreachable when there is no answer or no PAT to be had, and
    ProtectionApiError when the authorization server refuses the call itself (4xx).
    """
    if not link.connected or not current_rs.circuit.lets_through(link.issuer):
        raise AuthorizationServerUnreachable
    if link.pat_exp - current_rs.now() <= SPARE_SECONDS:
        link = renewed(link)
    try:
        return _ask(link, ask)
    except ProtectionApiError as error:
        if error.status != 401:
            raise
    link = renewed(link)
    try:
        return _ask(link, ask)
    except ProtectionApiError as error:
        if error.status != 401:
            raise
        _disconnect(link)
        raise AuthorizationServerUnreachable from error


def _ask(link: Linked, ask: Callable[[ProtectionApi], Answer]) -> Answer:
    circuit = current_rs.circuit
    try:
        server = current_rs.authorization_servers.known(link.issuer)
        api = ProtectionApi(current_rs.http, server.metadata, _opened(link)["pat"])
        answer = ask(api)
    except ProtectionApiError as error:
        if 400 <= error.status < 500 and error.code != "bad_answer":
            circuit.answered(link.issuer)
            raise
        circuit.failed(link.issuer)
        raise AuthorizationServerUnreachable from error
    except (UmaError, JoseError) as error:
        circuit.failed(link.issuer)
        raise AuthorizationServerUnreachable from error
    circuit.answered(link.issuer)
    return answer


def renewed(link: Linked) -> Linked:
    """The link with other tokens than `link` has, from whichever process got them first.

    The refresh token rotates: two processes that refresh at once would look like theft and end
    the whole family. So one holds a lease, the others wait for what it stores.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        name = f"pat:{link.owner_key}"
        # Not the request's moment: who waits here may see another one's lease run out.
        now = moments.seconds(current_rs.clock())
        with lease.hold(current_rs.engine, name, now, LEASE_SECONDS) as ours:
            newest = _newest(link)
            if newest.tokens != link.tokens:
                return newest
            if ours:
                return _refreshed(newest)
        if time.monotonic() > deadline:
            raise AuthorizationServerUnreachable
        time.sleep(0.05)


def _newest(link: Linked) -> Linked:
    with reading(current_rs.engine) as connection:
        newest = links.find(connection, link.record)
    if newest is None or not newest.connected:
        raise AuthorizationServerUnreachable
    return newest


def _refreshed(link: Linked) -> Linked:
    old = _opened(link)["refresh"]
    try:
        tokens = _refresh(link, old)
    except UmaError as error:
        if error.code == "invalid_grant":
            _disconnect(link)
        elif error.status == 0 or error.status >= 500:
            current_rs.circuit.failed(link.issuer)
        raise AuthorizationServerUnreachable from error
    if tokens.claims.get("sub", link.sub) != link.sub:
        _disconnect(link)
        raise AuthorizationServerUnreachable
    sealed = sealed_tokens(tokens.access_token, tokens.refresh_token or old)
    with writing(current_rs.engine) as connection:
        expires = current_rs.now() + tokens.expires_in
        links.keep_tokens(connection, link.issuer, link.sub, sealed, expires)
    return _newest(link)


def _refresh(link: Linked, refresh_token: str) -> Tokens:
    servers = current_rs.authorization_servers
    server = servers.known(link.issuer)
    return refresh(
        current_rs.http,
        server.metadata,
        servers.credentials(server),
        server.keys,
        refresh_token,
        fresh=partial(servers.fresh_keys, link.issuer),
    )


def _disconnect(link: Linked) -> None:
    with writing(current_rs.engine) as connection:
        links.disconnect(connection, link.issuer, link.sub, link.tokens)
