"""The stage shows the cast, says the same as JSON, and its reset needs its own form."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from demo import snapshot
from demo.cast import CAST
from demo.layout import Layout
from demo.stage import StageSettings, create_app
from operator_tools.html_page import read_page
from tests.demo.messages import knocks


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(9700, tmp_path)


@pytest.fixture
def client(layout: Layout) -> FlaskClient:
    settings = StageSettings(data_dir=layout.data_dir, port_base=layout.port_base)
    return create_app(settings).test_client()


def _seeded(layout: Layout) -> None:
    for service in snapshot.DATABASES:
        with sqlite3.connect(layout.database_file(service)) as database:
            database.execute("CREATE TABLE fact (word TEXT)")
            database.execute("INSERT INTO fact VALUES ('start')")
    record = {"owner": "alice", "rs": "Home devices", "base": f"{layout.fhir_base('home')}/r/x"}
    snapshot.save(layout, {"port_base": 9700, "day": "2026-01-01", "records": [record]})


def _words(layout: Layout) -> list[str]:
    with sqlite3.connect(layout.database_file("as")) as database:
        return [word for (word,) in database.execute("SELECT word FROM fact")]


def test_the_cast_is_there_for_tools(client: FlaskClient, layout: Layout) -> None:
    before = client.get("/cast.json").get_json()
    assert [p["login"] for p in before["people"]] == [p.login for p in CAST]
    assert all(set(p) == {"login", "password", "name", "role", "app"} for p in before["people"])
    assert before["services"][0] == {"kind": "as", "issuer": "http://localhost:9700"}
    assert [s["kind"] for s in before["services"]] == [
        *("as", "rs", "rs", "rs", "portal", "requester", "stage")
    ]
    assert before["records"] == []
    _seeded(layout)
    assert client.get("/cast.json").get_json()["records"] == [
        {"owner": "alice", "rs": "Home devices", "base": "http://localhost:9706/fhir/r/x"}
    ]


def test_the_page_names_everyone_and_is_locked_down(client: FlaskClient) -> None:
    answer = client.get("/")
    assert all(person.name in answer.text for person in CAST)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/nowhere").status_code == 404
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_reset_puts_every_database_back(client: FlaskClient, layout: Layout) -> None:
    _seeded(layout)
    open_elsewhere = sqlite3.connect(layout.database_file("as"), isolation_level=None)
    open_elsewhere.execute("PRAGMA journal_mode=WAL")
    open_elsewhere.execute("INSERT INTO fact VALUES ('later')")
    assert _words(layout) == ["start", "later"]
    client.application.config["KEPT"].add("cedar", knocks(1), 0)
    assert client.get("/wire/news").get_json() == {"count": 2}
    page = read_page("http://localhost/reset", 200, client.get("/reset").text)
    form = dict(page.form("csrf_token", "confirm").values)
    answer = client.post("/reset", data=form | {"confirm": "yes"})
    assert (answer.status_code, answer.location) == (303, "/?done=reset")
    assert client.get("/wire/news").get_json() == {"count": 0}
    assert _words(layout) == ["start"]
    assert open_elsewhere.execute("SELECT word FROM fact").fetchall() == [("start",)]
    open_elsewhere.close()


def test_reset_without_its_own_form_changes_nothing(client: FlaskClient, layout: Layout) -> None:
    _seeded(layout)
    assert client.post("/reset", data={"confirm": "yes"}).status_code == 400
    client.get("/reset")
    assert client.post("/reset", data={"confirm": "yes", "csrf_token": "no"}).status_code == 400


def test_reset_before_there_is_a_start_says_so(client: FlaskClient) -> None:
    page = read_page("http://localhost/reset", 200, client.get("/reset").text)
    form = dict(page.form("csrf_token").values)
    assert client.post("/reset", data=form | {"confirm": "yes"}).status_code == 409


def test_a_torn_seed_file_counts_as_no_seed(layout: Layout) -> None:
    _seeded(layout)
    assert snapshot.held(layout) is not None
    layout.seed_file.write_text(json.dumps({"port_base": 9700})[:-1])
    assert snapshot.held(layout) is None


@pytest.mark.fault("C17")
def test_the_page_says_what_stopped_and_runs_again(client: FlaskClient, layout: Layout) -> None:
    assert "started again" not in client.get("/").text
    layout.started_again_file.write_text(json.dumps({"home": "16:32"}), "utf-8")
    assert "Home devices stopped and was started again at 16:32 UTC." in client.get("/").text
    layout.started_again_file.write_text("half a fi", "utf-8")
    assert client.get("/").status_code == 200
