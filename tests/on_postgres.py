"""The same tests on PostgreSQL: each SQLite database a test asks for is one on a server instead.

`HEART_UMA_TEST_DATABASE=postgres` takes a private server for all services; `AS_DATABASE_URL` or
`RS_DATABASE_URL` with a PostgreSQL URL takes that server for that service. Every database is fresh:
made from a migrated template, or emptied after another test. A file at the SQLite path says which
database stands for it, so copying a folder copies the database too.

`HEART_UMA_TEST_CASES=2` takes at most two of a test's cases, spread over all of them: they differ
in data, seldom in what is asked of the database.
"""

from __future__ import annotations

import os
import secrets
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from heart_ground.migrations import Migrations
from tests import emptied, postgres

PREFIXES = {
    "as_server": "AS_",
    "fhir_rs": "RS_",
    "patient_portal": "PORTAL_",
    "requester_app": "REQUESTER_",
}
SUITES = frozenset({"as_server", "fhir_rs", "patient_portal", "requester_app", "flows"})
MARK = "postgresql database "


def wanted() -> bool:
    if os.environ.get("HEART_UMA_TEST_DATABASE") == "postgres":
        return True
    given = (os.environ.get(f"{prefix}DATABASE_URL", "") for prefix in PREFIXES.values())
    return any(url.startswith("postgresql") for url in given)


@dataclass
class Redirection:
    """Stands between the tests and each service's `make_engine`."""

    servers: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    made: dict[str, Path | None] = field(default_factory=dict)
    passing: dict[str, weakref.ref[Engine]] = field(default_factory=dict)
    free: dict[str, list[str]] = field(default_factory=dict)
    like: dict[str, str] = field(default_factory=dict)
    active: bool = False
    _server: str | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def install(self) -> None:
        """Before any other module takes `make_engine` by its name."""
        for service in PREFIXES:
            module = import_module(f"{service}.db")
            wrapped = self._instead_of(service, module.make_engine)
            setattr(module, "make_engine", wrapped)  # noqa: B010

    def _instead_of(self, service: str, original: Callable[..., Engine]) -> object:
        def make_engine(url: str, *more: Any) -> Engine:
            server = self._server_of(service) if self.active and url.startswith("sqlite") else ""
            if not server:
                return original(url, *more)
            name = make_url(url).database or ":memory:"
            if name != ":memory:" and not Path(name).parent.is_dir():
                return original(url, *more)  # a test wants a database that cannot be opened
            if name == ":memory:":
                database = self._new(server, self._template(service, server, original))
                engine = original(f"{server}/{database}", *more)
                self.passing[database] = weakref.ref(engine)
                return engine
            database = self._for_file(service, server, original, Path(name))
            return original(f"{server}/{database}", *more)

        return make_engine

    def _server_of(self, service: str) -> str:
        given = os.environ.get(f"{PREFIXES[service]}DATABASE_URL", "")
        if given.startswith("postgresql"):
            return given.rpartition("/")[0]
        if os.environ.get("HEART_UMA_TEST_DATABASE") != "postgres":
            return ""
        if self._server is None:
            folder = self._open.enter_context(TemporaryDirectory(prefix="heart-uma-test-"))
            self._server = self._open.enter_context(postgres.server(Path(folder)))
        return self._server

    def _template(self, service: str, server: str, original: Callable[..., Engine]) -> str:
        if service not in self.templates:
            url = postgres.create_database(server, f"template_{service}")
            engine = original(url)
            Migrations(service).migrate(engine)
            engine.dispose()
            with suppress(psycopg.Error):  # a given server may not let us
                emptied.keep_as_new(url)
            self.templates[service] = url.rpartition("/")[2]
        return self.templates[service]

    def _for_file(
        self, service: str, server: str, original: Callable[..., Engine], path: Path
    ) -> str:
        told = path.read_text() if path.exists() else ""
        known = told.removeprefix(MARK)
        if known and self.made.get(known) == path:
            return known
        name = (
            self._copy(server, known)
            if known
            else self._new(server, self._template(service, server, original))
        )
        path.write_text(f"{MARK}{name}")
        self.made[name] = path
        return name

    def _new(self, server: str, template: str) -> str:
        """One that another test is done with, or a copy of the template."""
        waiting = self.free.setdefault(template, [])
        while waiting:
            name = waiting.pop()
            if emptied.empty(f"{server}/{name}"):
                return name
            self._drop(name)
        name = self._copy(server, template)
        self.like[name] = template
        return name

    def _drop(self, name: str) -> None:
        self.like.pop(name, None)
        postgres.drop_database(f"{self.servers.pop(name)}/{name}")

    def _copy(self, server: str, template: str) -> str:
        name = f"test_{secrets.token_hex(8)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (template,),
            )
            # Copying files is twice as fast as writing the copy to the log, which no test reads.
            how = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}"{how}'
            connection.execute(statement.encode())
        self.servers[name] = server
        return name

    def clean(self, arguments: dict[str, object]) -> None:
        """What a test that is over had, others may have; what it copied goes."""
        folder = arguments.get("tmp_path")
        gone = [name for name, engine in self.passing.items() if engine() is None]
        gone += [name for name, path in self.made.items() if path and folder in path.parents]
        for name in gone:
            self.passing.pop(name, None)
            self.made.pop(name, None)
            if name in self.like:
                self.free[self.like[name]].append(name)
            else:
                self._drop(name)

    def close(self) -> None:
        if self._server is None:
            for name in list(self.servers):
                self._drop(name)
        self._open.close()


def chosen(items: list[pytest.Item], most: int) -> list[pytest.Item]:
    """At most this many cases of each test, in their order; 0 takes them all."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    spread = (own[:: max(1, -(-len(own) // most))] for own in cases.values()) if most else ()
    kept = {item for own in spread for item in own}
    return [item for item in items if not most or item in kept]


_current: list[Redirection] = []


def begin() -> None:
    """Called when pytest is configured."""
    if wanted():
        _current.append(Redirection())
        _current[0].install()


def end() -> None:
    for redirection in _current:
        redirection.close()
    _current.clear()


@contextmanager
def around(item: pytest.Item) -> Iterator[None]:
    """A test of the suites runs redirected, its fixtures too; any other runs as it is written."""
    for redirection in _current:
        redirection.active = bool(SUITES & set(item.path.parent.parts))
    yield
    for redirection in _current:
        redirection.clean(getattr(item, "funcargs", None) or {})
