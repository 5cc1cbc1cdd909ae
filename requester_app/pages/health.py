"""`/healthz`, `/readyz`, `/metrics` and this app's public keys (`/jwks`)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from heart_ground import probes
from requester_app.context import RequesterApp, current_requester
from requester_app.db import reading
from requester_app.models.ask import AskedRecord
from requester_app.models.pointer import Pointer
from requester_app.models.session import BrowserSession

COUNTED = (
    ("requester_sessions", "Sessions kept", BrowserSession),
    ("requester_pointers", "Pointers kept", Pointer),
    ("requester_asked_records", "Records asked for", AskedRecord),
)


def _parts(app: RequesterApp) -> Mapping[str, probes.Ping]:
    issuer = app.settings.as_issuer
    return {
        "database": lambda: probes.database_answers(app.engine),
        issuer: lambda: app.authorization_servers.answers(issuer),
    }


def _measured(app: RequesterApp) -> bool:
    return app.settings.metrics


def _figures(app: RequesterApp) -> bytes:
    """Sizes, in Prometheus text, without any name or address."""
    registry = CollectorRegistry()
    with reading(app.engine) as session:
        for name, words, table in COUNTED:
            count = session.execute(select(func.count()).select_from(table)).scalar_one()
            Gauge(name, words, registry=registry).set(count)
    return generate_latest(registry)


bp = probes.blueprint(_parts, measured=_measured, figures=_figures)


@bp.get("/jwks")
def keys() -> Response:
    """The public keys that check this app's client assertions (RFC 7517)."""
    answer = jsonify(current_requester.keys.public_jwks())
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
