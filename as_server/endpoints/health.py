"""Whether the process is up and can do its work; figures for Prometheus if switched on.

GET /healthz   GET /readyz   GET /metrics
"""

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from as_server.context import current_as
from as_server.db import reader

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def live() -> Response:
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    try:
        with reader() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="no answer"), 503, {"Retry-After": "5"}
    return jsonify(status="ok", database="ok"), 200


@bp.get("/metrics")
def metrics() -> Response:
    if not current_as.settings.metrics:
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
