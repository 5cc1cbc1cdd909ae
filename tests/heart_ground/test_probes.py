"""Every service answers its operators in one shape, and asks no part more than once a second."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from heart_ground import probes
from tests.heart_ground.gone import gone
from tests.world import World

SERVICES = ("as", "cedar", "portal", "requester")


class Part:
    """A part that answers as it is told, and counts who asks."""

    def __init__(self) -> None:
        self.well, self.asked = True, 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.well


@pytest.fixture
def part() -> Part:
    return Part()


@pytest.fixture
def app(part: Part) -> Flask:
    made = Flask("probed")
    bp = probes.blueprint(
        lambda app: {"store": part, "peer": lambda: app.config["PEER"]},
        measured=lambda app: bool(app.config["MEASURED"]),
    )
    made.config.update(PEER=True, MEASURED=False)
    made.register_blueprint(bp)
    return made


def test_a_failing_part_is_named_and_the_process_is_well(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/readyz").json == {"status": "ok"}
    app.config["PEER"] = False
    probes.forget(app, "peer")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json == {"status": "failing", "checks": {"store": "ok", "peer": "failing"}}
    assert client.get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize("well", [True, False])
def test_a_part_is_asked_once_in_a_second(
    app: Flask, part: Part, well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes.time, "monotonic", lambda: part.now)  # type: ignore[attr-defined]
    part.well, part.now = well, 100.0  # type: ignore[attr-defined]
    made = Flask("again")
    made.register_blueprint(probes.blueprint(lambda _: {"store": part}, measured=lambda _: False))
    client = made.test_client()
    assert {client.get("/readyz").status_code for _ in range(20)} == {200 if well else 503}
    assert part.asked == 1
    part.now += 1.1  # type: ignore[attr-defined]
    client.get("/readyz")
    assert part.asked == 2


def test_two_applications_remember_apart(app: Flask, part: Part) -> None:
    other = Flask("other")
    other.register_blueprint(app.blueprints[probes.NAME])
    other.config.update(PEER=True, MEASURED=True)
    assert app.test_client().get("/readyz").status_code == 200
    part.well = False
    assert other.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/metrics").status_code == 404
    assert "python_info" in other.test_client().get("/metrics").text


def test_the_services_say_the_same_when_their_database_is_away(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    for app in [world.apps[service] for service in SERVICES]:
        ready = next(r.rule for r in app.url_map.iter_rules() if r.rule.endswith("/readyz"))
        assert app.test_client().get(ready).json == {"status": "ok"}
        probes.forget(app, "database")
        with gone(app.engine):
            answer = app.test_client().get(ready)
        assert answer.status_code == 503
        assert answer.json is not None and answer.json["status"] == "failing"
        assert answer.json["checks"]["database"] == "failing"
