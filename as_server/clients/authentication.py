"""Client authentication at the token, revocation and introspection endpoints (RFC 7523).

Two methods for HEART's clients: `private_key_jwt`, and `none` for public clients where an endpoint
allows them. Clients of another profile may have a secret, of which only the hash is stored. Every
failure is a 401 `invalid_client`; what is wrong is told only to who holds the key.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from werkzeug.datastructures import MultiDict

from as_server.clients.keys import ClientKeys
from as_server.clients.profiles import HEART, Profile, profile_of
from as_server.errors import InvalidClient, InvalidRequest
from as_server.models import client as clients
from as_server.models import client_use, used_jti
from as_server.models.client import Client
from as_server.settings import AsSettings
from as_server.work import Work
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import LEEWAY, ClaimRefused, JoseError, decode_jwt, peek

TOKEN_PATH = "/token"  # noqa: S105 - an address, not a secret
SIGNING_ALG = "token_endpoint_auth_signing_alg"
REFUSED = "Client authentication failed."


@dataclass(frozen=True, slots=True)
class Proof:
    """Who a client is, proved but for one thing: that this proof is used for the first time.

    `jti` of an assertion, which would be taken until `until`; an empty one of another method.
    """

    client: Client
    jti: str = ""
    until: int = 0

    def spend(self, work: Work) -> Client:
        """The client. The jti is spent in the request's transaction, before this returns: so a
        second use fails even if the first request did. Raises `InvalidClient` (401)."""
        client = self.client
        if self.jti and not used_jti.spend(work.connection, client.client_id, self.jti, self.until):
            raise InvalidClient("The client assertion is refused: its jti was used before.")
        if client.used_at is None:
            client_use.note(work.db, client.client_id, work.now)
        return client


class ClientAuthentication:
    """Knows the clients of this server by what they prove."""

    def __init__(self, settings: AsSettings, keys: ClientKeys) -> None:
        self._settings = settings
        self._keys = keys

    def authenticate(
        self, work: Work, form: MultiDict[str, str], header: str, *, allow_public: bool
    ) -> Client:
        """The client, or why not; its proof is spent."""
        return self.prove(work, form, header, allow_public=allow_public).spend(work)

    def prove(
        self, work: Work, form: MultiDict[str, str], header: str, *, allow_public: bool
    ) -> Proof:
        """Who the client is, or why not; its proof is yet to be spent, and nothing is written.

        With `client_assertion`: the assertion is checked. With `client_id` alone: a public client,
        if `allow_public`. Raises `InvalidClient` (401), or `InvalidRequest` when two methods are
        used at once (RFC 6749 2.3).
        """
        assertion = form.get("client_assertion")
        in_header = header.split(" ", 1)[0].lower()
        # Introspection may carry a PAT beside the assertion (FedAuthz 5.1): a bearer token is no
        # client method.
        if assertion and in_header == "bearer":
            in_header = ""
        secret = form.get("client_secret")
        if assertion and (in_header or secret):
            raise InvalidRequest("More than one way of client authentication was used.")
        if in_header == "basic":
            twice = secret is not None
            sent = ("", "") if twice else _basic(form, header)
            return self._with_secret(work, sent, "client_secret_basic")
        if in_header:
            raise InvalidClient(REFUSED)
        if secret is not None:
            return self._with_secret(
                work, (form.get("client_id", ""), secret), "client_secret_post"
            )
        if assertion or "client_assertion_type" in form:
            return self._with_assertion(work, form, assertion or "")
        with work.reading() as connection:
            client = clients.by_id(connection, form.get("client_id", ""))
        if client is None or not client.is_public or not allow_public or not self._rules(client):
            raise InvalidClient(REFUSED)
        return Proof(client)

    def _with_secret(self, work: Work, sent: tuple[str, str], method: str) -> Proof:
        """A client whose profile has secrets, and which is registered for this way to send it."""
        client_id, secret = sent
        with work.reading() as connection:
            client = clients.by_id(connection, client_id)
        known = client.secret_hash if client is not None and client.auth_method == method else None
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        fits = hmac.compare_digest(digest, known or "")
        if client is None or not fits or self._rules(client).name == HEART.name:
            challenge = {"WWW-Authenticate": 'Basic realm="token"'}
            raise InvalidClient(
                REFUSED, headers=challenge if method == "client_secret_basic" else None
            )
        return Proof(client)

    def _rules(self, client: Client) -> Profile:
        """The profile of the client; one that is not offered any more refuses it."""
        profile = profile_of(client, self._settings.client_profiles)
        if profile is None:
            raise InvalidClient(REFUSED)
        return profile

    def _with_assertion(self, work: Work, form: MultiDict[str, str], assertion: str) -> Proof:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidClient(REFUSED)
        try:
            header, unchecked = peek(assertion)
            client = _client_named(work, unchecked.get("iss"), form.get("client_id"))
            claims = self._check(work, assertion, client, "iat" in unchecked)
            if header.get("alg") != client.metadata_members.get(SIGNING_ALG, header.get("alg")):
                raise ClaimRefused("it is not signed with the alg that was registered")
        except ClaimRefused as error:
            # The signature fits: whoever holds the key may know what is wrong with the rest.
            raise InvalidClient(f"The client assertion is refused: {error}.") from error
        except JoseError as error:
            raise InvalidClient(REFUSED) from error
        # As long as it would be taken.
        return Proof(client, claims["jti"], int(claims["exp"]) + LEEWAY)

    def _check(self, work: Work, assertion: str, client: Client, dated: bool) -> dict[str, Any]:
        settings, profile = self._settings, self._rules(client)
        life = profile.assertion_lifetime or settings.assertion_lifetime
        if "jwks_uri" in client.metadata_members:
            # The keys may have to be fetched from a stranger: no lock is held meanwhile.
            work.commit()
        keys = self._keys.of(client)
        claims = decode_jwt(
            "client_assertion",
            assertion,
            keys,
            issuer=client.client_id,
            # One audience, exactly the issuer or the token endpoint (RFC 7523 3): an assertion made
            # for another server must not work here, nor the other way round.
            audience=(settings.issuer, settings.issuer + TOKEN_PATH),
            single_audience=True,
            now=work.at,
            max_life=life,
            max_age=life + LEEWAY if dated or profile.needs_iat else None,
            fresh=partial(self._keys.of, client, fresh=True),
        )
        jti = claims.get("jti")
        if claims.get("sub") != client.client_id:
            raise ClaimRefused("sub is not the client")
        length = profile.jti_length
        if not isinstance(jti, str) or len(jti) not in length:
            raise ClaimRefused(f"jti needs {length.start} to {length.stop - 1} characters")
        return claims


def _basic(form: MultiDict[str, str], header: str) -> tuple[str, str]:
    """Id and secret of the Authorization header, each form-encoded (RFC 6749 2.3.1)."""
    try:
        raw = base64.b64decode(header.split(" ", 1)[1], validate=True)
        client_id, _, secret = raw.decode().partition(":")
    except (IndexError, ValueError):
        client_id = secret = ""
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    return ("", "") if form.get("client_id", client_id) != client_id else (client_id, secret)


def _client_named(work: Work, issuer: Any, client_id: str | None) -> Client:
    if not isinstance(issuer, str) or (client_id is not None and client_id != issuer):
        raise InvalidClient(REFUSED)
    with work.reading() as connection:
        client = clients.by_id(connection, issuer)
    if client is None or client.auth_method != "private_key_jwt":
        raise InvalidClient(REFUSED)
    return client
