"""One event for one resource server: what it says, and where it goes (RFC 8417, RFC 8935, CAEP).

It carries a number and nothing else: an RS that reads it knows only that its cache is old.
"""

import secrets
from urllib.parse import urlsplit

from as_server.models.client import Client
from as_server.models.outbox import Outbox
from as_server.tokens.issuing import Issuer
from as_server.work import Work
from heart_uma.loopback import is_loopback_url

EVENT = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"


def event_token(work: Work, issuer: Issuer, server: Client, row: Outbox) -> str:
    """The Security Event Token for one RS: the owner by the name it knows, and her epoch."""
    own = issuer.settings.issuer
    subject = issuer.subject_of(work.connection, server.client_id, row.owner)
    claims = {
        "iss": own,
        "aud": [server.rs_base or server.client_id],
        "iat": work.now,
        "jti": secrets.token_urlsafe(24),
        "sub_id": {"format": "iss_sub", "iss": own, "sub": subject},
        "events": {
            EVENT: {
                "event_timestamp": row.changed_at,
                "claims": {"heart_uma_epoch": row.epoch},
            }
        },
    }
    return issuer.keys.sign("set", claims)


def address_of(server: Client | None, issuer: str) -> str | None:
    """Where events of this RS go; None where nothing may be sent.

    Only to the origin it registered its base under, over https, or over http between services of
    one machine: the address comes from a stranger, and must not reach our own network (SSRF).
    """
    declared = (server.resource_server or {}) if server is not None and not server.disabled else {}
    base, address = declared.get("base"), declared.get("events_endpoint")
    if not isinstance(base, str) or not isinstance(address, str):
        return None
    try:
        at, home = urlsplit(address), urlsplit(base)
    except ValueError:
        return None
    if (at.scheme, at.netloc) != (home.scheme, home.netloc) or at.username or at.fragment:
        return None
    if is_loopback_url(address):
        return address if is_loopback_url(issuer) else None
    return address if at.scheme == "https" else None
