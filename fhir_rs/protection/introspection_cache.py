"""Introspection answers, kept for seconds, only under the owner's newest epoch (RFC 7662 4)."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from fhir_rs.enforcement.grant import Grant
from fhir_rs.models.link import Linked

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What the authorization server said of a token, and until when it may be relied on.

    `grant` is what the token lets its bearer do; `epoch` the owner's epoch the answer belongs to;
    `expires_at` is in seconds since 1970 and is never later than the token or any permission.
    """

    grant: Grant
    epoch: int
    expires_at: float
    jti: str = ""
    client_id: str = ""
    client_name: str = ""
    party: dict[str, Any] | None = None
    tell: dict[str, Any] = field(default_factory=dict)
    purpose: str | None = None
    reason: str | None = None


class IntrospectionCache:
    """Keyed by SHA-256 of the token and by record and owner: a token's text is never kept.

    The owner is part of the key because a record may be linked anew, to somebody else.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._proofs: OrderedDict[bytes, Proof] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def _key(token: str, link: Linked) -> bytes:
        text = f"{token} {link.record} {link.issuer} {link.sub}"
        return hashlib.sha256(text.encode()).digest()

    def find(self, token: str, link: Linked, now: float) -> Proof | None:
        """The proof, unless it aged out or the owner's epoch is another now.

        It is below the proof's where the database was put back to an earlier state: nothing that
        was said before counts, and no disclosure would be entered under that epoch.
        """
        key = self._key(token, link)
        proof = self._proofs.get(key)
        if proof is None:
            return None
        if proof.epoch == link.epoch and now < proof.expires_at:
            return proof
        with self._lock:
            self._proofs.pop(key, None)
        return None

    def keep(self, token: str, link: Linked, proof: Proof) -> None:
        """Keep a proof; the oldest goes when there are too many."""
        with self._lock:
            self._proofs[self._key(token, link)] = proof
            while len(self._proofs) > self._most:
                self._proofs.popitem(last=False)

    def __len__(self) -> int:
        return len(self._proofs)
