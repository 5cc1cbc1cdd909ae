"""Signatures that were found good: the same token again needs no second look at its signature.

Whole tokens are known by their SHA-256, signature and all, under one set of keys. Only what fits is
remembered; issuer, audience and times are checked each time, by whoever asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

MOST = 4096


class Verified:
    """The last tokens whose signature fits, of one set of keys; at most `most` of them."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def holds(self, token: str) -> bool:
        return _digest(token) in self._known

    def add(self, token: str) -> None:
        """Its signature was just found good."""
        with self._lock:
            self._known[_digest(token)] = None
            if len(self._known) > self._most:
                self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
