"""Is the process up, can it work, and how does it do: `/healthz`, `/readyz`, `/metrics`.

Every service answers in one shape: `{"status": "ok"}`, or 503 with `Retry-After` and
`{"status": "failing", "checks": {...}}`, in which each part is `ok` or `failing`. Anybody may ask,
so no part is asked more often than once a second, however many probes come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, current_app, jsonify
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from heart_ground.asked_once import AskedOnce
from heart_ground.database import reading

NAME = "health"
"""Of the blueprint: what lets everybody in knows it by this name."""
STANDS = 1.0
"""Seconds that an answer of a part stands."""
WAIT = 3.0
"""Seconds that a probe waits for the question of another one."""
AGAIN = {"Retry-After": "5"}
_KEPT = "heart_ground.probes"
Ping = Callable[[], bool]


def blueprint(
    parts: Callable[[Any], Mapping[str, Ping]],
    *,
    measured: Callable[[Any], bool],
    figures: Callable[[Any], bytes] = lambda _app: generate_latest(),
) -> Blueprint:
    """The probes of a service; each argument is given its application.

    `parts` are what it cannot work without, by name, and whether each answers; `measured` whether
    the operator wants `figures` to be served.
    """
    bp = Blueprint(NAME, __name__)
    bp.record(_remember)

    @bp.get("/healthz")
    def alive() -> Response:
        """The process answers."""
        return jsonify(status="ok")

    @bp.get("/readyz")
    def ready() -> ResponseReturnValue:
        """Everything that this service needs answers; 503 says what does not."""
        app = _this_app()
        told = {name: _answers(app, name, ping) for name, ping in parts(app).items()}
        if all(told.values()):
            return jsonify(status="ok")
        checks = {name: "ok" if well else "failing" for name, well in told.items()}
        return jsonify(status="failing", checks=checks), 503, AGAIN

    @bp.get("/metrics")
    def metrics() -> Response:
        """Figures for Prometheus, where the setting allows them."""
        app = _this_app()
        if not measured(app):
            abort(404)
        return Response(figures(app), content_type=CONTENT_TYPE_LATEST)

    return bp


def database_answers(engine: Engine) -> bool:
    """A ping: the database reads."""
    try:
        with reading(engine) as connection:
            return bool(connection.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False


def forget(app: Flask, name: str) -> None:
    """Ask this part of `app` again with the next probe."""
    _asked(app).forget(name)


def _remember(state: BlueprintSetupState) -> None:
    state.app.extensions[_KEPT] = AskedOnce[bool](
        time.monotonic, fresh=STANDS, failed=STANDS, failures=(), wait=WAIT
    )


def _answers(app: Flask, name: str, ping: Ping) -> bool:
    try:
        return _asked(app).get(name, ping)
    except TimeoutError:
        return False


def _asked(app: Flask) -> AskedOnce[bool]:
    return cast("AskedOnce[bool]", app.extensions[_KEPT])


def _this_app() -> Flask:
    """The application itself, and not the proxy that stands for it."""
    return cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
