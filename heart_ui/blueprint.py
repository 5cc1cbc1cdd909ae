"""Flask blueprint: stylesheet, script, macros, words and display choices of every service.

A service registers ``bp`` and extends ``ui/page.html``. Nothing here knows a service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    request_started,
    request_tearing_down,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from heart_ui import display, words

STATIC = Path(__file__).parent / "static"

bp = Blueprint(
    "heart_ui", __name__, url_prefix="/ui", static_folder="static", template_folder="templates"
)


@cache
def _fingerprint(filename: str) -> str:
    return hashlib.sha256((STATIC / filename).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Address of a static file, changing whenever its bytes change."""
    return url_for("heart_ui.static", filename=filename, v=_fingerprint(filename))


@bp.record_once
def _add_words(state: BlueprintSetupState) -> None:
    """Templates and macros of every face ask the one catalogue."""
    environment = state.app.jinja_env
    environment.globals.update(
        ui_asset=asset, _=words.gettext, gettext=words.gettext, ngettext=words.ngettext
    )
    environment.add_extension("jinja2.ext.do")
    # Before whatever else a face does before a request, which may end in a page too.
    request_started.connect(_listen, state.app)
    request_tearing_down.connect(_forget, state.app)


def _listen(_app: Flask, **_more: Any) -> None:
    # Programs ask for no language and bring no cookie, and there are many of them.
    tags: list[str] = []
    if "HTTP_COOKIE" in request.environ:
        tags.append(display.language().chosen(request.cookies))
    if "HTTP_ACCEPT_LANGUAGE" in request.environ:
        tags.extend(request.accept_languages.values())
    g.spoken_before = words.speak(words.preferred(tags))


def _forget(_app: Flask, **_more: Any) -> None:
    if (before := g.pop("spoken_before", None)) is not None:
        words.speak(before)


@bp.app_context_processor
def _page_words() -> dict[str, Any]:
    return {
        "ui_theme": display.COLORS.chosen(request.cookies),
        "ui_size": display.SIZE.chosen(request.cookies),
        "ui_display": display.choices(request.cookies),
        "ui_here": _here(),
        "ui_lang": words.language(),
    }


def _here() -> str:
    """The address of this page; empty for the answer to a form that no link leads to."""
    if request.method not in ("GET", "HEAD"):
        adapter = current_app.create_url_adapter(request)
        if adapter is None or not adapter.test(request.path, "GET"):
            return ""
    return request.full_path.rstrip("?")


def suggest_language(tags: Iterable[str]) -> None:
    """An app that sends somebody here tells what she reads (`ui_locales`, OIDC Core 3.1.2.1): it
    counts as long as her browser is open, where she has chosen nothing herself."""
    offered = dict(words.offered())
    found = next((t for tag in tags for t in (tag, tag.partition("-")[0]) if t in offered), None)
    if found and not display.language().chosen(request.cookies):
        words.speak(words.preferred([found]))
        g.suggested_language = found


@bp.after_app_request
def _keep_suggestion(response: Response) -> Response:
    if found := g.pop("suggested_language", None):
        name = display.language().cookie
        response.set_cookie(name, found, httponly=True, samesite="Lax")
    return response


@bp.after_request
def _keep_static(response: Response) -> Response:
    if request.endpoint == "heart_ui.static" and "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={display.A_YEAR}, immutable"
    return response


@bp.post("/display")
def choose() -> AnyResponse:
    """Keep what was chosen, and go back to the page it was chosen on."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    answer = redirect(_local(request.form.get("next", "/")), 303)
    display.keep(answer, request.form)
    return answer


def _local(path: str) -> str:
    """Only a path of this very service: ``//evil`` and ``/\\evil`` leave it (open redirect)."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
