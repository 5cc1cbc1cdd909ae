"""An owner allows this server to protect her record at her authorization server (FedAuthz 1.3).

The code flow with PKCE, behind the checks of `heart_uma.oidc_client`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx

from fhir_rs.protection.authorization_server import SCOPE, AuthorizationServers
from heart_uma.authorization_request import LoginState, start
from heart_uma.errors import UmaError
from heart_uma.oidc_client import finish
from heart_uma.tokens import Tokens


def asked(servers: AuthorizationServers, issuer: str, return_to: str) -> tuple[str, LoginState]:
    """Where to send her browser, and what to remember; registers there the first time.

    Raise UmaError when the authorization server cannot be read or refuses.
    """
    server = servers.ensure(issuer)
    client = servers.client_at(server)
    return start(
        server.metadata,
        client.client_id,
        return_to,
        SCOPE,
        address=client.authorization_address,
    )


def given(
    servers: AuthorizationServers, http: httpx.Client, login: LoginState, answer: Mapping[str, str]
) -> Tokens:
    """The PAT and its refresh token; raise UmaError, `access_denied` where she gave less."""
    server = servers.known(login.issuer)
    tokens = finish(
        http,
        server.metadata,
        servers.client_at(server),
        server.keys,
        login,
        answer,
        fresh=partial(servers.fresh_keys, login.issuer),
    )
    granted = set(tokens.scope.split()) if tokens.scope else set(SCOPE.split())
    if "uma_protection" not in granted or not tokens.refresh_token:
        raise UmaError("access_denied", "the protection of her record was not allowed")
    return tokens
