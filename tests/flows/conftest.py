"""A seeded world, made once and copied for each test that changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.world import World, copy_of, seed


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    seed(World(folder))
    return folder


@pytest.fixture
def world(seeded_folder: Path, tmp_path: Path, clock: Clock) -> World:
    """Alice's world as it stands when the demo starts; this test may change everything."""
    return World(copy_of(seeded_folder, tmp_path / "world"), clock)
