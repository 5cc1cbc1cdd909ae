"""add-a-label-rule.md: its rule and its rows put into a copy, and the copy's tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.how_to.pages import ROOT, blocks
from tests.test_how_to_add_a_policy_condition import make

COPIED = ("fhir_rs", "heart_uma", "heart_ground", "heart_ui", "heart_reading", "demo",
          "operator_tools", "tests", "as_server", "patient_portal", "requester_app")  # fmt: skip
FILES = (
    "fhir_rs/data/sensitivity_rules.json",
    "fhir_rs/data/sensitivity_rules.json",
    "tests/fhir_rs/enforcement/test_labeling.py",
)


@pytest.mark.slow
def test_the_page_can_be_followed(tmp_path: Path) -> None:
    changes = blocks("add-a-label-rule", "diff")
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    rows = changes[-1]
    make(tmp_path, FILES[-1], rows)
    assert run(tmp_path).returncode == 1, "the rows show what the rules did not know before"
    for file, change in zip(FILES[:-1], changes[:-1], strict=True):
        make(tmp_path, file, change)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command of the page."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
               "tests/fhir_rs/enforcement/test_labeling.py",
               "tests/fhir_rs/enforcement/test_sensitivity_rules.py"]  # fmt: skip
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
                          capture_output=True, text=True, check=False)  # fmt: skip
