"""A file of one record: inside it, or in a Binary of the same record. Nothing else is called."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heart_reading.documents import attachments, content, decoded
from patient_portal.clinics.found import Found
from patient_portal.errors import ClinicDown, NotLoaded, NotThere

AT_ONCE = 3
"""Files that are held in memory at the same time: each may be as large as a clinic takes."""
WAIT = 2.0
"""Seconds to wait for one of those places."""
_held = threading.BoundedSemaphore(AT_ONCE)
_BINARY = re.compile(r"Binary/[A-Za-z0-9\-.]{1,64}", re.ASCII)


class TooMany(Exception):
    """Too many files are being opened at this moment."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file: the record it is of, what it claims to be, its bytes.

    `raw` is None where it is kept at a place that is not called, or is there no more; `elsewhere`
    tells the two apart.
    """

    resource: Mapping[str, Any]
    declared: str
    title: str
    raw: bytes | None
    elsewhere: bool = False


def fetch(at: Found, record_id: str, number: int) -> KeptFile | None:
    """The file `number` of a record; None where there is no such file. Raise NotLoaded, TooMany."""
    if not _held.acquire(timeout=WAIT):
        raise TooMany
    try:
        return _fetch(at, record_id, number)
    except NotThere:
        return None
    except ClinicDown as error:
        raise NotLoaded(at.record.rs) from error
    finally:
        _held.release()


def whole(at: Found, record_id: str) -> dict[str, Any] | None:
    """A record as its clinic keeps it; None where it is not there. Raise NotLoaded."""
    try:
        return at.own.read(record_id)
    except NotThere:
        return None
    except ClinicDown as error:
        raise NotLoaded(at.record.rs) from error


def _fetch(at: Found, record_id: str, number: int) -> KeptFile | None:
    resource = at.own.read(record_id)
    kept = content(resource, number)
    if kept is None:
        return None
    declared, raw, address = kept
    titled = next((one.title for one in attachments(resource) if one.number == number), "")
    if raw is not None or not address:
        return KeptFile(resource, declared, titled, raw)
    binary = _inside(at, address)
    if binary is None:
        return KeptFile(resource, declared, titled, None, elsewhere=True)
    try:
        raw = decoded(at.own.read(binary).get("data"))
    except NotThere:
        raw = None
    return KeptFile(resource, declared, titled, raw)


def _inside(at: Found, address: str) -> str | None:
    """`Binary/x` of this record, however it is written; None for every other address."""
    for base in (at.record.record, at.record.rs_base):
        if address.startswith(f"{base}/"):
            address = address.removeprefix(f"{base}/")
            break
    return address if _BINARY.fullmatch(address) else None
