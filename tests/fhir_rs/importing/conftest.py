"""An empty resource server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from fhir_rs.db import make_engine
from heart_ground.migrations import migrate


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = make_engine("sqlite://")
    migrate(made, "fhir_rs")
    yield made
    made.dispose()
