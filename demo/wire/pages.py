"""The wire view: what crosses while people use the apps, step by step.

GET /wire               the messages of UMA; `?all=1` shows every message
GET /wire?step=7        one of them, with its neighbours
GET /wire?after=120     only exchanges that were heard after the 120th
GET /wire/news?after=   how many there are, for the script
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from demo.wire.arrows import arrows
from demo.wire.crossing import Crossing
from demo.wire.kept import Kept
from demo.wire.naming import is_of_uma
from demo.wire.scene import Scene

SWITCHES = ("all", "after", "present")
"""Members of the address that every link of the page keeps."""

bp = Blueprint(
    "wire",
    __name__,
    url_prefix="/wire",
    template_folder="templates",
    static_folder="static",
)


def kept() -> Kept:
    found: Kept = current_app.config["KEPT"]
    return found


@bp.get("")
def live() -> str:
    """What crossed so far, at the newest message unless a step is asked for."""
    every = kept().all()
    chosen = wanted(every)
    found = {name: request.args[name] for name in SWITCHES if request.args.get(name)}
    scene = Scene.at(arrows(chosen), request.args.get("step", ""), "/wire", found)
    return render_template(
        "wire/live.html",
        scene=scene,
        newest=max((one.number for one in every), default=0),
        hidden=len(_after(every)) - len(chosen),
        lost=kept().dropped,
        forgotten=kept().forgotten,
        present="present" in found,
    )


@bp.get("/news")
def news() -> Response:
    """How many messages the page would show now."""
    return jsonify(count=len(arrows(wanted(kept().all()))))


def _after(every: list[Crossing]) -> list[Crossing]:
    after = request.args.get("after", 0, type=int)
    return [one for one in every if one.number > after]


def wanted(every: list[Crossing]) -> list[Crossing]:
    """Those that the address asks for."""
    found = _after(every)
    return found if request.args.get("all") else [one for one in found if is_of_uma(one)]
