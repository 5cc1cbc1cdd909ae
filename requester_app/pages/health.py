"""`/healthz`, `/readyz`, `/metrics` and this app's public keys (`/jwks`)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from requester_app.browser import public
from requester_app.context import current_requester
from requester_app.db import reading
from requester_app.models.ask import AskedRecord
from requester_app.models.pointer import Pointer
from requester_app.models.session import BrowserSession

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers, and so does the authorization server."""
    app = current_requester
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
        database = True
    except SQLAlchemyError:
        database = False
    service = app.authorization_servers.answers(app.settings.as_issuer)
    ok = database and service
    answer = jsonify(
        status="ok" if ok else "unavailable", database=database, authorization_server=service
    )
    return answer, 200 if ok else 503, {} if ok else {"Retry-After": "5"}


@bp.get("/jwks")
@public
def keys() -> Response:
    """The public keys that check this app's client assertions (RFC 7517)."""
    answer = jsonify(current_requester.keys.public_jwks())
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@bp.get("/metrics")
@public
def figures() -> Response:
    """Sizes, in Prometheus text; off by default, and without any name or address."""
    if not current_requester.settings.metrics:
        abort(404)
    registry = CollectorRegistry()
    with reading() as session:
        for name, words, table in (
            ("requester_sessions", "Sessions kept", BrowserSession),
            ("requester_pointers", "Pointers kept", Pointer),
            ("requester_asked_records", "Records asked for", AskedRecord),
        ):
            count = session.execute(select(func.count()).select_from(table)).scalar_one()
            Gauge(name, words, registry=registry).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
