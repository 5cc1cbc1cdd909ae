"""The console script's tools against a running demo: import, account, link, audit, reset, keys."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.command import main
from demo.layout import Layout
from heart_uma.jose import KeySet
from tests.demo.conftest import Launch
from tests.wire import seen_by

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111",
            "resource": {
                "resourceType": "Patient",
                "id": "dora",
                "name": [{"family": "Diaz", "given": ["Dora"]}],
            },
        },
        {
            "fullUrl": "urn:uuid:22222222-2222-4222-8222-222222222222",
            "resource": {
                "resourceType": "Condition",
                "id": "asthma",
                "code": {"text": "Asthma"},
                "subject": {"reference": "Patient/dora"},
            },
        },
        {"resource": {"resourceType": "Condition", "id": "no-subject", "code": {"text": "Cough"}}},
    ],
}


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def _run(launch: Launch, *words: str, typed: str = "") -> Done:
    """The command in this process: the same code, without loading everything anew each time."""
    place = ["--data-dir", str(launch.data_dir), "--port-base", str(launch.port_base)]
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "stdin", io.StringIO(typed))
        code = main([*words, *place])
    return Done(code, out.getvalue(), err.getvalue())


def test_a_new_patient_is_imported_linked_and_hers(running_demo: Launch, tmp_path: Path) -> None:
    path = tmp_path / "dora.json"
    path.write_text(json.dumps(BUNDLE))
    imported = _run(running_demo, "import", str(path))
    assert imported.returncode == 0, imported.stderr
    assert "Accepted 2, refused 1." in imported.stdout
    assert f"refused: {path} entry" in imported.stderr
    code = re.search(r"claim code (\S+)", imported.stdout)
    assert code is not None
    words = ("account", "add", "dora", "--name", "Dora Diaz", "--email", "dora@example.org")
    added = _run(running_demo, *words, typed="a pass phrase of her own\n")
    assert added.stdout == "Dora Diaz can now sign in as dora.\n"
    again = _run(running_demo, *words, typed="x\n")
    assert again.returncode == 1 and "already a person" in again.stderr

    wrong = _run(running_demo, "link", code[1], "--login", "dora", typed="not hers\n")
    assert wrong.returncode == 1 and "did not accept the sign-in of dora" in wrong.stderr
    linked = _run(
        running_demo, "link", code[1], "--login", "dora", typed="a pass phrase of her own\n"
    )
    assert linked.returncode == 0, linked.stderr
    spent = _run(running_demo, "link", code[1], "--login", "dora", typed="x\n")
    assert spent.returncode == 1 and "does not know this claim code" in spent.stderr

    second = _run(running_demo, "import", str(path))
    assert "claim code" not in second.stdout.replace("no new claim code", "")


def test_the_audit_log_is_checked(running_demo: Launch) -> None:
    bases = [r["base"] for r in running_demo.cast()["records"] if "Harbor" in r["rs"]]
    assert seen_by(running_demo.stranger(), bases, "dana")
    whole = _run(running_demo, "audit", "verify")
    assert (whole.returncode, whole.stdout.count("every entry holds")) == (0, 3), whole.stderr
    database = Layout(running_demo.port_base, running_demo.data_dir).database_file("harbor")
    with sqlite3.connect(database) as connection:
        last = "SELECT record, seq, outcome FROM audit ORDER BY at DESC, seq DESC"
        record, seq, outcome = connection.execute(last).fetchone()
        change = "UPDATE audit SET outcome = ? WHERE record = ? AND seq = ?"
        connection.execute(change, ("nothing", record, seq))
    broken = _run(running_demo, "audit", "verify", "--rs", "harbor")
    with sqlite3.connect(database) as connection:
        connection.execute(change, (outcome, record, seq))
    assert broken.returncode == 1
    assert f"record {record}: entry {seq} was changed" in broken.stderr


def test_reset_undoes_what_happened_while_the_demo_runs(running_demo: Launch) -> None:
    words = ("account", "add", "eve", "--name", "Eve Late")
    assert _run(running_demo, *words, typed="later\n").returncode == 0
    done = _run(running_demo, "reset")
    assert done.stdout.startswith("Back to the start")
    assert _run(running_demo, *words, typed="later\n").returncode == 0
    assert _run(running_demo, "reset").returncode == 0
    bases = [r["base"] for r in running_demo.cast()["records"]]
    assert len(seen_by(running_demo.stranger(), bases, "sam")) == 23


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rs.json"
    assert main(["keys", str(path), "--algorithm", "ES256"]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = KeySet.load(path).signing_key.kid
    assert main(["keys", str(path)]) == 1
    assert KeySet.load(path).signing_key.kid == first


def test_secrets_of_the_demo_are_private(running_demo: Launch) -> None:
    for path in running_demo.data_dir.glob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (running_demo.data_dir / "seed").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
