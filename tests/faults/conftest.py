"""A seeded demo on ports of its own, stopped, so that its services can be started and killed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.layout import Layout
from tests.demo.conftest import Launch, free_port_base
from tests.faults.site import Site, running
from tests.world import copy_of


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    launch = Launch.start(free_port_base(), tmp_path_factory.mktemp("faults"))
    try:
        launch.wait_ready()
    finally:
        launch.stop(signal.SIGTERM)
    return Layout(launch.port_base, launch.data_dir)


@pytest.fixture
def layout(seeded: Layout, tmp_path: Path) -> Layout:
    return Layout(seeded.port_base, copy_of(seeded.data_dir, tmp_path / "data"))


@pytest.fixture
def site(layout: Layout) -> Iterator[Site]:
    with running(Site(layout), "as", "cedar") as found:
        yield found


@pytest.fixture
def base(layout: Layout) -> str:
    """Alice's record at the practice."""
    bases = json.loads((layout.data_dir / "seed.json").read_text())["records"]
    return next(str(each["base"]) for each in bases if str(layout.port("cedar")) in each["base"])
