"""The scenarios of the stage: the list of them, one run step by step, and running one.

GET  /runs             every scenario, and the runs so far
POST /runs             play one, from the start of the demo
GET  /runs/<key>       what crossed, at a step: `?step=7`
GET  /runs/<key>.json  the same as data
"""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from demo import form_token, snapshot
from demo.exporting.files import FILES, download
from demo.exporting.har import SYNTHETIC
from demo.exporting.message import as_data
from demo.scenarios.all import BY_KEY, SCENARIOS
from demo.scenarios.running import Run, Runs
from demo.wire.arrows import arrows
from demo.wire.scene import Scene

bp = Blueprint("runs", __name__, url_prefix="/runs", template_folder="templates")


def runs() -> Runs:
    found: Runs = current_app.config["RUNS"]
    return found


@bp.get("")
def every() -> AnyResponse:
    token = form_token.token()
    page = render_template(
        "runs/every.html",
        scenarios=SCENARIOS,
        runs=runs().all(),
        ready=snapshot.held(current_app.config["LAYOUT"]) is not None,
        csrf_token=token,
    )
    return form_token.keep(make_response(page), token)


@bp.post("")
def play() -> AnyResponse:
    if not form_token.is_own():
        abort(400, "The form was too old. Open the page again and press the button once more.")
    scenario = BY_KEY.get(request.form.get("scenario", ""))
    if scenario is None or snapshot.held(current_app.config["LAYOUT"]) is None:
        abort(409, "There is no start to play from yet.")
    run = runs().play(scenario)
    return redirect(url_for("runs.one", key=run.key, step=1), 303)


def found(key: str) -> Run:
    run = runs().one(key)
    if run is None:
        abort(404)
    return run


@bp.get("/<key>")
def one(key: str) -> AnyResponse:
    run, token = found(key), form_token.token()
    kept = {"present": "1"} if request.args.get("present") else {}
    asked = request.args.get("step", "1")
    scene = Scene.at(arrows(run.crossings), asked, url_for("runs.one", key=key), kept)
    page = render_template(
        "runs/one.html", run=run, scene=scene, present=bool(kept), csrf_token=token
    )
    return form_token.keep(make_response(page), token)


@bp.get("/<key>/<kind>")
def take_away(key: str, kind: str) -> AnyResponse:
    run = found(key)
    if kind not in FILES:
        abort(404)
    messages = arrows(run.crossings)
    if kind == "json":
        told = {"scenario": run.scenario.key, "title": run.scenario.title, "problem": run.problem}
        return jsonify(told | {"note": SYNTHETIC, "messages": [*map(as_data, messages)]})
    return download(kind, run.scenario.title, f"{run.scenario.key}-{key}", messages)
