"""A database without a file of its own leaves nothing behind, even where its process is killed."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from heart_ground import database, engines, passing_file

SERVE = """
import sys, time
from heart_ground import database, engines
engine = engines.make_engine("sqlite://")
with database.writing(engine) as writer:
    writer.exec_driver_sql("CREATE TABLE line (body TEXT)")
print(engine.url.database, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where passing files are made, for this process and its children."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(passing_file.tempfile, "tempdir", None)
    passing_file._sweep.cache_clear()
    return tmp_path


def service() -> tuple[subprocess.Popen[str], Path]:
    """A process with such a database, and its file."""
    running = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    return running, Path(running.stdout.readline().strip())


def test_it_goes_with_its_engine(place: Path) -> None:
    engine = engines.make_engine("sqlite://")
    with database.writing(engine) as writer:
        writer.exec_driver_sql("CREATE TABLE line (body TEXT)")
    assert Path(str(engine.url.database)).is_file()
    engine.dispose()
    del engine, writer
    gc.collect()
    assert list(place.iterdir()) == []


def test_it_goes_with_a_process_that_ends(place: Path) -> None:
    running, file = service()
    assert file.is_file()
    running.communicate("")
    assert list(place.iterdir()) == []


def test_the_next_process_removes_that_of_one_that_was_killed(place: Path) -> None:
    killed, left = service()
    living, kept = service()
    try:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert left.is_file()
        engine = engines.make_engine("sqlite://")
        assert not left.parent.exists()
        assert kept.is_file()
        assert sorted(place.iterdir()) == sorted(
            [kept.parent, Path(str(engine.url.database)).parent]
        )
    finally:
        living.communicate("")


def test_nothing_else_is_swept(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "record").write_text("x")
    (place / f"{passing_file.PREFIX}link").symlink_to(elsewhere)
    (place / f"{passing_file.PREFIX}file").write_text("x")
    (place / "heart-uma-other").mkdir()
    before = sorted(place.iterdir())
    _file, remove = passing_file.new()
    remove()
    assert sorted(place.iterdir()) == before
    assert (elsewhere / "record").read_text() == "x"


def test_a_folder_of_another_user_is_left(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = place / f"{passing_file.PREFIX}theirs"
    theirs.mkdir()
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    passing_file._sweep(str(place))
    assert theirs.is_dir()


def test_a_folder_that_is_swept_before_it_is_locked_is_made_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    make = passing_file.tempfile.mkdtemp

    def slow(**options: str) -> str:
        folder = Path(make(**options))
        made.append(folder)
        if len(made) == 1:
            folder.rmdir()  # what another process does that starts at this moment
        return str(folder)

    monkeypatch.setattr(passing_file.tempfile, "mkdtemp", slow)
    file, remove = passing_file.new()
    assert (len(made), file.parent) == (2, made[1])
    remove()
    assert list(place.iterdir()) == []
