"""Whose rules a client follows: HEART's, or for some clients of others SMART's or OpenID Connect's.

Only the operator gives a client another profile, in `AS_CLIENTS_FILE` or by a command, and only one
that `AS_CLIENT_PROFILES` names; open registration never does. What HEART forbids its own clients
such a client may: leave the nonce out, sign assertions for five minutes, authenticate by a secret,
act without a person (client_credentials). In return it has no HEART scope and no UMA grant, so
nothing that a patient decides is ever reached by it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from as_server.models.client import UMA_TICKET, Client

SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
CLIENT_CREDENTIALS: Final = "client_credentials"
_HEART_SCOPES: Final = frozenset({"uma_protection", "uma_policy", "owner", "btg"})
_LABELS: Final = ("conf/", "sens/")


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one kind of client.

    `needs_nonce` with openid; `assertion_lifetime` in seconds (None: the setting's);
    `needs_iat` in an assertion, whose jti has `jti_length` characters.
    """

    name: str
    needs_nonce: bool
    assertion_lifetime: int | None
    needs_iat: bool
    jti_length: range
    auth_methods: tuple[str, ...]
    grant_types: frozenset[str]

    def allows(self, scope: str) -> bool:
        """Whether a client of this profile may have `scope` at all."""
        heart = scope in _HEART_SCOPES or scope.startswith(_LABELS)
        return self.name == "heart" or not heart


_KEYS = ("private_key_jwt", "none")
HEART: Final = Profile(
    name="heart",
    needs_nonce=True,
    assertion_lifetime=None,
    needs_iat=True,
    jti_length=range(22, 257),
    auth_methods=_KEYS,
    grant_types=frozenset({"authorization_code", "refresh_token", UMA_TICKET}),
)


def _of_others(name: str) -> Profile:
    return Profile(
        name=name,
        needs_nonce=False,
        # SMART App Launch 2.2, asymmetric authentication: no more than five minutes.
        assertion_lifetime=300,
        needs_iat=False,
        jti_length=range(1, 257),
        auth_methods=(*_KEYS, *SECRET_METHODS),
        grant_types=frozenset({"authorization_code", "refresh_token", CLIENT_CREDENTIALS}),
    )


PROFILES: Final = {one.name: one for one in (HEART, _of_others("smart"), _of_others("oidc"))}


def profile_of(client: Client, enabled: Collection[str]) -> Profile | None:
    """The rules of this client; None when its profile is not, or no longer, among `enabled`."""
    if client.profile != HEART.name and client.profile not in enabled:
        return None
    return PROFILES.get(client.profile)
