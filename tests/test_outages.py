"""A database that goes away is 503 with Retry-After everywhere, and comes back by itself."""

from __future__ import annotations

import multiprocessing
import re
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from heart_ground import probes
from heart_ground.durable import group_commit, write_turn
from heart_ground.engines import Connections, make_engine
from tests.heart_ground.gone import addresses, gone
from tests.postgres import create_database
from tests.world import World

SERVICES = ("as", "cedar", "portal", "requester")
COOKIES = ("heart_as", "heart_portal", "heart_clinic")
NEEDS_NONE = re.compile(
    r"(.*/static/.*|.*/healthz|.*/metrics|.*/openapi\.json|/help|/link/help|/ui/display|.*/jwks"
    r"|/\.well-known/oauth-authorization-server"
    # Refused for what it lacks, or a form that has not been filled in.
    r"|/authorize|/token|/revoke|/events|/link|/login|/fhir(/(?!r/).*)?)"
)
"""Addresses that may answer without a look at the database."""
WRITE_WHEN_READ = {
    # A sign-in begins, and ends.
    "requester": {("GET", "/login"), ("GET", "/login/return")},
}
"""What takes the write turn although it is read."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("outages") / "world")
    # Each is there before another one's folder goes away: probes ask them.
    assert all(made.apps[service] for service in SERVICES)
    return made


def every_answer(app: Any) -> dict[int, set[tuple[str, str]]]:
    """Each address once, by what it answers; 503 without Retry-After counts as 500."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    browser = app.test_client()
    for name in COOKIES:
        browser.set_cookie(name, "x" * 43)
    for method, address, _ in addresses(app):
        form = None if method == "GET" else {"a": "b", "token": "x"}
        headers = {"Authorization": f"Bearer {'x' * 43}"}
        answer = browser.open(address, method=method, headers=headers, data=form)
        told = answer.status_code != 503 or int(answer.headers.get("Retry-After", 0)) > 0
        found[answer.status_code if told else 500].add((method, address))
    return found


@pytest.mark.fault("scale-1")
@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_that_the_database_is_away(world: World, service: str) -> None:
    app = world.apps[service]
    with gone(app.engine):
        away = every_answer(app)
        ready = app.test_client().get(_ready(app))
    assert away[500] == set()
    others = {address for status, found in away.items() if status != 503 for _, address in found}
    assert {address for address in others if not NEEDS_NONE.fullmatch(address)} == set()
    assert (ready.status_code, int(ready.headers["Retry-After"]) > 0) == (503, True)
    assert not {503, 500} & {s for s, found in every_answer(app).items() if found} - {503}


