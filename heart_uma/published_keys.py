"""The keys that an authorization server publishes (RFC 8414 2, `jwks_uri`)."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from heart_uma.errors import UmaError
from heart_uma.jose import JoseError, KeySet
from heart_uma.metadata import AsMetadata
from heart_uma.strict_json import StrictJsonError, loads

FreshKeys = Callable[[], KeySet]
"""Fetches an authorization server's keys again; may raise UmaError."""


def fetch_keys(http: httpx.Client, metadata: AsMetadata) -> KeySet:
    """The AS's public keys from `jwks_uri`; raise UmaError when they cannot be had."""
    try:
        answer = http.get(metadata["jwks_uri"], headers={"Accept": "application/json"})
        if answer.status_code != 200:
            raise UmaError("unreachable", "no keys", answer.status_code)
        return KeySet.from_jwks(loads(answer.content))
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    except (StrictJsonError, JoseError) as error:
        raise UmaError("bad_answer", "the key set cannot be read") from error
