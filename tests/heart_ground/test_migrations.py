"""A service and a database server that starts after it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from heart_ground import engines, migrations


def test_a_server_that_is_not_there_yet_is_a_line_a_try(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing listens at port 9; the third pause is the last that this test allows."""
    paused: list[float] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(migrations.time, "sleep", pause)
    url = "postgresql://one:not-told@127.0.0.1:9/one"
    engine = engines.make_engine(url, engines.Connections(pool=1))
    caplog.set_level(logging.WARNING)
    with pytest.raises(KeyboardInterrupt):
        migrations.wait_for_server(engine)
    assert paused == [1.0, 1.5, 2.25]
    assert [record.exc_info for record in caplog.records] == [None] * 3
    assert "the database does not answer, next try in 1 s" in caplog.text
    assert "not-told" not in caplog.text and "Traceback" not in caplog.text


def test_a_file_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    engine = engines.make_engine(f"sqlite:///{tmp_path}/nowhere/data.sqlite3")
    with pytest.raises(OperationalError):
        migrations.migrate_at_start(engine, "as_server")
