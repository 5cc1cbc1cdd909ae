"""Fixtures shared by all tests: a clock, a browser, a PostgreSQL server, real FHIR data."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests import asked, chromium, compiled_once, heard, in_groups, migrated, on_postgres, postgres

if TYPE_CHECKING:
    from tests.demo.conftest import Launch

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


# How long examples take says how busy the machine is, and nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("untimed")
    compiled_once.install()
    heard.install()
    on_postgres.begin()
    migrated.begin()
    if not on_postgres.wanted():
        asked.begin(config)
    in_groups.begin(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    asked.end(config)
    migrated.end()
    on_postgres.end()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = on_postgres.chosen(items, int(os.environ.get("HEART_UMA_TEST_CASES", "0")))
    if notes := os.environ.get("HEART_UMA_TEST_ASKED"):
        items[:] = asked.worth_asking(items, Path(notes))
    items[:] = in_groups.ordered(items)


def pytest_collection_finish() -> None:
    """What is imported and collected stays: nobody has to look through it for garbage again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with on_postgres.around(item), migrated.around(item), asked.around(item):
        return (yield)


@dataclass
class Clock:
    """A clock that moves only when told."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def fhir_data() -> Path:
    """The folder of real FHIR R4 data beside the checkout."""
    if not DATA.is_dir():
        pytest.skip("the folder ../shared/data is absent")
    return DATA


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL (no database name) of a private PostgreSQL server."""
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL is installed")
    with postgres.server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium, started once."""
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """The demo as real processes, one for all tests of a worker that need the wire."""
    from tests.demo.conftest import Launch, free_port_base

    launch = Launch.start(free_port_base(), tmp_path_factory.mktemp("demo"))
    try:
        launch.wait_ready()
        yield launch
    finally:
        assert launch.stop(signal.SIGTERM) == 0, launch.said
