"""The demo's front page: who is who, where everything is, and the same as `/cast.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from demo import form_token, snapshot
from demo.cast import BY_LOGIN, CAST, PASSWORD
from demo.exporting import live
from demo.exporting.files import FILES
from demo.layout import DEFAULT_DATA_DIR, DEFAULT_PORT_BASE, Layout
from demo.records.sources import SOURCE_NAMES, SOURCES
from demo.scenarios import pages as runs
from demo.scenarios.running import Runs
from demo.wire import arriving, pages
from demo.wire.kept import Kept
from demo.wire.lifelines import BY_KEY
from heart_ground import headers
from heart_ui.blueprint import bp as ui
from heart_ui.words import gettext as _

bp = Blueprint("stage", __name__)


class StageSettings(BaseSettings):
    """Which demo this page speaks of."""

    model_config = SettingsConfigDict(env_prefix="STAGE_", frozen=True, extra="ignore")

    data_dir: Path = DEFAULT_DATA_DIR
    """Data directory of the demo."""
    port_base: int = DEFAULT_PORT_BASE
    """First of the demo's seven ports."""
    secret: SecretStr = SecretStr("")
    """What the demo's services are known by; empty: nothing is taken from anybody."""


def create_app(settings: StageSettings | None = None) -> Flask:
    settings = settings or StageSettings()
    app = Flask(__name__)
    layout = Layout(settings.port_base, settings.data_dir)
    kept, secret = Kept(layout.service_at), settings.secret.get_secret_value()
    app.config.update(LAYOUT=layout, SECRET=secret, KEPT=kept, RUNS=Runs(layout, kept, secret))
    names = {key: one.name for key, one in BY_KEY.items()}
    app.jinja_env.globals.update(names=names, files=FILES)
    for blueprint in (ui, bp, arriving.bp, pages.bp, runs.bp, live.bp):
        app.register_blueprint(blueprint)
    app.after_request(_harden)
    return app


@bp.app_context_processor
def _page_words() -> dict[str, Any]:
    ways = (
        (_("People and places"), "/"),
        (_("Guided runs"), "/runs"),
        (_("What crosses the wire"), "/wire"),
    )
    nav = [(words, address, request.path == address) for words, address in ways]
    place = {"home_url": "/", "help_url": "/help", "nav_items": nav}
    return {"app_name": _("heart-uma demo"), "demo": True, **place}


@bp.app_errorhandler(HTTPException)
def _http_problem(error: HTTPException) -> AnyResponse:
    code = error.code or 500
    words = _("We can not find that page.") if code == 404 else str(error.description)
    return _problem(error.name, words, code)


def _problem(title: str, words: str, code: int) -> AnyResponse:
    return make_response(render_template("stage/problem.html", title=title, words=words), code)


def _layout() -> Layout:
    layout: Layout = current_app.config["LAYOUT"]
    return layout


@bp.get("/")
def index() -> str:
    layout = _layout()
    return render_template(
        "stage/index.html",
        was_reset=request.args.get("done") == "reset",
        people=CAST,
        password=PASSWORD,
        apps={"portal": layout.portal, "requester": layout.requester},
        app_names={"portal": layout.title("portal"), "requester": layout.title("requester")},
        services=[(layout.title(s), s, _address(layout, s)) for s in layout.services],
        records=_records(layout),
        started_again=_started_again(layout),
    )


@bp.get("/cast.json")
def cast() -> Response:
    """People, services and records, for tools and tests."""
    layout = _layout()
    return jsonify(
        people=[
            {
                "login": person.login,
                "password": PASSWORD,
                "name": person.name,
                "role": person.role,
                "app": person.app,
            }
            for person in CAST
        ],
        services=_services(layout),
        records=_records(layout),
    )


@bp.get("/help")
def help_page() -> str:
    return render_template("stage/help.html")


@bp.get("/reset")
def ask_reset() -> AnyResponse:
    token = form_token.token()
    return form_token.keep(
        make_response(render_template("stage/reset.html", csrf_token=token)), token
    )


@bp.post("/reset")
def reset() -> AnyResponse:
    """Undo everything since the start; a page of another site cannot press this (CSRF)."""
    if not form_token.is_own():
        words = _("The form was too old. Open the page again and press the button once more.")
        return _problem(_("Nothing was changed"), words, 400)
    layout = _layout()
    if request.form.get("confirm") != "yes" or snapshot.held(layout) is None:
        return _problem(_("Nothing was changed"), _("There is no start to go back to yet."), 409)
    snapshot.restore(layout)
    current_app.config["KEPT"].clear()
    return redirect("/?done=reset", 303)


@bp.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> Response:
    """This page needs no other service to be up."""
    return jsonify(status="ok")


def _address(layout: Layout, service: str) -> str:
    return layout.fhir_base(service) if service in SOURCES else layout.origin(service)


def _services(layout: Layout) -> list[dict[str, str]]:
    return [
        {"kind": "as", "issuer": layout.issuer},
        *({"kind": "rs", "name": SOURCE_NAMES[s], "base": layout.fhir_base(s)} for s in SOURCES),
        {"kind": "portal", "address": layout.portal},
        {"kind": "requester", "address": layout.requester},
        {"kind": "stage", "address": layout.stage},
    ]


def _started_again(layout: Layout) -> list[tuple[str, str]]:
    """The services that stopped and run again, each with the time of day (UTC)."""
    try:
        told = json.loads(layout.started_again_file.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [(layout.title(service), at) for service, at in told.items()]


def _records(layout: Layout) -> list[dict[str, Any]]:
    """The records that were linked, by the name of their owner; empty until seeding is done."""
    seed = snapshot.held(layout) or {}
    return [
        {"owner": r["owner"], "rs": r["rs"], "base": r["base"]}
        for r in seed.get("records", [])
        if r.get("owner") in BY_LOGIN
    ]


def _harden(response: Response) -> Response:
    """The demo's own page is served on loopback, without TLS."""
    return headers.complete(response, secure=False)
