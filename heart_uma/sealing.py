"""Sealing a small object for storage: compact JWE, `dir` with A256GCM (RFC 7516)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError as _LibraryError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class SealError(ValueError):
    """The text was not sealed with this secret, or was changed."""


def _key(secret: str) -> OctKey:
    if len(secret) < 32:
        raise SealError("a sealing secret needs 32 characters or more")
    return OctKey.import_key(hashlib.sha256(b"heart-uma seal\x00" + secret.encode()).digest())


def seal(secret: str, content: dict[str, Any]) -> str:
    """Encrypt and authenticate `content` (JSON) under `secret` (>= 32 characters)."""
    text = json.dumps(content, separators=(",", ":"))
    return jwe.encrypt_compact(_HEADER, text, _key(secret), algorithms=["dir", "A256GCM"])


def open_sealed(secret: str, sealed: str) -> dict[str, Any]:
    """The object sealed by `seal`; raise SealError for another secret or a changed text."""
    try:
        plain = jwe.decrypt_compact(sealed, _key(secret), algorithms=["dir", "A256GCM"]).plaintext
    except (_LibraryError, ValueError) as error:
        raise SealError("cannot be opened") from error
    content = json.loads(plain or b"null")
    if not isinstance(content, dict):
        raise SealError("cannot be opened")
    return content
