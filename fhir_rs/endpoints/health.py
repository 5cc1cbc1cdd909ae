"""Is the process up, can it work, and how does it do: /healthz, /readyz, /metrics."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.errors import NotFound
from heart_uma.errors import UmaError
from heart_uma.metadata import discover

AGAIN = {"Retry-After": "5"}
bp = Blueprint("health", __name__)
_answers = Counter("heart_uma_rs_answers_total", "Answers by status class", ["status"])


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database and every trusted authorization server answer; 503 says which does not.

    Anybody may ask: an authorization server hears of it once in a while, not with every probe.
    """
    checks = {"database": _database(), "audit": current_rs.audit.whole}
    for issuer in current_rs.settings.trusted_as:
        checks[issuer] = _answers_discovery(issuer)
    ok = all(checks.values())
    body = {name: "ok" if good else "failing" for name, good in checks.items()}
    status = "ok" if ok else "failing"
    return jsonify(status=status, checks=body), 200 if ok else 503, {} if ok else AGAIN


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Prometheus figures, where the setting allows them."""
    if not current_rs.settings.metrics:
        raise NotFound
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@bp.after_app_request
def _count(response: Response) -> Response:
    if current_rs.settings.metrics:
        _answers.labels(status=f"{response.status_code // 100}xx").inc()
    return response


def _database() -> bool:
    try:
        with reading() as connection:
            return bool(connection.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False


def _answers_discovery(issuer: str) -> bool:
    try:
        return current_rs.probes.get(issuer, lambda: _discovered(issuer))
    except TimeoutError:
        return False


def _discovered(issuer: str) -> bool:
    try:
        discover(current_rs.http, issuer)
    except UmaError:
        return False
    return True
