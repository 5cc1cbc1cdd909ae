"""What a client may say about itself: the whole resulting state is validated (RFC 7591 2).

Pure: a document in, checked metadata out, or an error. Nothing is fetched here.
"""

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from as_server.clients.profiles import HEART, SECRET_METHODS, Profile
from as_server.errors import InvalidClientMetadata
from as_server.redirect_uris import check_redirect_uris, is_host
from heart_uma.jose import ALGORITHMS, JoseError, KeySet
from heart_uma.loopback import is_loopback_host

DYNAMIC_SCOPES: Final = frozenset(
    {"openid", "profile", "email", "offline_access", "uma_protection", "uma_policy", "owner"}
)
DEFAULT_SCOPE: Final = "openid profile email"
TEXTS: Final = {"client_name": 16_384, "software_id": 256, "software_version": 256}
ADDRESSES: Final = ("client_uri", "jwks_uri")
LEFT_OUT: Final = (
    *("logo_uri", "policy_uri", "tos_uri", "initiate_login_uri"),
    *("backchannel_logout_uri", "frontchannel_logout_uri"),
)
"""Addresses that nothing here shows or calls. The answer does not hold them, so that it promises
nothing (RFC 7591 3.2.1); one that could not be called anyway is refused like any other."""
FIXED: Final = {
    "subject_type": ("pairwise",),
    "token_endpoint_auth_signing_alg": ALGORITHMS,
    "application_type": ("web", "native"),
}
# Names that lead to machines of a local network, and the empty last label of "localhost.".
INSIDE: Final = frozenset({"local", "internal", "localhost", "home", "lan", ""})
MAX_KEYS: Final = 20


def validate(
    document: Any,
    *,
    dynamic: bool,
    loopback_allowed: bool,
    id_token_algorithms: Collection[str],
    profile: Profile = HEART,
) -> dict[str, Any]:
    """The metadata that will be stored: what it holds is kept, what nobody reads is left out.

    `dynamic` limits scopes to what open registration allows; `loopback_allowed` says
    whether addresses on this machine are fine, which is so only for an issuer on loopback;
    `id_token_algorithms` are those this server has keys for; `profile` says which grants, scopes
    and ways to authenticate there are for this client. A null member is like one that is
    not there (RFC 7592 2.2).
    """
    if not isinstance(document, Mapping):
        raise InvalidClientMetadata("The metadata must be one JSON object.")
    document = {name: value for name, value in document.items() if value is not None}
    fixed = {**FIXED, "id_token_signed_response_alg": tuple(id_token_algorithms)}
    kept = _texts(document) | _fixed(document, fixed) | _addresses(document, loopback_allowed)
    kept |= _grants(document, profile)
    kept |= _authentication(document, kept, profile)
    kept |= check_redirect_uris(
        document,
        required="authorization_code" in kept["grant_types"],
        native=kept.get("application_type") == "native",
    )
    kept["scope"] = _scope(document, dynamic, profile)
    kept |= _resource_server(document, loopback_allowed, kept)
    return kept


