"""A comparison of two checkouts: its arithmetic, its words, and whose code it measures."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from bench import against
from bench.against import ROOT, Compared, Side, SideError
from bench.report import Report


def test_the_ratio_is_of_the_medians_and_its_spread_of_the_rounds() -> None:
    found = Compared(here=(110.0, 900.0, 100.0), there=(100.0, 450.0, 200.0))
    assert found.ratio == pytest.approx(1.1 / 2)  # 110 / 200: one slow round moves neither
    assert found.ratios == pytest.approx([1.1, 2.0, 0.5])


def test_a_line_shows_both_medians_and_the_ratio_with_least_and_most() -> None:
    report = Report(out=io.StringIO())
    against.show(report, "read", Compared((1100.0, 1000.0, 1200.0), (1000.0, 1000.0, 1000.0)))
    words = report.out.getvalue().split()  # type: ignore[attr-defined]
    assert words == ["read", "1,100", "1,000", "1.10", "1.00", "1.20"]


def test_operations_are_named_and_the_unknown_is_refused() -> None:
    assert against.operations("import, read") == ("read", "import")
    with pytest.raises(ArgumentTypeError, match=r"unknown: reads; there are read, unaudited"):
        against.operations("reads,search")


@pytest.mark.parametrize("text", ["0", "26", "-1", "many", ""])
def test_rounds_are_bounded(text: str) -> None:
    assert against.rounds("5") == 5
    with pytest.raises(ArgumentTypeError, match="from 1 to 25"):
        against.rounds(text)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SideError, match="is no checkout of this project: it has no fhir_rs"):
        Side(tmp_path, tmp_path / "home", "the other checkout")


def test_a_checkout_without_sides_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "fhir_rs").mkdir()
    (tmp_path / "fhir_rs" / "__init__.py").write_text("")
    with pytest.raises(SideError, match="is too old to be compared"):
        Side(tmp_path, tmp_path / "home", "the other checkout")


def test_a_side_runs_the_code_of_its_checkout_and_its_benchmark(tmp_path: Path) -> None:
    code = tmp_path / "other"
    for package in ("fhir_rs", "demo", "bench"):
        (code / package).mkdir(parents=True)
        (code / package / "__init__.py").write_text("")
    (code / "bench" / "side.py").write_text("")
    found = Side(code, tmp_path / "home", "the other checkout")
    ask = "import bench, demo, fhir_rs, os\nfor one in (bench, demo, fhir_rs):\n"
    ask += "    print(os.path.realpath(os.path.dirname(one.__file__)))\n"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=code,
        env=found.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        str(code / "bench"),
        str(code / "demo"),
        str(code / "fhir_rs"),
    ]


def test_a_side_that_ends_says_its_last_words(tmp_path: Path) -> None:
    """Here it cannot even start: the checkout has no services."""
    code = tmp_path / "other"
    (code / "fhir_rs").mkdir(parents=True)
    (code / "fhir_rs" / "__init__.py").write_text("")
    (code / "bench").mkdir()
    (code / "bench" / "__init__.py").write_text("")
    (code / "bench" / "side.py").write_text("raise ImportError('nothing to show')")
    found = Side(code, tmp_path / "home", "the other checkout")
    with (
        pytest.raises(SideError, match=r"the other checkout does not run:\n(.*\n)*.*nothing to"),
        found.lending(1, 1),
    ):
        found.ready()


@pytest.mark.slow
@pytest.mark.skipif("HEART_UMA_TEST_AGAINST" not in os.environ, reason="asked for by hand")
@pytest.mark.xdist_group("processes")
def test_this_checkout_against_itself() -> None:
    command = [sys.executable, "-m", "bench", "--against", ".", "--rounds", "1", "--quick"]
    command += ["--only", "read,search,import"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert lines[1:] == ["read", "search", "import,", "resources"]
