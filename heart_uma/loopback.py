"""Where plain http is tolerated: loopback only (HEART OAuth 3, FedAuthz 1.3, BCP 195)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback_host(host: str | None) -> bool:
    """True for `localhost`, `*.localhost` and literal loopback addresses, else False."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """True when `url` names a loopback host; False for other hosts and for text that is no URL."""
    try:
        return is_loopback_host(urlsplit(url).hostname)
    except ValueError:
        return False


def require_https_or_loopback(url: str) -> str:
    """Return `url`, or raise ValueError unless it is https, or http on a loopback host.

    A user part, a query or a fragment is refused too: an issuer or a base has none (RFC 8414 2).
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{url!r} may hold no user, query or fragment")
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and is_loopback_host(parts.hostname):
        return url
    raise ValueError(f"{url!r} must be https; plain http is for loopback addresses only")
