"""A seeded world on ports of its own, whose services can be started and killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.layout import Layout
from tests.demo.conftest import free_port_base
from tests.faults.site import Site, running
from tests.world import World, copy_of, seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    folder, ports = tmp_path_factory.mktemp("faults"), free_port_base()
    # The last checkpoint of the audit is of then: the services write one of their own.
    seed(World(folder, lambda: datetime.now(UTC) - timedelta(minutes=2), port_base=ports))
    return Layout(ports, folder)


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
    return str(json.loads((layout.data_dir / "bases.json").read_text())["cedar"])
