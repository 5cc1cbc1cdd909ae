"""A forger's workbench: compact JWTs with any header, any payload bytes and any signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from heart_uma.jose import KeySet


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def signed(header: Any, payload: Any, keys: KeySet, tamper: Any = None) -> str:
    """Signed well with the first key, whatever the header says; `tamper` changes the signature."""
    head = f"{b64(text(header))}.{b64(text(payload))}"
    private: Any = keys.signing_key.material.raw_value
    if isinstance(private, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(private.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        raw = private.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{b64(tamper(raw) if tamper else raw)}"


def header_of(keys: KeySet, **changes: Any) -> dict[str, Any]:
    """An honest header with changes; a `...` leaves a member out."""
    key = keys.signing_key
    members = {"alg": key.algorithms[0], "typ": "JWT", "kid": key.kid} | changes
    return {name: value for name, value in members.items() if value is not ...}


def with_hmac(header: Any, payload: Any, secret: bytes) -> str:
    head = f"{b64(text(header))}.{b64(text(payload))}"
    return f"{head}.{b64(hmac.digest(secret, head.encode(), hashlib.sha256))}"
