"""A disk that is really full: every Stop gets through, whoever leads the shared commit (F-6)."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import g
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from as_server.models import outbox
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from tests import on_postgres
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock

pytestmark = pytest.mark.skipif(
    on_postgres.wanted(),
    reason="the ballast lies beside an SQLite file; PostgreSQL has its own disk",
)
DISK = 4 * 1024 * 1024
BALLAST = 256 * 1024
ADDING = 5


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def full(disk: Path, as_settings: AsSettings, clock: Clock, server_keys: KeySet) -> Iterator[Uma]:
    """Alice shares; then there is no byte left beside the ballast."""
    settings = as_settings.model_copy(
        update={"database_url": f"sqlite:///{disk}/as.db", "ballast_bytes": BALLAST}
    )
    uma = Uma(settings, clock, server_keys)
    uma.register()
    uma.pat()
    for name in ("a", "b", "c"):
        assert uma.policy(name).status_code == 201
    with uma.app.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    raw = uma.app.engine.raw_connection()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    raw.close()
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (65_536, 4_096, 512, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    yield uma
    uma.app.engine.dispose()


def _together(uma: Uma, calls: list[Callable[[], object]]) -> None:
    """All of them wait for the turn at one moment, and so share a transaction."""
    group = uma.app.group_commit
    assert group is not None
    group.join()
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    while group._waiting < len(calls):
        pass
    with suppress(Exception):
        group.leave()
    for thread in threads:
        thread.join(30)


@pytest.mark.fault("2.6")
@pytest.mark.attack("F-6")
def test_every_stop_gets_through_whoever_leads_the_commit(full: Uma) -> None:
    answers: dict[str, int] = {}

    def stop(name: str) -> None:
        answers[name] = full.owner_call("DELETE", f"/policy/{pid(name)}").status_code

    def add(number: int) -> None:
        body = {"resource_scopes": ["patient/Condition.read"], "name": f"n{number}"}
        answers[f"add {number}"] = full.call("POST", "/resource", full.pat(), body).status_code

    adding: list[Callable[[], object]] = [lambda n=n: add(n) for n in range(ADDING)]  # type: ignore[misc]
    stopping: list[Callable[[], object]] = [lambda n=n: stop(n) for n in ("a", "b", "c")]  # type: ignore[misc]
    _together(full, [adding[0], *stopping, *adding[1:]])
    assert [answers[name] for name in ("a", "b", "c")] == [200, 200, 200]
    assert {answers[f"add {n}"] for n in range(ADDING)} == {503}
    policies = full.owner_call("GET", "/policy").json["policies"]
    assert {one["state"] for one in policies} == {"ended"}


@pytest.mark.fault("2.6")
@pytest.mark.attack("F-6")
def test_what_is_on_disk_is_not_done_twice(uma: Uma, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revocation spends its assertion with the commit: run again it would look stolen."""
    resource = uma.register()
    uma.policy()
    token = uma.rpt((resource, "Condition"))["access_token"]
    real, noted = outbox.told, list[str]()

    def full(*arguments: Any) -> Any:
        noted.append("told")
        if len(noted) == 1:
            g.disk_full = True
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        return real(*arguments)

    monkeypatch.setattr(outbox, "told", full)
    answer = uma.wire.post("/revoke", data={"token": token, **uma.proof()})
    assert (answer.status_code, len(noted) > 1) == (200, True)
