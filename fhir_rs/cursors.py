"""Paging cursors: opaque, authentic, and good only for whoever got them (FH-64, FH-68)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from fhir_rs.context import current_rs
from fhir_rs.errors import Invalid

_MAC = 16


def _key() -> bytes:
    secret = current_rs.settings.secret.get_secret_value().encode()
    return hmac.digest(secret, b"heart-uma paging cursor", "sha256")


def _mac(payload: bytes, bound_to: str) -> bytes:
    context = hashlib.sha256(bound_to.encode()).digest()
    return hmac.digest(_key(), context + payload, "sha256")[:_MAC]


def seal_cursor(after: tuple[Any, int], bound_to: str) -> str:
    """A cursor behind `after`, bound to a party and a question."""
    payload = json.dumps(after, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(payload, bound_to) + payload).rstrip(b"=").decode()


def open_cursor(cursor: str, bound_to: str) -> tuple[Any, int]:
    """What `seal_cursor` sealed; raise Invalid for anything else, one text for every reason."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, payload = raw[:_MAC], raw[_MAC:]
        if not hmac.compare_digest(mac, _mac(payload, bound_to)):
            raise ValueError
        key, row = json.loads(payload)
    except (ValueError, TypeError) as error:
        raise Invalid("That page is not available; start the search again.") from error
    return key, int(row)
