"""One demo of real processes for all browser stories, and people who use it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.demo.conftest import Launch, free_port_base
from tests.e2e.house import House
from tests.e2e.visitor import Visitor

Visit = Callable[..., Visitor]
OFTEN = ("alice", "priya", "bob")
"""Who comes so often that each signs in once for all stories."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    launch = Launch.start(free_port_base(), tmp_path_factory.mktemp("house"))
    try:
        launch.wait_ready(120)
        yield House(launch.port_base, launch.data_dir)
    finally:
        code = launch.stop(signal.SIGTERM)
    assert code == 0, launch.said


@pytest.fixture(scope="session")
def kept_by_browsers(house: House, browser: Any) -> dict[str, Any]:
    """What the browsers of people keep who signed in; a reset goes back to this moment."""
    kept: dict[str, Any] = {}
    for login in OFTEN:
        visitor = Visitor(house, browser).sign_in(login)
        kept[login] = visitor.context.storage_state()
        assert visitor.close() == []
    house.keep_as_start()
    return kept


@pytest.fixture
def fresh(house: House) -> Iterator[House]:
    """For stories that change something: the next one finds the demo as it was."""
    yield house
    house.reset()


@pytest.fixture
def visit(house: House, browser: Any, kept_by_browsers: dict[str, Any]) -> Iterator[Visit]:
    """Opens a browser for a person; at the end none of them may have met a problem."""
    visitors: list[Visitor] = []

    def open_one(login: str = "", **options: Any) -> Visitor:
        kept = kept_by_browsers.get(login)
        visitor = Visitor(house, browser, storage_state=kept, **options)
        visitors.append(visitor)
        if kept:
            return visitor.come_back(login)
        return visitor.sign_in(login) if login else visitor

    yield open_one
    assert [problem for visitor in visitors for problem in visitor.close()] == []
