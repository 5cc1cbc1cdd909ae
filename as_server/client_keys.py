"""The public keys of clients: registered inline, or fetched from jwks_uri with care (HO-61..65).

A `jwks_uri` is a stranger's address: it is fetched only when needed, within this server's reach
(`outbound`), without redirects, 64 KiB in 5 s.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import httpx

from as_server.models.client import Client
from as_server.outbound import Reach
from heart_uma.jose import JoseError, KeySet
from heart_uma.strict_json import StrictJsonError, loads

MAX_BYTES = 65_536
TIMEOUT = 5.0
FRESH = 3600
REFETCH_AFTER = 30
FAILED_FOR = 60
MAX_CACHED = 2_000


@dataclass(frozen=True)
class _Fetched:
    keys: KeySet | None
    at: float


@lru_cache(maxsize=MAX_CACHED)
def _inline(jwks: str) -> KeySet:
    return KeySet.from_jwks(json.loads(jwks))


class ClientKeys:
    """Finds the keys of a client; raises `JoseError` when there are none to be had."""

    def __init__(self, http: httpx.Client, clock: Callable[[], datetime], reach: Reach) -> None:
        self._http = http
        self._clock = clock
        self._reach = reach
        self._lock = threading.Lock()
        self._cache: dict[str, _Fetched] = {}

    def of(self, client: Client, kid: str | None = None) -> KeySet:
        """The client's keys; a `kid` they lack causes one refetch, at most every 30 s (HO-52)."""
        members = client.metadata_members
        if "jwks" in members:
            return _inline(json.dumps(members["jwks"], sort_keys=True))
        uri = members.get("jwks_uri")
        if not isinstance(uri, str):
            raise JoseError("the client has no keys")
        return self._remote(uri, kid)

    def _remote(self, uri: str, kid: str | None) -> KeySet:
        now = self._clock().timestamp()
        with self._lock:
            cached = self._cache.get(uri)
        if cached is not None and cached.keys is None and now - cached.at < FAILED_FOR:
            raise JoseError("the client's keys could not be fetched")
        if cached is not None and cached.keys is not None and now - cached.at < FRESH:
            known = kid is None or any(key.kid == kid for key in cached.keys.keys)
            if known or now - cached.at < REFETCH_AFTER:
                return cached.keys
        return self._fetch_and_keep(uri, now)

    def _fetch_and_keep(self, uri: str, now: float) -> KeySet:
        keys: KeySet | None = None
        try:
            keys = KeySet.from_jwks(self._fetch(uri))
        except (httpx.HTTPError, StrictJsonError, JoseError, OSError, ValueError):
            keys = None
        with self._lock:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            self._cache[uri] = _Fetched(keys, now)
        if keys is None:
            raise JoseError("the client's keys could not be fetched")
        return keys

    def _fetch(self, uri: str) -> Any:
        # Compressed bytes could be a thousand times as many: none are asked for, none are unpacked.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        request = self._reach.request("GET", uri, timeout=TIMEOUT, headers=headers)
        started = self._clock().timestamp()
        answer = self._http.send(request, stream=True, follow_redirects=False)
        try:
            if answer.status_code != 200 or "Content-Encoding" in answer.headers:
                raise ValueError("no JWK Set there")
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > MAX_BYTES or self._clock().timestamp() - started > TIMEOUT:
                    raise ValueError("the JWK Set is too large or too slow")
        finally:
            answer.close()
        return loads(bytes(body))
