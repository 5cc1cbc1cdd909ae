"""Requests to addresses that strangers chose: client keys, events, clinics, pasted links (SSRF).

One guard for all of them, at the moment of use: https to a public address that was looked up once
and is then connected to; a look-up at registration proves nothing about the next one. One deadline
over the whole exchange, the look-up included, and a bound on what is read.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from heart_ground.transport import STRANGERS, AnswerTooLarge, look_up
from heart_uma.loopback import is_loopback_url

Why = Literal["address", "silent", "slow", "large", "unreadable"]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """There is no answer that may be used.

    `why`: the `address` is not one that is called; the peer is `silent` (no connection, a broken
    one, no such name), `slow`, sent too `large` an answer or one that is `unreadable`.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers, and the unpacked bytes of its body."""

    status: int
    headers: httpx.Headers
    content: bytes


@dataclass(frozen=True, slots=True)
class Reach:
    """How far this service goes: `private_hosts` are the operator's own, in its own network."""

    loopback: bool
    private_hosts: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, own: str, private_hosts: Iterable[str]) -> Reach:
        """That of the service at `own`: this machine where it is itself on it."""
        return cls(is_loopback_url(own), frozenset(name.lower() for name in private_hosts))

    def address_of(self, url: str, seconds: float) -> str | None:
        """The address to connect to for `url`, looked up within `seconds` and checked.

        None for a loopback host, where those are reached: its name needs no look-up. Raise
        Unreachable.
        """
        try:
            asked = urlsplit(url)
            host, port = asked.hostname, asked.port or 443
        except ValueError as error:
            raise Unreachable("address") from error
        if is_loopback_url(url):
            if not self.loopback or asked.scheme not in ("http", "https"):
                raise Unreachable("address")
            return None
        if asked.scheme != "https" or not host or asked.username or asked.password:
            raise Unreachable("address")
        try:
            found = look_up(host, port, seconds, STRANGERS)
        except TimeoutError as error:
            raise Unreachable("slow") from error
        except OSError as error:
            raise Unreachable("silent") from error
        # All of them: a name that leads inside as well has nothing to do with us.
        if not found or not (host in self.private_hosts or all(map(is_public, found))):
            raise Unreachable("address")
        return found[0]


def is_public(address: str) -> bool:
    """True when `address` is one of the public Internet, and so is what it is wrapped around."""
    found = ipaddress.ip_address(address)
    if not found.is_global or found.is_multicast:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return True
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64:
        inner.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    return all(is_public(str(one)) for one in inner if one is not None)


@dataclass(frozen=True, slots=True)
class Outbound:
    """The guarded client: `deadline` in seconds and `max_bytes` are for one whole exchange."""

    http: httpx.Client
    reach: Reach
    deadline: float
    max_bytes: int

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        deadline: float | None = None,
        max_bytes: int | None = None,
        **content: Any,
    ) -> Answer:
        """Send it and read the whole answer; `content` is httpx's params, json, data or content.

        Redirects are never followed. `max_bytes=0` reads nothing of the body. Raise Unreachable.
        """
        seconds = self.deadline if deadline is None else min(deadline, self.deadline)
        most = self.max_bytes if max_bytes is None else max_bytes
        until = time.monotonic() + seconds
        address = self.reach.address_of(url, seconds)
        own = {"deadline": until - time.monotonic(), "max_bytes": most, "address": address}
        try:
            with self.http.stream(
                method, url, headers=headers, follow_redirects=False, extensions=own, **content
            ) as answer:
                body = _read(answer, most, until) if most else b""
        except httpx.TimeoutException as error:
            raise Unreachable("slow") from error
        except AnswerTooLarge as error:
            raise Unreachable("large") from error
        except httpx.DecodingError as error:
            raise Unreachable("unreadable") from error
        except httpx.HTTPError as error:
            raise Unreachable("silent") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Unreachable("address") from error
        return Answer(answer.status_code, answer.headers, body)


def _read(answer: httpx.Response, most: int, until: float) -> bytes:
    """The body, whatever transport it comes through; ours has bounded it by itself before."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("unreadable")
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > most:
            raise Unreachable("large")
        if time.monotonic() > until:
            raise Unreachable("slow")
    return bytes(body)