def _texts(document: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, longest in TEXTS.items():
        value = document.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or len(value) > longest:
            raise InvalidClientMetadata(f"{name} must be a short text.")
        kept[name] = value
    contacts = document.get("contacts", [])
    if not _is_texts(contacts, 10):
        raise InvalidClientMetadata("contacts must be a list of texts.")
    if contacts:
        kept["contacts"] = contacts
    return kept


def _fixed(document: Mapping[str, Any], offered: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, allowed in offered.items():
        value = document.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or value not in allowed:
            raise InvalidClientMetadata(f"{name} has a value that is not offered.")
        kept[name] = value
    return kept


def _addresses(document: Mapping[str, Any], loopback_allowed: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if document.get("request_uris"):
        raise InvalidClientMetadata("request_uris are not offered.")
    if "sector_identifier_uri" in document:
        raise InvalidClientMetadata(
            "sector_identifier_uri is not offered: each client knows a person by a sub of its own."
        )
    for name in (*ADDRESSES, *LEFT_OUT):
        if name in document:
            _check_address(name, document[name], loopback_allowed)
    kept.update({name: document[name] for name in ADDRESSES if name in document})
    return kept


def _check_address(name: str, value: Any, loopback_allowed: bool) -> None:
    """One guard for every address: https on a public host, or loopback where that is allowed."""
    refused = InvalidClientMetadata(f"{name} must be an https address of a public host.")
    if not isinstance(value, str) or not 0 < len(value) <= 2048 or not value.isascii():
        raise refused
    if any(c.isspace() or c in '\\<>"' or not c.isprintable() for c in value):
        raise refused
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
        if parts.username or parts.password or parts.fragment or not is_host(host):
            raise refused
        if is_loopback_host(host):
            if loopback_allowed and parts.scheme in ("http", "https"):
                return
            raise refused
        if parts.scheme != "https" or not _is_public(host):
            raise refused
    except ValueError as error:
        raise refused from error


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        # A name: digits alone (2130706433, 0x7f.1) are addresses in disguise.
        last = host.rpartition(".")[2]
        return "." in host and not last[:1].isdigit() and last not in INSIDE


def _grants(document: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    grant_types = document.get("grant_types", ["authorization_code"])
    offered = profile.grant_types
    if not _is_texts(grant_types, 5) or not grant_types or not set(grant_types) <= offered:
        raise InvalidClientMetadata("grant_types holds one that is not offered.")
    # refresh_token is a companion and never a mode of its own. The ticket grant may stand alone: a
    # client can bring claims from elsewhere.
    if set(grant_types) == {"refresh_token"}:
        raise InvalidClientMetadata("refresh_token needs another grant type beside it.")
    by_code = "authorization_code" in grant_types
    response_types = document.get("response_types", ["code"] if by_code else [])
    if not _is_texts(response_types, 5) or response_types != (["code"] if by_code else []):
        raise InvalidClientMetadata("response_types must fit the grant_types: code, or none.")
    return {"grant_types": list(dict.fromkeys(grant_types)), "response_types": response_types}


def _authentication(
    document: Mapping[str, Any], found: dict[str, Any], profile: Profile
) -> dict[str, Any]:
    method = document.get("token_endpoint_auth_method", "private_key_jwt")
    keys = [name for name in ("jwks", "jwks_uri") if name in document]
    algorithm = found.get("token_endpoint_auth_signing_alg")
    if method == "none":
        if keys or set(found["grant_types"]) != {"authorization_code"}:
            raise InvalidClientMetadata(
                "A public client has no keys, no refresh tokens and no permission tickets."
            )
        # Nothing is signed at the token endpoint.
        found.pop("token_endpoint_auth_signing_alg", None)
        return {"token_endpoint_auth_method": "none"}
    if method not in profile.auth_methods:
        offered = " or ".join(profile.auth_methods)
        raise InvalidClientMetadata(f"token_endpoint_auth_method: {offered}.")
    if method in SECRET_METHODS:
        if keys:
            raise InvalidClientMetadata("A client with a secret has no keys.")
        found.pop("token_endpoint_auth_signing_alg", None)
        return {"token_endpoint_auth_method": method}
    if len(keys) != 1:
        raise InvalidClientMetadata("Give jwks or jwks_uri: one of them.")
    kept: dict[str, Any] = {"token_endpoint_auth_method": method}
    if keys == ["jwks"]:
        kept["jwks"] = _public_keys(document["jwks"], algorithm)
    return kept


def _public_keys(jwks: Any, algorithm: str | None) -> dict[str, Any]:
    try:
        keys = KeySet.from_jwks(jwks, limit=MAX_KEYS)
    except JoseError as error:
        raise InvalidClientMetadata(f"jwks cannot be used: {error}.".replace("`", "")) from error
    if algorithm and not any(algorithm in key.algorithms for key in keys.keys):
        raise InvalidClientMetadata("jwks has no key for token_endpoint_auth_signing_alg.")
    return keys.public_jwks()


def _scope(document: Mapping[str, Any], dynamic: bool, profile: Profile) -> str:
    value = document.get("scope", DEFAULT_SCOPE)
    if not isinstance(value, str) or len(value) > 4096:
        raise InvalidClientMetadata("scope must be one text.")
    wanted = [scope for scope in dict.fromkeys(value.split()) if profile.allows(scope)]
    if dynamic:
        wanted = [scope for scope in wanted if scope in DYNAMIC_SCOPES]
    return " ".join(wanted)


def _resource_server(
    document: Mapping[str, Any], loopback_allowed: bool, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """`heart_uma_resource_server`: where a resource server's FHIR base is, and its events.

    Anybody can write another server's base here. So the codes of an RS go to the origin of its base
    and nowhere else: who claims a base that is not theirs never gets a PAT for it.
    """
    value = document.get("heart_uma_resource_server")
    if value is None:
        return {}
    name = "heart_uma_resource_server"
    if not isinstance(value, Mapping) or "uma_protection" not in kept["scope"].split():
        raise InvalidClientMetadata(f"{name} must be an object, with scope uma_protection.")
    base, events, limits = (value.get(k) for k in ("base", "events_endpoint", "limits"))
    _check_address(f"{name}.base", base, loopback_allowed)
    base, origin = str(base), urlsplit(str(base))[:2]
    if base.endswith("/") or "?" in base or not isinstance(limits, bool | None):
        raise InvalidClientMetadata(f"{name}: no slash or query in base; limits true or false.")
    codes_go_to = {urlsplit(uri)[:2] for uri in kept.get("redirect_uris", [])}
    if codes_go_to - {origin} or kept.get("application_type") == "native":
        raise InvalidClientMetadata(f"{name}: every redirect_uri must be on the origin of base.")
    declared: dict[str, Any] = {"base": base, "limits": bool(limits)}
    if events is not None:
        _check_address(f"{name}.events_endpoint", events, loopback_allowed)
        if urlsplit(events)[:2] != origin:
            raise InvalidClientMetadata(f"{name}: events_endpoint must be on the origin of base.")
        declared["events_endpoint"] = events
    return {name: declared}


def _is_texts(value: Any, most: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= most
        and all(isinstance(item, str) and len(item) <= 256 for item in value)
    )
