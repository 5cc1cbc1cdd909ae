"""Key files, readable by their owner only (0600), and the two apps that an operator registers."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heart_uma.jose import KeySet
from heart_uma.topics import label_scopes


def write_private(path: Path, text: str) -> None:
    """Whole or not at all: a half-written secret would lock a service out of its own data."""
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def make_keys(path: Path, algorithm: str = "RS256") -> KeySet:
    """The key set in `path`, generated if it is not there yet."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.new")
        KeySet.generate(algorithm).save(draft)
        draft.replace(path)
    return KeySet.load(path)


def static_clients(
    portal: str, requester: str, key_sets: Mapping[str, KeySet]
) -> list[dict[str, Any]]:
    """The two apps, by their addresses, that the operator of the AS registers (RFC 7591)."""
    shared = {
        "token_endpoint_auth_method": "private_key_jwt",
        "response_types": ["code"],
        "application_type": "web",
    }
    return [
        shared
        | {
            "client_id": "portal",
            "client_name": "My Health Sharing",
            "client_uri": portal,
            "redirect_uris": [f"{portal}/login/return"],
            "post_logout_redirect_uris": [f"{portal}/"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile uma_policy owner offline_access",
            "jwks": key_sets["portal"].public_jwks(),
        },
        shared
        | {
            "client_id": "requester",
            "client_name": "Clinic app",
            "client_uri": requester,
            "redirect_uris": [f"{requester}/login/return"],
            "post_logout_redirect_uris": [f"{requester}/signed-out"],
            "claims_redirect_uris": [f"{requester}/claims/return"],
            "grant_types": [
                "authorization_code",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:uma-ticket",
            ],
            # A private topic is asked for as a scope; it counts only if registered.
            "scope": " ".join(("openid profile email offline_access", *label_scopes())),
            "jwks": key_sets["requester"].public_jwks(),
        },
    ]


def make_from_command(path: Path, algorithm: str) -> int:
    """`heart-uma keys FILE`: never writes over a key that is there."""
    if path.exists():
        print(f"{path} is there already; nothing was changed.", file=sys.stderr)
        return 1
    try:
        kept = make_keys(path, algorithm)
    except OSError as problem:
        print(f"Cannot write {path}: {problem.strerror}.", file=sys.stderr)
        return 1
    print(f"Wrote {path} ({algorithm}, key id {kept.signing_key.kid}).")
    return 0
