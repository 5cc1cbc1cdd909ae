"""An empty resource server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from fhir_rs.db import make_engine
from fhir_rs.schema import migrate


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = make_engine("sqlite://")
    migrate(made)
    yield made
    made.dispose()
