"""The same suites once more, with every database on PostgreSQL.

The runs are apart, since a database is chosen for a whole process. They come last, and take tests
that together ask the server everything which the suites asked SQLite before (`tests/asked.py`); of
a suite that did not run they take one case of each test. All of them, by hand:
`HEART_UMA_TEST_DATABASE=postgres .venv/bin/python -m pytest tests/as_server`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import asked

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_A_DATABASE = (
    "tests/as_server/policy",
    "tests/fhir_rs/enforcement",
    "tests/fhir_rs/test_definitions.py",
)
SUITES = {
    "resource server": ["tests/fhir_rs", "--ignore=tests/fhir_rs/endpoints"],
    "authorization server": ["tests/as_server"],
    "apps": ["tests/patient_portal", "tests/requester_app"],
    "its endpoints": ["tests/fhir_rs/endpoints"],
    "flows": ["tests/flows"],
}
"""The longest first: they are the last that several processes share."""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("suite", SUITES)
def test_the_same_tests_pass_on_postgresql(
    suite: str, postgres_server: str, pytestconfig: pytest.Config
) -> None:
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment = {
        **inherited,
        "AS_DATABASE_URL": f"{postgres_server}/any",
        "RS_DATABASE_URL": f"{postgres_server}/any",
        "PORTAL_DATABASE_URL": f"{postgres_server}/any",
        "REQUESTER_DATABASE_URL": f"{postgres_server}/any",
        "HEART_UMA_TEST_ASKED": str(asked.folder_of(pytestconfig)),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-m", "not postgres"]  # those ask a server of their own already
    command += [f"--ignore={path}" for path in WITHOUT_A_DATABASE]
    done = subprocess.run(
        [*command, *SUITES[suite]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
