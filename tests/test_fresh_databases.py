"""What keeps the tests quick: their new databases are copies, whichever service makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from heart_ground.migrations import Migrations
from tests import on_postgres
from tests.world import World

SERVICES = ("as", "cedar", "portal", "requester")


@pytest.mark.skipif(on_postgres.wanted(), reason="there, databases are made from a template")
@pytest.mark.parametrize("service", SERVICES)
def test_no_service_of_a_test_migrates_its_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    World(tmp_path / "first").apps[service]
    monkeypatch.setattr(Migrations, "upgrade", lambda *_: pytest.fail("migrated from nothing"))
    World(tmp_path / "second").apps[service]
