"""Redirect URIs: three categories, never mixed, compared as plain strings (HEART OAuth 2.2.3)."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeGuard
from urllib.parse import parse_qs, urlsplit

from as_server.errors import InvalidRedirectUri
from heart_uma.loopback import is_loopback_host

Category = Literal["site", "loopback", "app"]
MAX_URIS: Final = 20
MAX_LENGTH: Final = 1024
APP_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{2,63}", re.ASCII)
# Schemes a browser or a helper program acts on: a redirect there would run or fetch something.
DANGEROUS: Final = frozenset(
    {"javascript", "data", "vbscript", "file", "about", "blob", "filesystem", "view-source"}
    | {"ftp", "ws", "wss", "mailto", "gopher", "ldap", "jar", "chrome", "intent", "tel", "sms"}
)
ANSWER_PARAMETERS: Final = frozenset(
    {"code", "state", "iss", "error", "error_description", "ticket"}
)
# Nothing that means something in a header or a page: hosts are shown, and compared with origins.
HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
LITERAL_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::\d{1,5})?(/.*)?", re.ASCII)


def check_redirect_uris(
    document: Mapping[str, Any], *, required: bool, native: bool
) -> dict[str, Any]:
    """The three lists of redirect URIs of a registration, or an error.

    `claims_redirect_uris` are where people go back to from the claims interaction (Grant 2, 3.3.2):
    none of the `redirect_uris` is one unless it is named there too.
    """
    kept: dict[str, Any] = {}
    if document.get("claims_redirect_uris") == []:
        raise InvalidRedirectUri("claims_redirect_uris must hold one or more.")
    for name in ("redirect_uris", "post_logout_redirect_uris", "claims_redirect_uris"):
        uris = document.get(name, [])
        if not isinstance(uris, list) or len(uris) > MAX_URIS:
            raise InvalidRedirectUri(f"{name} must be a list of at most {MAX_URIS}.")
        if len({_category(uri, native) for uri in uris}) > 1:
            raise InvalidRedirectUri(f"{name} mixes sites, this machine and app schemes.")
        if uris:
            kept[name] = uris
    if required and "redirect_uris" not in kept:
        raise InvalidRedirectUri("At least one redirect URI is needed.")
    return kept


def _category(uri: Any, native: bool) -> Category:
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_LENGTH or not uri.isascii():
        raise InvalidRedirectUri("A redirect URI must be a short ASCII text.")
    if any(c.isspace() or not c.isprintable() or c in "\\#*<>\"'" for c in uri):
        raise InvalidRedirectUri("A redirect URI holds a character that is not allowed.")
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise InvalidRedirectUri("A redirect URI is not a URI.") from error
    if not uri.startswith(parts.scheme + ":") or "@" in parts.netloc:
        raise InvalidRedirectUri("A redirect URI needs a lower-case scheme and no user part.")
    if ANSWER_PARAMETERS & set(parse_qs(parts.query, keep_blank_values=True)):
        raise InvalidRedirectUri("A redirect URI presets a parameter of the answer.")
    if parts.scheme == "https" and is_host(parts.hostname):
        return "site"
    if parts.scheme == "http" and is_loopback_host(parts.hostname):
        return "loopback"
    own = parts.scheme not in DANGEROUS | {"http", "https"}
    if native and own and APP_SCHEME.fullmatch(parts.scheme):
        return "app"
    raise InvalidRedirectUri("A redirect URI must be https, on this machine, or of a native app.")


def is_host(host: str | None) -> TypeGuard[str]:
    """Whether this is a host name, or an address without its brackets."""
    return host is not None and HOST.fullmatch(host) is not None


def is_registered(uri: str, registered: list[str], *, any_port: bool) -> bool:
    """Whether the URI is one of the registered ones, character by character.

    With `any_port` a literal loopback address may vary its port (RFC 8252 7.3): an app on this
    machine takes the port that is free. That has nothing to do with `application_type`, which
    few such apps send.
    """
    if uri in registered:
        return True
    asked = LITERAL_LOOPBACK.fullmatch(uri) if any_port else None
    if asked is None:
        return False
    own = [LITERAL_LOOPBACK.fullmatch(known) for known in registered]
    return any(match is not None and match.groups() == asked.groups() for match in own)
