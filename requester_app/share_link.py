"""PURE: the link a patient hands over: the records that it names, and what it calls them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from requester_app.record_address import (
    MAX_LENGTH,
    MAX_RECORDS,
    BadAddress,
    record_base,
    record_bases,
)

_SPACES = re.compile(r"[\s,]+")


def pasted(text: str, *, app_url: str, on_loopback: bool) -> tuple[str, list[str]]:
    """What a person pasted: a share link of this app, or record bases; (patient, bases)."""
    words = [word for word in _SPACES.split(text.strip()) if word]
    if len(text) > MAX_RECORDS * MAX_LENGTH or not words:
        raise BadAddress
    try:
        link = urlsplit(words[0]) if len(words) == 1 else None
    except ValueError as error:
        raise BadAddress from error
    # A share link carries the bases in its own query; its host is not called and need not be ours.
    if link is not None and link.path.endswith("/open") and "at=" in link.query:
        told = parse_qs(link.query, max_num_fields=2 * MAX_RECORDS + 2)
        return (told.get("from", [""])[0], record_bases(told["at"], on_loopback=on_loopback))
    return "", record_bases(words, on_loopback=on_loopback)


def place_names(given: list[str], names: list[str], *, on_loopback: bool) -> dict[str, str]:
    """What a link calls each of its places, by record base: nobody has checked it, so it is kept
    to one short line. Empty unless every place has a name."""
    if len(given) != len(names):
        return {}
    return {
        record_base(base, on_loopback=on_loopback): patient_name(name)
        for base, name in zip(given, names, strict=True)
        if patient_name(name)
    }


def places_of(text: str, *, on_loopback: bool) -> dict[str, str]:
    """The same of a share link that was pasted; empty for anything else."""
    told = parse_qs(urlsplit(text.strip()).query, max_num_fields=2 * MAX_RECORDS + 2)
    return place_names(told.get("at", []), told.get("place", []), on_loopback=on_loopback)


def patient_name(text: str) -> str:
    """The patient's name as a link gives it, as one short line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:80]
