"""Authlib's OAuth 2 client over our guarded HTTP client: it builds what is sent, we read the rest.

Authlib makes the authorization address with PKCE (RFC 7636), the token and revocation requests
(RFC 6749, 7009) and the proof of who asks (`private_key_jwt`, RFC 7523). It parses no answer:
what comes back is checked by whoever asked, strictly. docs/explanation/authlib.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

LIFE = 60
"""Seconds that an assertion lives."""
HEADERS = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


class SigningKey(Protocol):
    """The private key of a client, as its server knows it; the first algorithm signs."""

    @property
    def kid(self) -> str: ...
    @property
    def algorithms(self) -> tuple[str, ...]: ...
    @property
    def material(self) -> Any: ...


class _Proof(httpx.Auth, ClientAuth):  # type: ignore[misc]
    """Authlib's client authentication, put into the body of a request that is ready to go.

    The request is made anew around the longer body; its deadline and bounds go with it.
    """

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        url, headers, body = self.prepare(
            request.method, str(request.url), headers, request.content.decode()
        )
        yield httpx.Request(
            request.method, url, headers=headers, content=body, extensions=request.extensions
        )


class _Carrier(OAuth2Client):  # type: ignore[misc]
    """Authlib's client for one request: it keeps no token, and hands the answer on as it came."""

    client_auth_class = _Proof

    def parse_response_token(self, resp: httpx.Response) -> httpx.Response:
        return resp


class OAuthClient:
    """One client at the servers it is registered with; `clock` is for its assertions."""

    def __init__(self, client_id: str, key: SigningKey, clock: Callable[[], datetime]) -> None:
        self.client_id, self.clock, self._key = client_id, clock, key

    def authorization_address(
        self, endpoint: str, parameters: Mapping[str, str], verifier: str
    ) -> str:
        """Where to send the browser: the code flow with the challenge of `verifier` (S256)."""
        carrier = _Carrier(None, parameters["client_id"], code_challenge_method="S256")
        more = {name: value for name, value in parameters.items() if name != "client_id"}
        address, _state = carrier.create_authorization_url(endpoint, code_verifier=verifier, **more)
        return str(address)

    def token_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, form: Mapping[str, str]
    ) -> httpx.Response:
        """What the token endpoint says to `form`; raise httpx.HTTPError when it says nothing."""
        answer: httpx.Response = self._carrier(http, issuer).fetch_token(
            endpoint, headers=HEADERS, client_id=self.client_id, **form
        )
        return answer

    def revocation_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, token: str, hint: str
    ) -> httpx.Response:
        """What the revocation endpoint says (RFC 7009)."""
        answer: httpx.Response = self._carrier(http, issuer).revoke_token(
            endpoint,
            token=token,
            token_type_hint=hint,
            body=f"client_id={quote(self.client_id, safe='')}",
            headers=dict(HEADERS),
        )
        return answer

    def _carrier(self, http: httpx.Client, issuer: str) -> _Carrier:
        """A client for one request, with one assertion of its own.

        The issuer is its audience and not the endpoint, which a server's document may name as it
        likes; the life, the moment and `kid` are ours: left alone, Authlib takes an hour and the
        wall clock, names no key, and gives every assertion of one object the same `jti`.
        """
        now, key = int(self.clock().timestamp()), self._key
        proof = PrivateKeyJWT(
            issuer,
            claims={"iat": now, "exp": now + LIFE},
            headers={"typ": "JWT", "kid": key.kid},
            alg=key.algorithms[0],
        )
        carrier = _Carrier(
            http,
            self.client_id,
            key.material,
            token_endpoint_auth_method=proof.name,
            revocation_endpoint_auth_method=proof.name,
        )
        carrier.register_client_auth_method(proof)
        return carrier
