"""Whether an address is one of the public Internet (RFC 6890, RFC 4291 2.5.5.2, RFC 6052 2.1)."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


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
