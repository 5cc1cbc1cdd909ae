"""A full disk stops granting, never a stop (F-6; a real full disk is in tests/faults)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from as_server.full_disk import NothingNew, refuse_granting
from as_server.routes import ROUTES
from heart_ground.durable.ballast import Ballast


def test_it_takes_and_gives_its_room_once(tmp_path: Path) -> None:
    ballast = Ballast(create_engine(f"sqlite:///{tmp_path}/as.db"), 1 << 20)
    file = tmp_path / "as.db.ballast"
    assert file.stat().st_blocks * 512 >= 1 << 20
    assert file.stat().st_mode & 0o077 == 0
    assert (ballast.spent, ballast.release(), ballast.spent) == (False, True, True)
    assert not ballast.release()
    ballast.fill()
    assert not ballast.spent


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_without_a_file_has_none(url: str) -> None:
    ballast = Ballast(create_engine(url), 1 << 20)
    assert not ballast.spent and not ballast.release()


@pytest.mark.attack("F-6")
@pytest.mark.parametrize("handled", [True, False])
def test_a_request_that_found_the_disk_full_runs_once_more(tmp_path: Path, handled: bool) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/as.db")
    ballast = Ballast(engine, 4096)
    app, calls = Flask("x"), []

    def dispatch() -> Response:
        calls.append(1)
        if ballast.spent:
            return Response("done")
        try:
            _fails(engine)
        except OperationalError:
            if not handled:
                raise
        return Response("failed", 500)

    with app.test_request_context(method="POST"):
        assert ballast.run(dispatch).get_data() == b"done"
        assert len(calls) == 2


def _fails(engine: Any) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        connection.execute(text("CREATE TABLE a (x)"))
        connection.execute(text("CREATE TABLE b (x)"))


@pytest.mark.attack("F-6")
@pytest.mark.parametrize(
    ("path", "form", "refused"),
    [
        ("/permission", {}, True), ("/register", {}, True),
        ("/resource", {}, True), ("/policy/preview", {}, False), ("/policy/previews", {}, False),
        ("/revoke", {}, False), ("/login", {}, False),
        ("/token", {"grant_type": "refresh_token"}, False),
        ("/token", {"grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket"}, True),
    ],
)  # fmt: skip
def test_while_it_is_spent_nothing_new_is_granted(
    tmp_path: Path, path: str, form: dict[str, str], refused: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ballast = Ballast(create_engine(f"sqlite:///{tmp_path}/as.db"), 4096)
    app: Any = Flask("x")
    row = next(each for each in ROUTES if (each.method, each.path) == ("POST", path))
    app.routes = {row.endpoint: row}
    app.add_url_rule(path, row.endpoint, lambda: "", methods=["POST"])
    with app.test_request_context(path, method="POST", data=form):
        refuse_granting(ballast)
        ballast.release()
        monkeypatch.setattr(ballast, "fill", lambda: None)
        if refused:
            with pytest.raises(NothingNew):
                refuse_granting(ballast)
        else:
            refuse_granting(ballast)
