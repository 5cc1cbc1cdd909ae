"""A client proves itself with private_key_jwt (RFC 7523, OpenID Connect Core 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import httpx

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Client(Protocol):
    """A client as its requests are made and proven; what comes back is checked by who asks."""

    @property
    def client_id(self) -> str: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    def token_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, form: Mapping[str, str]
    ) -> httpx.Response:
        """What the token endpoint says to `form`; raise httpx.HTTPError when it says nothing."""

    def revocation_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, token: str, hint: str
    ) -> httpx.Response:
        """What the revocation endpoint says (RFC 7009)."""