@contextmanager
def _never_ending(engine: Engine) -> Iterator[None]:
    """Somebody else holds the write lock of this SQLite database and does not give it back."""
    stuck = sqlite3.connect(str(engine.url.database), isolation_level=None)
    stuck.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        stuck.execute("ROLLBACK")
        stuck.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_turn_that_does_not_come_is_503_with_retry_after(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for the turn has a limit; who only reads does not wait at all."""
    app = world.apps[service]
    for module in (write_turn, group_commit):
        monkeypatch.setattr(module, "PATIENCE", 0.05)
    for other in SERVICES:  # a probe of a moment ago may have found one of them away
        for part in ("database", world.layout.issuer):
            probes.forget(world.apps[other], part)
    before = {where for found in every_answer(app).values() for where in found}
    with _never_ending(app.engine):
        waited = every_answer(app)
        ready = app.test_client().get(_ready(app))
    assert waited[500] == set()
    assert {where for found in waited.values() for where in found} == before
    assert ready.status_code == 200
    assert {where for where in waited[503] if where[0] == "GET"} <= WRITE_WHEN_READ.get(
        service, set()
    )
    assert not every_answer(app)[503] - waited[503]


def _ready(app: Any) -> str:
    return next(address for _, address, _ in addresses(app) if address.endswith("/readyz"))


@pytest.mark.fault("scale-1")
@pytest.mark.parametrize(
    ("service", "page"),
    [("as", "/accounts"), ("cedar", "/link?code=x"), ("portal", "/"), ("requester", "/")],
)
def test_a_person_reads_a_plain_sentence(world: World, service: str, page: str) -> None:
    app = world.apps[service]
    browser = app.test_client()
    for name in COOKIES:
        browser.set_cookie(name, "x" * 43)
    with gone(app.engine):
        answer = browser.get(page)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert re.search(r"right now|minute", answer.text) and "database" not in answer.text.lower()


@contextmanager
def _closed(server: str, url: str) -> Iterator[None]:
    """A PostgreSQL that has ended every connection to this database and lets nobody in."""
    name = url.rpartition("/")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as operator:
        operator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            operator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


@pytest.mark.fault("scale-1")
@pytest.mark.postgres
def test_postgresql_comes_back_by_itself(tmp_path: Path, postgres_server: str) -> None:
    urls = {service: create_database(postgres_server) for service in SERVICES}
    world = World(tmp_path / "world", databases=lambda service: urls.get(service, "sqlite://"))
    for service in SERVICES:
        app = world.apps[service]
        before = {s: found for s, found in every_answer(app).items() if found}
        with _closed(postgres_server, urls[service]):
            away = every_answer(app)
            assert (away[500], len(away[503]) > 10) == (set(), True), service
        probes.forget(app, "database")
        assert {s: found for s, found in every_answer(app).items() if found} == before, service
        app.engine.dispose()


@pytest.mark.fault("2.3")
@pytest.mark.postgres
def test_an_error_of_postgresql_names_no_value(postgres_server: str) -> None:
    """PostgreSQL adds the failing row to what it says; a log keeps what an exception says."""
    engine = make_engine(create_database(postgres_server))
    canary = secrets.token_hex(8)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE note (id TEXT PRIMARY KEY, body TEXT NOT NULL, n INT)")
        )
        connection.execute(text("INSERT INTO note VALUES (:id, 'x', 1)"), {"id": canary})
    for statement in (
        "INSERT INTO note VALUES (:value, 'x', 1)",
        "INSERT INTO note VALUES ('a', NULL, length(:value))",
        "INSERT INTO note (id, body) VALUES ('a' || :value, NULL)",
        "UPDATE note SET n = CAST(:value AS INT)",
    ):
        with pytest.raises(Exception) as caught, engine.begin() as connection:
            connection.execute(text(statement), {"value": canary})
        told = f"{caught.value} {caught.value.__cause__} {caught.value.orig}"  # type: ignore[attr-defined]
        assert canary not in told
    engine.dispose()


def _start(world: World, barrier: Any, results: Any) -> None:
    for service in SERVICES:
        barrier.wait(60)
        try:
            app = world.apps[service]
            answer = app.test_client().get("/healthz")
            results.put((service, answer.status_code))
        except Exception as error:
            results.put((service, repr(error)))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_workers_start_together_on_an_empty_database(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = World(tmp_path / "world")
    if kind == "postgres":
        server = request.getfixturevalue("postgres_server")
        urls = {service: create_database(server) for service in SERVICES}
        world.databases = urls.__getitem__
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(3), context.Queue()
    more = (world, barrier, results)
    running = [context.Process(target=_start, args=more, daemon=True) for _ in range(3)]
    for one in running:
        one.start()
    told = [results.get(timeout=40) for _ in range(3 * len(SERVICES))]
    for one in running:
        one.join(30)
    assert sorted(told) == sorted((service, 200) for service in SERVICES for _ in range(3))


def test_a_pooler_is_spoken_to_without_prepared_statements(
    postgres_server: str,
) -> None:
    url = create_database(postgres_server)
    engines: list[Engine] = [make_engine(url), make_engine(url, Connections(prepare=False))]
    prepared = []
    for engine in engines:
        with engine.connect() as connection:
            for _ in range(8):
                connection.execute(text("SELECT 1"))
            found = connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
            prepared.append(found.scalar_one())
        engine.dispose()
    assert prepared[0] > 0 and prepared[1] == 0
