"""A bearer token -> Proof: JWT as a cheap filter, then introspection (FedAuthz 5, HU-56, HF-41)."""

from __future__ import annotations

from typing import Any

from fhir_rs.context import current_rs
from fhir_rs.db import reading, writing
from fhir_rs.enforcement.grant import OWNER, Grant, grant_of
from fhir_rs.errors import AuthorizationServerUnreachable
from fhir_rs.models import link as links
from fhir_rs.models import registration
from fhir_rs.models.epoch import raise_epoch
from fhir_rs.models.link import Linked
from fhir_rs.protection import pat
from fhir_rs.protection.introspection_cache import Proof
from heart_uma.errors import UmaError
from heart_uma.jose import JoseError, KeySet, decode_jwt, peek
from heart_uma.protection_api import ProtectionApiError
from heart_uma.resources import Permission
from heart_uma.scopes import OWNER as OWNER_SCOPE

MAX_EPOCH = 2**62


def prove(link: Linked, token: str) -> Proof | None:
    """What `token` is good for at this record now; None for every token that is good for nothing.

    Raise AuthorizationServerUnreachable when that cannot be known.
    """
    now = current_rs.clock().timestamp()
    cached = current_rs.introspections.find(token, link, now)
    if cached is not None:
        return cached
    claims = _claims(link, token)
    return _introspected(link, token, claims) if claims is not None else None


def _claims(link: Linked, token: str) -> dict[str, Any] | None:
    """The claims of a token that this owner's authorization server signed for this server."""
    servers = current_rs.authorization_servers
    try:
        _, unchecked = peek(token)
        # Nothing is fetched for an issuer that this record's owner did not choose (HO-130).
        if unchecked.get("iss") != link.issuer:
            return None
        server = servers.known(link.issuer)
        return _checked(link, token, server.keys)
    except (JoseError, UmaError):
        return None


def _checked(link: Linked, token: str, keys: KeySet) -> dict[str, Any]:
    return decode_jwt(
        "access_token",
        token,
        keys,
        issuer=link.issuer,
        audience=(current_rs.settings.base_url, link.client_id),
        now=current_rs.clock(),
        fresh=lambda: current_rs.authorization_servers.reread(link.issuer).keys,
    )


def _introspected(link: Linked, token: str, claims: dict[str, Any]) -> Proof | None:
    """Ask, and take the answer only if no newer epoch is known once it has arrived.

    An answer on its way while the owner narrowed a policy carries the epoch from before; it is
    thrown away and asked for again, once.
    """
    for _ in range(2):
        try:
            answer = pat.call(link, lambda api: api.introspect(token))
        except ProtectionApiError as error:
            raise AuthorizationServerUnreachable from error
        if not answer["active"] or not _is_for_us(link, answer):
            return None
        epoch = _epoch(answer, link.epoch)
        with reading(current_rs.engine) as connection:
            newest = links.find(connection, link.record)
        if newest is None or (newest.issuer, newest.sub) != (link.issuer, link.sub):
            return None
        if epoch > newest.epoch:
            with writing(current_rs.engine) as connection:
                raise_epoch(connection, link.issuer, link.sub, epoch)
        if epoch >= newest.epoch:
            return _kept(link, token, _proof(link, claims, answer, epoch))
        link = newest
    raise AuthorizationServerUnreachable


def _is_for_us(link: Linked, answer: dict[str, Any]) -> bool:
    audience = answer.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    ours = audience is None or bool({current_rs.settings.base_url, link.client_id} & set(named))
    return ours and answer.get("iss", link.issuer) == link.issuer


def _epoch(answer: dict[str, Any], known: int) -> int:
    """The answer's epoch; an authorization server without epochs is taken at its word for now."""
    epoch = answer.get("heart_uma_epoch", known)
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch < MAX_EPOCH:
        raise AuthorizationServerUnreachable
    return epoch


def _kept(link: Linked, token: str, proof: Proof | None) -> Proof | None:
    if proof is not None and current_rs.settings.introspection_max_age > 0:
        current_rs.introspections.keep(token, link, proof)
    return proof


def _proof(
    link: Linked, claims: dict[str, Any], answer: dict[str, Any], epoch: int
) -> Proof | None:
    grant, changes_at = _grant(link, answer, int(claims["exp"]))
    if grant is None:
        return None
    client = _mapping(answer.get("heart_uma_client")) or {}
    return Proof(
        grant=grant,
        epoch=epoch,
        expires_at=_expires_at(claims, changes_at),
        jti=_text(answer.get("jti") or claims.get("jti")),
        client_id=_text(answer.get("client_id") or claims.get("client_id")),
        client_name=_text(client.get("name")),
        party=_mapping(answer.get("heart_uma_party")),
        tell=_mapping(answer.get("heart_uma_tell")) or {},
        purpose=_text(answer.get("heart_uma_purpose")) or None,
        reason=_text(answer.get("heart_uma_reason")) or None,
    )


def _grant(link: Linked, answer: dict[str, Any], exp: int) -> tuple[Grant | None, float]:
    """The grant and the moment it may change by itself (a permission that begins or ends)."""
    if "permissions" not in answer:
        is_owner = OWNER_SCOPE in _text(answer.get("scope")).split()
        # The owner's own path: her subject at her own authorization server, nobody else's.
        if is_owner and answer.get("sub") == link.sub and answer.get("iss") == link.issuer:
            return OWNER, exp
        return None, exp
    wire = answer["permissions"]
    live, changes_at = _live(answer, wire if isinstance(wire, list) else [], exp)
    with reading(current_rs.engine) as connection:
        slices = registration.of_record(connection, link.record)
    registered = {resource_id: slice_ for slice_, (resource_id, _) in slices.items()}
    return grant_of(live, registered), changes_at


def _live(answer: dict[str, Any], wire: list[Any], exp: int) -> tuple[list[Permission], float]:
    """The permissions that count now; the token's own times win where narrower (F-111..115).

    An element that cannot be read permits nothing (F-116, FH-77).
    """
    now = current_rs.now()
    live: list[Permission] = []
    changes_at = float(exp)
    for element in wire:
        try:
            permission = Permission.from_wire(element)
            begins = max(_seconds(answer.get("nbf")), _seconds(element.get("nbf")))
            # 0 is a time like any other: it is over (FH-77).
            own = exp if permission.exp is None else permission.exp
            ends = min(_seconds(answer.get("exp"), exp), own)
        except (ValueError, AttributeError):
            continue
        changes_at = min([changes_at, *(at for at in (begins, ends) if at > now)])
        if begins <= now < ends:
            live.append(permission)
    return live, changes_at


def _expires_at(claims: dict[str, Any], changes_at: float) -> float:
    now = current_rs.clock().timestamp()
    half_life = (int(claims["exp"]) - int(claims.get("iat", claims["exp"]))) / 2
    return min(now + min(current_rs.settings.introspection_max_age, half_life), changes_at)


def _seconds(value: Any, absent: int = 0) -> int:
    if value is None:
        return absent
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a time must be a number of seconds")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
