"""Requests to addresses that strangers chose: jwks_uri and events_endpoint (REG-09..15, SSRF).

One guard for all of them, at the moment of use: https to a public address that was resolved once
and is then connected to. A look-up at registration proves nothing about the next one.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from heart_uma.loopback import is_loopback_url


@dataclass(frozen=True, slots=True)
class Reach:
    """How far this server goes: `private_hosts` are the operator's own, in its own network."""

    loopback: bool
    private_hosts: frozenset[str] = frozenset()

    def request(
        self, method: str, address: str, *, timeout: float, headers: dict[str, str], **body: Any
    ) -> httpx.Request:
        """The request, ready to send; ValueError or OSError when it may not or cannot go there."""
        extensions: dict[str, Any] = {"timeout": httpx.Timeout(timeout).as_dict()}
        if is_loopback_url(address):
            if not self.loopback:
                raise ValueError("a loopback address is not reached")
        else:
            asked = urlsplit(address)
            address = self._pinned(asked)
            headers = {**headers, "Host": asked.netloc}
            extensions["sni_hostname"] = asked.hostname
        return httpx.Request(method, address, headers=headers, extensions=extensions, **body)

    def _pinned(self, asked: SplitResult) -> str:
        """The address with its host resolved: a second look-up could answer another (REG-10)."""
        if asked.scheme != "https" or not asked.hostname or asked.username:
            raise ValueError("only https is reached")
        port = asked.port or 443
        numeric = _address(asked.hostname, port, asked.hostname in self.private_hosts)
        host = f"[{numeric}]" if ":" in numeric else numeric
        query = f"?{asked.query}" if asked.query else ""
        return f"https://{host}:{port}{asked.path or '/'}{query}"


def _address(host: str, port: int, private_allowed: bool) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    public = all(ipaddress.ip_address(address).is_global for address in addresses)
    if not addresses or not (public or private_allowed):
        raise ValueError("the host has an address that is not public")
    return addresses[0]
