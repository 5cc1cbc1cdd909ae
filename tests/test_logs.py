"""What a process of ours writes to its log: what it promises to, and no word of anybody's.

In processes of their own: here the test framework has switched logging on by itself.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CANARY = "kidney-canary-4711"
PROGRAM = f'''
import sys
from pathlib import Path
from fhir_rs.audit.chain import Draft
from fhir_rs.audit.compact import Compact
from tests.world import World

world = World(Path(sys.argv[1]))
for service in ("as", "cedar", "portal", "requester"):
    app = world.apps[service]

    def broken() -> str:
        try:
            raise KeyError("{CANARY}")
        except KeyError as error:
            raise ValueError("the note says {CANARY}") from error

    broken.is_public = True
    app.add_url_rule("/healthz/broken", "health.broken", broken)
    answer = app.test_client().get("/healthz/broken?code={CANARY}")
    print(service, answer.status_code)
kept = Compact(b"", "{CANARY}", "{CANARY}")
world.apps["cedar"].audit.append(Draft("r", "a", "shown", kept, None))
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("logs") / "world"
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.fault("A5")
def test_a_checkpoint_reaches_the_log(run: subprocess.CompletedProcess[str]) -> None:
    """It is how an older copy of the database is noticed: the log must be on."""
    lines = [line for line in run.stderr.splitlines() if "audit checkpoint " in line]
    assert len(lines) == 1
    assert lines[0].rpartition(" ")[2].count(".") == 2


@pytest.mark.fault("2.3")
def test_an_error_is_logged_without_its_words(run: subprocess.CompletedProcess[str]) -> None:
    assert run.stdout.split() == ["as", "500", "cedar", "500", "portal", "500", "requester", "500"]
    assert CANARY not in run.stderr
    assert run.stderr.count("builtins.ValueError") == 4
    assert run.stderr.count("in broken") >= 4
