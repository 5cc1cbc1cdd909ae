"""A bearer token -> Proof: JWT as a cheap filter, then introspection (FedAuthz 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from fhir_rs.db import reading, writing
from fhir_rs.errors import AuthorizationServerUnreachable
from fhir_rs.models import link as links
from fhir_rs.models import registration
from fhir_rs.models.epoch import raise_epoch
from fhir_rs.models.link import Linked
from fhir_rs.protection.authorization_server import AuthorizationServers
from fhir_rs.protection.introspection_cache import IntrospectionCache, Proof
from fhir_rs.protection.pat import Pats
from fhir_rs.protection.worth import granted
from heart_uma.errors import UmaError
from heart_uma.jose import JoseError, decode_jwt, peek
from heart_uma.protection_api import ProtectionApiError

MAX_EPOCH = 2**62


class Introspection:
    """Asks what tokens are good for; `audience` is this server's base, `max_age` in seconds."""

    def __init__(
        self,
        engine: Engine,
        servers: AuthorizationServers,
        pats: Pats,
        cache: IntrospectionCache,
        *,
        audience: str,
        max_age: float,
    ) -> None:
        self._engine = engine
        self._servers = servers
        self._pats = pats
        self._cache = cache
        self._audience = audience
        self._max_age = max_age

    def prove(self, link: Linked, token: str, moment: datetime) -> Proof | None:
        """What `token` is good for at this record at `moment`; None for every other token.

        Raise AuthorizationServerUnreachable when that cannot be known.
        """
        cached = self._cache.find(token, link, moment.timestamp())
        if cached is not None:
            return cached
        claims = self._claims(link, token, moment)
        return self._introspected(link, token, claims, moment) if claims is not None else None

    def _claims(self, link: Linked, token: str, moment: datetime) -> dict[str, Any] | None:
        """The claims of a token that this owner's authorization server signed for this server."""
        try:
            _, unchecked = peek(token)
            # Nothing is fetched for an issuer that this owner did not choose (HEART OAuth 4.2).
            if unchecked.get("iss") != link.issuer:
                return None
            return decode_jwt(
                "access_token",
                token,
                self._servers.known(link.issuer).keys,
                issuer=link.issuer,
                audience=(self._audience, link.client_id),
                now=moment,
                fresh=lambda: self._servers.reread(link.issuer).keys,
            )
        except (JoseError, UmaError):
            return None

    def _introspected(
        self, link: Linked, token: str, claims: dict[str, Any], moment: datetime
    ) -> Proof | None:
        """Ask, and take the answer only if no newer epoch is known once it has arrived.

        An answer on its way while the owner narrowed a policy carries the epoch from before; it
        is thrown away and asked for again, once.
        """
        now = int(moment.timestamp())
        for _ in range(2):
            try:
                answer = self._pats.call(link, lambda api: api.introspect(token), now)
            except ProtectionApiError as error:
                raise AuthorizationServerUnreachable from error
            if not answer["active"] or not self._is_for_us(link, answer):
                return None
            epoch = _epoch(answer, link.epoch)
            with reading(self._engine) as connection:
                newest = links.find(connection, link.record)
            if newest is None or (newest.issuer, newest.sub) != (link.issuer, link.sub):
                return None
            if epoch > newest.epoch:
                with writing(self._engine) as connection:
                    raise_epoch(connection, link.issuer, link.sub, epoch)
            if epoch >= newest.epoch:
                return self._kept(link, token, self._proof(link, claims, answer, epoch, moment))
            link = newest
        raise AuthorizationServerUnreachable

    def _is_for_us(self, link: Linked, answer: dict[str, Any]) -> bool:
        audience = answer.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        ours = audience is None or bool({self._audience, link.client_id} & set(named))
        return ours and answer.get("iss", link.issuer) == link.issuer

    def _kept(self, link: Linked, token: str, proof: Proof | None) -> Proof | None:
        if proof is not None and self._max_age > 0:
            self._cache.keep(token, link, proof)
        return proof

    def _proof(
        self,
        link: Linked,
        claims: dict[str, Any],
        answer: dict[str, Any],
        epoch: int,
        moment: datetime,
    ) -> Proof | None:
        with reading(self._engine) as connection:
            slices = registration.of_record(connection, link.record)
        worth = granted(link, answer, slices, int(claims["exp"]), int(moment.timestamp()))
        if worth is None:
            return None
        grant, changes_at = worth
        client = _mapping(answer.get("heart_uma_client")) or {}
        return Proof(
            grant=grant,
            epoch=epoch,
            expires_at=self._expires_at(claims, changes_at, moment.timestamp()),
            jti=_text(answer.get("jti") or claims.get("jti")),
            client_id=_text(answer.get("client_id") or claims.get("client_id")),
            client_name=_text(client.get("name")),
            party=_mapping(answer.get("heart_uma_party")),
            tell=_mapping(answer.get("heart_uma_tell")) or {},
            purpose=_text(answer.get("heart_uma_purpose")) or None,
            reason=_text(answer.get("heart_uma_reason")) or None,
        )

    def _expires_at(self, claims: dict[str, Any], changes_at: float, now: float) -> float:
        half_life = (int(claims["exp"]) - int(claims.get("iat", claims["exp"]))) / 2
        return min(now + min(self._max_age, half_life), changes_at)


def _epoch(answer: dict[str, Any], known: int) -> int:
    """The answer's epoch; an authorization server without epochs is taken at its word for now."""
    epoch = answer.get("heart_uma_epoch", known)
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch < MAX_EPOCH:
        raise AuthorizationServerUnreachable
    return epoch


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
