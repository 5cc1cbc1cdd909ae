"""PURE: which addresses a person may paste or follow as records (SSRF)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from heart_ui.words import N_
from heart_uma.loopback import is_loopback_host

MAX_RECORDS = 20
MAX_LENGTH = 500
BAD_LINK = N_("That link does not work. It may have ended. Ask the patient for a new one.")
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~\-]+)*")


class BadAddress(ValueError):
    """The text is no record address; one sentence for all reasons: nothing can be probed."""

    def __init__(self) -> None:
        super().__init__(BAD_LINK)


def record_base(text: str, *, on_loopback: bool) -> str:
    """The record base in `text`, without a slash at the end; raise BadAddress.

    Only https, and http on loopback when this app runs on loopback itself: otherwise a pasted
    link could make the server call into its own machine or network.
    """
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress from error
    path = parts.path.rstrip("/")
    tidy = not (parts.username or parts.password or parts.query or parts.fragment)
    if not host or not tidy or len(text) > MAX_LENGTH or not _PLAIN_PATH.fullmatch(path):
        raise BadAddress
    if any(step in (".", "..") for step in path.split("/")):
        raise BadAddress
    if not _may_be_called(parts.scheme, host, on_loopback=on_loopback):
        raise BadAddress
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _may_be_called(scheme: str, host: str, *, on_loopback: bool) -> bool:
    if is_loopback_host(host):
        return on_loopback and scheme in ("http", "https")
    if scheme != "https":
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def record_bases(texts: list[str], *, on_loopback: bool) -> list[str]:
    """Several record bases, each once, in order; raise BadAddress for none or one bad."""
    bases = [record_base(text, on_loopback=on_loopback) for text in texts if text.strip()]
    distinct = list(dict.fromkeys(bases))
    if not 0 < len(distinct) <= MAX_RECORDS:
        raise BadAddress
    return distinct


def host_of(base: str) -> str:
    """The host that a record is kept at, for people."""
    return urlsplit(base).netloc
