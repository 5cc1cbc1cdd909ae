"""One seeded world, and everybody at their pages in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.conftest import Clock
from tests.outages.people import Everybody
from tests.world import World, seed

MORNING = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
"""Hours are left on this day: pages tell days too."""


@pytest.fixture(scope="package")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    world = World(tmp_path_factory.mktemp("outages") / "world", Clock(MORNING))
    seed(world)
    return Everybody(world)
