"""An empty database for the rows of an earlier version, of the kind that a test names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import create_database, drop_database


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/database.sqlite3"
        return
    made = create_database(request.getfixturevalue("postgres_server"))
    yield made
    drop_database(made)
