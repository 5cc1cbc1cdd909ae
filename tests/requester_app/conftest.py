"""The clinic fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.requester_app.clinic import Clinic


@pytest.fixture
def clinic(clock: Clock, tmp_path: Path) -> Clinic:
    return Clinic(clock, tmp_path)
