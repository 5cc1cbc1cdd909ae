"""What stands for a token on the stage: twelve of its characters, and a colour that is its own."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from heart_uma.jose import ClaimRefused, JoseError, KeySet, Kind, decode_jwt, peek

SHORT = 24
"""A token of fewer characters shows none of them."""
_KINDS: dict[str, Kind] = {
    "at+jwt": "access_token",
    "rt+jwt": "refresh_token",
    "secevent+jwt": "set",
}
UNCHECKED = "Not checked: this is no token of the authorization server."


class Keys(Protocol):
    def holding(self, kid: str) -> KeySet: ...


@dataclass
class Tokens:
    """The tokens of one exchange, each cut once."""

    issuer: str
    salt: str
    keys: Keys
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By what is shown of it: its kind, its chip, and what it says if it is a JWT (RFC 7519)."""

    def cut(self, token: str, kind: str) -> str:
        """What is shown in its place."""
        chip = hmac.new(self.salt.encode(), token.encode(), hashlib.sha256).hexdigest()[:12]
        shown = f"{token[:8]}…{token[-4:]}" if len(token) >= SHORT else f"…{chip[:4]}"
        if shown not in self.found:
            self.found[shown] = {"kind": kind, "chip": chip, **self._opened(token, kind)}
        return shown

    def _opened(self, token: str, kind: str) -> dict[str, Any]:
        if token.count(".") != 2:
            return {}
        try:
            header, claims = peek(token)
        except JoseError:
            return {}
        return {
            "header": header,
            "claims": claims,
            "signature": self._signature(token, header, claims),
        }

    def _signature(self, token: str, header: dict[str, Any], claims: dict[str, Any]) -> str:
        kid = header.get("kid")
        if claims.get("iss") != self.issuer or not isinstance(kid, str):
            return UNCHECKED
        kind = _KINDS.get(str(header.get("typ", "")).lower(), "id_token")
        try:
            decode_jwt(
                kind,
                token,
                self.keys.holding(kid),
                issuer=None,
                audience=None,
                now=datetime.now(UTC),
            )
        except ClaimRefused as refused:
            return f"Signed with the published key {kid}; but {refused}."
        except JoseError as error:
            return f"Not confirmed with the published keys: {error}."
        return f"Signature checked with the published key {kid} ({header.get('alg')})."
