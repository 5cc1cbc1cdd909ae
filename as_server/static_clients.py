"""Clients the operator registered by hand: a JSON list, upserted at start (AS_CLIENTS_FILE).

Only here may a client be freed from the consent page (`"skip_consent": true`).
"""

import json
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from as_server.client_metadata import validate
from as_server.db import insert_if_absent, standalone
from as_server.errors import WireError
from as_server.models.client import Client
from as_server.settings import AsSettings
from heart_uma.loopback import is_loopback_url
from heart_uma.strict_json import StrictJsonError, loads


def load(engine: Engine, settings: AsSettings, at: int) -> None:
    """Bring the table in step with the file: listed clients in, clients no longer listed out."""
    if settings.clients_file is None:
        return
    try:
        listed = loads(settings.clients_file.read_bytes())
    except (OSError, StrictJsonError) as error:
        raise ValueError(f"AS_CLIENTS_FILE cannot be read: {error}") from error
    if not isinstance(listed, list):
        raise ValueError("AS_CLIENTS_FILE must hold a JSON list")
    loopback = is_loopback_url(settings.issuer)
    with standalone(engine) as db:
        ids = [_upsert(db, document, at, loopback) for document in listed]
        query = select(Client).where(Client.dynamic.is_(False))  # type: ignore[attr-defined]
        for client in db.scalars(query):
            client.disabled = client.client_id not in ids


def _upsert(db: Session, document: Any, at: int, loopback: bool) -> str:
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if not isinstance(client_id, str) or not client_id:
        raise ValueError("AS_CLIENTS_FILE: each client needs a client_id")
    try:
        kept = validate(document, dynamic=False, loopback_allowed=loopback)
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
    fill(client, kept)
    return client_id


def fill(client: Client, kept: dict[str, Any]) -> None:
    """Put checked metadata into a client row."""
    client.name = kept.get("client_name") or client.client_id
    client.auth_method = kept["token_endpoint_auth_method"]
    client.rs_base = kept.get("heart_uma_resource_server", {}).get("base")
    client.registration = json.dumps(kept)
