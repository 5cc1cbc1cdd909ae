"""Which addresses of strangers are called: https, on the public Internet, looked up once (SSRF)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from heart_ground.look_up import STRANGERS, look_up
from heart_ground.public_address import is_public
from heart_uma.loopback import is_loopback_url

Why = Literal["address", "silent", "slow", "large", "unreadable"]


class Unreachable(Exception):
    """There is no answer that may be used.

    `why`: the `address` is not one that is called; the peer is `silent` (no connection, a broken
    one, no such name), `slow`, sent too `large` an answer or one that is `unreadable`.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


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
