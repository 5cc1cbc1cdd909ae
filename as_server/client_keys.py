"""The public keys of clients: registered inline, or fetched from jwks_uri with care (HO-61..65).

A `jwks_uri` is a stranger's address: it is fetched only when needed, over https, from a global
address that was resolved once and is then connected to, without redirects, 64 KiB in 5 s.
"""

import ipaddress
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from as_server.models.client import Client
from heart_uma.jose import JoseError, KeySet
from heart_uma.loopback import is_loopback_url
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

    def __init__(
        self, http: httpx.Client, clock: Callable[[], datetime], *, loopback_allowed: bool
    ) -> None:
        self._http = http
        self._clock = clock
        self._loopback_allowed = loopback_allowed
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
        if is_loopback_url(uri):
            if not self._loopback_allowed:
                raise ValueError("a loopback address is not fetched")
            return self._read(httpx.Request("GET", uri))
        parts = urlsplit(uri)
        if parts.scheme != "https" or not parts.hostname or parts.username:
            raise ValueError("only https is fetched")
        port = parts.port or 443
        address = _global_address(parts.hostname, port)
        # Connect to the address that was checked: a second look-up could answer another (REG-10).
        host = f"[{address}]" if ":" in address else address
        target = f"https://{host}:{port}{parts.path or '/'}"
        if parts.query:
            target += f"?{parts.query}"
        request = httpx.Request("GET", target, headers={"Host": parts.netloc})
        request.extensions["sni_hostname"] = parts.hostname
        return self._read(request)

    def _read(self, request: httpx.Request) -> Any:
        request.headers["Accept"] = "application/json"
        request.headers["Accept-Encoding"] = "identity"
        request.extensions["timeout"] = httpx.Timeout(TIMEOUT).as_dict()
        started = self._clock().timestamp()
        answer = self._http.send(request, stream=True, follow_redirects=False)
        try:
            if answer.status_code != 200:
                raise ValueError("no JWK Set there")
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > MAX_BYTES or self._clock().timestamp() - started > TIMEOUT:
                    raise ValueError("the JWK Set is too large or too slow")
        finally:
            answer.close()
        return loads(bytes(body))


def _global_address(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(ipaddress.ip_address(a).is_global for a in addresses):
        raise ValueError("the host has an address that is not public")
    return addresses[0]
