"""The public keys of clients: inline, or fetched from jwks_uri with care (HEART OAuth 2.2.4).

A `jwks_uri` is a stranger's address: it is fetched only when needed, by one request at a time,
through `outbound`, 64 KiB in 5 s. Only a few such calls run at once, so that strangers who hang
never hold every thread of this server.
"""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from as_server.models.client import Client
from heart_ground.asked_once import AskedOnce
from heart_ground.outbound import Outbound
from heart_ground.reach import Unreachable
from heart_uma.jose import JoseError, KeySet
from heart_uma.strict_json import StrictJsonError, loads

MAX_BYTES = 65_536
TIMEOUT = 5.0
FRESH = 3600
REFETCH_AFTER = 30
FAILED_FOR = 60
MAX_CACHED = 2_000
AT_ONCE = 3
"""Fetches that run at the same time: fewer than the threads of a worker."""
WAIT = 1.0
"""Seconds that a request waits for another's fetch, or for one of those places."""


class _Busy(Exception):
    """Too many strangers are being waited for."""


class _NoKeys(Exception):
    """Nothing usable is at the client's address."""


@lru_cache(maxsize=MAX_CACHED)
def _inline(registration: str) -> KeySet:
    return KeySet.from_jwks(json.loads(registration)["jwks"])


class ClientKeys:
    """Finds the keys of a client; raises `JoseError` when there are none to be had."""

    def __init__(self, outbound: Outbound, clock: Callable[[], datetime]) -> None:
        self._outbound = outbound
        self._places = threading.Semaphore(AT_ONCE)
        self._remote: AskedOnce[KeySet] = AskedOnce(
            lambda: clock().timestamp(),
            fresh=FRESH,
            failed=FAILED_FOR,
            failures=(_NoKeys,),
            wait=WAIT,
            most=MAX_CACHED,
        )

    def of(self, client: Client, *, fresh: bool = False) -> KeySet:
        """The client's keys; `fresh` after a signature that they do not explain
        (OpenID Connect Core 10.1.1).

        Then its address is asked once more, but no more than every 30 s, since anybody can send
        such a signature. What is there now replaces what was known; a fetch that fails does not.
        """
        members = client.metadata_members
        if "jwks" in members:
            return _inline(client.registration)
        uri = members.get("jwks_uri")
        if not isinstance(uri, str):
            raise JoseError("the client has no keys")
        fetch = partial(self._fetch, uri)
        try:
            return self._remote.get(uri, fetch, max_age=REFETCH_AFTER if fresh else None)
        except (_NoKeys, _Busy, TimeoutError) as error:
            raise JoseError("the client's keys could not be fetched") from error

    def _fetch(self, uri: str) -> KeySet:
        if not self._places.acquire(timeout=WAIT):
            raise _Busy
        try:
            return KeySet.from_jwks(self._document(uri))
        except (Unreachable, StrictJsonError, JoseError) as error:
            raise _NoKeys from error
        finally:
            self._places.release()

    def _document(self, uri: str) -> Any:
        answer = self._outbound.request("GET", uri, headers={"Accept": "application/json"})
        if answer.status != 200:
            raise Unreachable("unreadable")
        return loads(answer.content)
