"""A demo that an older version wrote: described again, and never put back over newer tables."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo import launcher, snapshot
from demo.command import main
from demo.layout import Layout
from fhir_rs.db import make_engine
from fhir_rs.importing import describing
from tests.upgrades.dumped import restore


@pytest.fixture
def older(tmp_path: Path) -> Layout:
    """What a launcher of the first migration left, as far as these commands look."""
    layout = Layout(9400, tmp_path)
    engine = make_engine(layout.database("cedar"))
    restore(engine, "fhir_rs", "0001")
    engine.dispose()
    kept = layout.seed_file.with_name("seed")
    kept.mkdir()
    for service in snapshot.DATABASES:
        shutil.copy(layout.database_file("cedar"), kept / f"{service}.sqlite3")
        if service != "cedar":
            shutil.copy(layout.database_file("cedar"), layout.database_file(service))
    seed = {"port_base": 9400, "day": datetime.now(UTC).date().isoformat()}
    layout.seed_file.write_text(json.dumps(seed))
    return layout


def test_describe_does_one_source_and_has_nothing_to_do_the_second_time(
    older: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["describe", "--data-dir", str(older.data_dir), "--rs", "cedar"]
    assert main([*command, "--port-base", "9400"]) == 0
    assert "22 resources described again" in capsys.readouterr().out
    engine = make_engine(older.database("cedar"))
    assert describing.waiting(engine) == 0
    engine.dispose()
    assert main([*command, "--port-base", "9400"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_describe_of_nothing_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", "--data-dir", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    missing = f"sqlite:///{tmp_path}/none/none.sqlite3"
    assert main(["describe", "--database", missing]) == 1
    assert "no such database" in capsys.readouterr().err


def test_a_reset_writes_an_older_demo_anew(
    older: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert snapshot.keeps_older_code(older) and snapshot.is_of_older_code(older, "cedar")
    assert launcher.put_back(older) == 0
    assert "written anew" in capsys.readouterr().out
    assert snapshot.held(older) is None


def test_a_reset_of_a_running_older_demo_is_refused(
    older: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launcher, "is_running", lambda layout: True)
    assert launcher.put_back(older) == 1
    assert "--reset" in capsys.readouterr().out
    assert snapshot.held(older) is not None
