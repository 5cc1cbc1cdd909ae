"""Clients the operator registered by hand: a JSON list, upserted at start (AS_CLIENTS_FILE).

Only here may a client be freed from the consent page (`"skip_consent": true`). `"profile"` names
the rules of others for it, `"client_secret_sha256"` the hash of its secret.
"""

import json
import logging
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from as_server.clients.metadata import validate
from as_server.clients.profiles import HEART, PROFILES, SECRET_METHODS, Profile
from as_server.db import insert_if_absent
from as_server.errors import WireError
from as_server.models.client import Client
from as_server.settings import AsSettings
from heart_ground.orm import writing
from heart_uma.loopback import is_loopback_url
from heart_uma.strict_json import StrictJsonError, loads

log = logging.getLogger(__name__)


def load(
    engine: Engine, settings: AsSettings, at: int, id_token_algorithms: Collection[str]
) -> None:
    """Bring the table in step with the file: listed clients in, clients no longer listed out.

    What the operator disabled stays disabled, listed or not.
    """
    if settings.clients_file is None:
        return
    listed = _read(settings.clients_file)
    check = partial(
        validate,
        dynamic=False,
        loopback_allowed=is_loopback_url(settings.issuer),
        id_token_algorithms=id_token_algorithms,
    )
    profiles = {name: PROFILES[name] for name in (HEART.name, *settings.client_profiles)}
    with writing(engine) as db:
        ids = [_upsert(db, document, at, check, profiles) for document in listed]
        query = select(Client).where(Client.dynamic.is_(False))  # type: ignore[attr-defined]
        for client in db.scalars(query):
            left = client.client_id not in ids
            client.disabled = left or client.disabled_by_operator
            if client.disabled_by_operator and not left:
                log.warning("client %s is in the file and stays disabled", client.client_id)


def is_listed(settings: AsSettings, client_id: str) -> bool:
    """Whether the file, as it is now, holds this client; without a file nothing leaves it."""
    if settings.clients_file is None:
        return True
    listed = _read(settings.clients_file)
    return any(isinstance(one, dict) and one.get("client_id") == client_id for one in listed)


def _read(path: Path) -> list[Any]:
    try:
        listed = loads(path.read_bytes())
    except (OSError, StrictJsonError) as error:
        raise ValueError(f"AS_CLIENTS_FILE cannot be read: {error}") from error
    if not isinstance(listed, list):
        raise ValueError("AS_CLIENTS_FILE must hold a JSON list")
    return listed


def _upsert(
    db: Session,
    document: Any,
    at: int,
    check: Callable[..., dict[str, Any]],
    profiles: Mapping[str, Profile],
) -> str:
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if not isinstance(client_id, str) or not client_id:
        raise ValueError("AS_CLIENTS_FILE: each client needs a client_id")
    profile = profiles.get(document.get("profile", HEART.name))
    if profile is None:
        raise ValueError(
            f"AS_CLIENTS_FILE: {client_id}: its profile is not one that AS_CLIENT_PROFILES names"
        )
    try:
        kept = check(document, profile=profile)
    except WireError as error:
        raise ValueError(f"AS_CLIENTS_FILE: {client_id}: {error.description}") from error
    # Workers start at the same moment: whoever is second waits here, and finds the row.
    new = Client(client_id=client_id, name="", auth_method="", registration="{}", created_at=at)
    insert_if_absent(db, Client, **{**new.model_dump(), "dynamic": False})
    client = db.get_one(Client, client_id)
    if client.dynamic:
        raise ValueError(f"AS_CLIENTS_FILE: {client_id} is the id of a dynamic client")
    client.dynamic = False
    client.skip_consent = document.get("skip_consent") is True
    client.profile = profile.name
    client.secret_hash = _secret_hash(client_id, document, kept)
    fill(client, kept)
    return client_id


def _secret_hash(client_id: str, document: Any, kept: dict[str, Any]) -> str | None:
    """SHA-256 of the client's secret, in hex: the file does not hold what proves the client."""
    if kept["token_endpoint_auth_method"] not in SECRET_METHODS:
        return None
    value = document.get("client_secret_sha256")
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"AS_CLIENTS_FILE: {client_id}: client_secret_sha256 needs 64 hex digits")
    return value


def fill(client: Client, kept: dict[str, Any]) -> None:
    """Put checked metadata into a client row."""
    client.name = kept.get("client_name") or client.client_id
    client.auth_method = kept["token_endpoint_auth_method"]
    client.rs_base = kept.get("heart_uma_resource_server", {}).get("base")
    client.registration = json.dumps(kept)
