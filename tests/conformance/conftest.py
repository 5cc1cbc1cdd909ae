"""Who takes part: an authorization server with people and apps, its UMA half, Alice's world."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.as_server.conftest import (
    alice,
    app,
    as_app,
    as_settings,
    bob,
    public_app,
    server_keys,
    uma,
)
from tests.flows.conftest import seeded_folder
from tests.world import World, copy_of

__all__ = ["alice", "app", "as_app", "as_settings", "bob", "public_app", "server_keys", "uma"]

folder_of_alice = seeded_folder


@pytest.fixture(scope="module")
def quiet_world(seeded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice's world for requests that leave nothing behind."""
    return World(copy_of(seeded_folder, tmp_path_factory.mktemp("quiet") / "world"))
