"""The same suites once more, with every database on PostgreSQL.

The runs are apart, since a database is chosen for a whole process. What opens no database is left
out, and of the many cases of one test a few are taken. All of them, by hand:
`HEART_UMA_TEST_DATABASE=postgres .venv/bin/python -m pytest tests/as_server`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CASES = 2
WITHOUT_A_DATABASE = (
    "tests/as_server/policy",
    "tests/fhir_rs/enforcement",
    "tests/fhir_rs/test_definitions.py",
)
SUITES = {
    "authorization server": ["tests/as_server"],
    "resource server": ["tests/fhir_rs"],
    "apps": ["tests/patient_portal", "tests/requester_app"],
    "flows": ["tests/flows"],
}


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("suite", SUITES)
def test_the_same_tests_pass_on_postgresql(suite: str, postgres_server: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment = {
        **inherited,
        "AS_DATABASE_URL": f"{postgres_server}/any",
        "RS_DATABASE_URL": f"{postgres_server}/any",
        "PORTAL_DATABASE_URL": f"{postgres_server}/any",
        "REQUESTER_DATABASE_URL": f"{postgres_server}/any",
        "HEART_UMA_TEST_CASES": str(CASES),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += [f"--ignore={path}" for path in WITHOUT_A_DATABASE]
    done = subprocess.run(
        [*command, *SUITES[suite]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
