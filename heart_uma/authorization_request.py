"""The way out to an authorization server: code flow with PKCE (OIDC Core 3.1.2.1, RFC 7636)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heart_uma.metadata import AsMetadata

STATE_BYTES = 24
"""Random bytes of state, nonce and verifier seeds: 192 bits (RFC 6749 10.10 asks for 128)."""


@dataclass(frozen=True, slots=True)
class LoginState:
    """What must be remembered between the redirect out and the redirect back, in the session."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    issuer: str

    def to_dict(self) -> dict[str, str]:
        """The plain form for a sealed session."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> LoginState:
        """Read it back; raise KeyError when a part is missing."""
        names = ("state", "nonce", "verifier", "redirect_uri", "issuer")
        return cls(**{name: str(content[name]) for name in names})


def start(
    metadata: AsMetadata,
    client_id: str,
    redirect_uri: str,
    scope: str,
    *,
    address: Callable[[str, Mapping[str, str], str], str],
    **parameters: str,
) -> tuple[str, LoginState]:
    """The URL to send the browser to, and the state to keep.

    `parameters` are more authorization request parameters (`prompt`, `login_hint`, `max_age`);
    `address` writes the request down, with the challenge of a verifier (RFC 7636 4.2).
    """
    login = LoginState(
        state=secrets.token_urlsafe(STATE_BYTES),
        nonce=secrets.token_urlsafe(STATE_BYTES),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        issuer=metadata.issuer,
    )
    sent = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": login.state,
        "nonce": login.nonce,
        **parameters,
    }
    return address(metadata["authorization_endpoint"], sent, login.verifier), login
