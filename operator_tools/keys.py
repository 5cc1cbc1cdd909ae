"""Keys and secrets of one demo, made once and readable by their owner only (0600)."""

import json
import os
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from demo.layout import Layout
from heart_uma.jose import KeySet
from heart_uma.labels import label_scopes

_WITH_KEYS = ("as", "cedar", "harbor", "home", "portal", "requester")


def write_private(path: Path, text: str) -> None:
    """Whole or not at all: a half-written secret would lock the demo out of its own data."""
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


def prepare(layout: Layout) -> tuple[dict[str, KeySet], dict[str, str]]:
    """A key set and a secret per service, and the static clients file of the AS."""
    layout.log_file("as").parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        made = pool.map(lambda name: make_keys(layout.key_file(name)), _WITH_KEYS)
    key_sets = dict(zip(_WITH_KEYS, made, strict=True))
    if layout.secrets_file.exists():
        held: dict[str, str] = json.loads(layout.secrets_file.read_text("utf-8"))
    else:
        held = {name: secrets.token_urlsafe(48) for name in (*_WITH_KEYS, "stage")}
        write_private(layout.secrets_file, json.dumps(held))
    write_private(layout.clients_file, json.dumps(static_clients(layout, key_sets), indent=1))
    return key_sets, held


def static_clients(layout: Layout, key_sets: dict[str, KeySet]) -> list[dict[str, Any]]:
    """The two apps the operator of the AS registered by hand (RFC 7591 members)."""
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
            "client_uri": layout.portal,
            "redirect_uris": [f"{layout.portal}/login/return"],
            "post_logout_redirect_uris": [f"{layout.portal}/"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile uma_policy owner offline_access",
            "jwks": key_sets["portal"].public_jwks(),
        },
        shared
        | {
            "client_id": "requester",
            "client_name": "Clinic app",
            "client_uri": layout.requester,
            "redirect_uris": [f"{layout.requester}/login/return"],
            "post_logout_redirect_uris": [f"{layout.requester}/signed-out"],
            "grant_types": [
                "authorization_code",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:uma-ticket",
            ],
            # A private topic is asked for as a scope; it counts only if registered (G-58).
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
