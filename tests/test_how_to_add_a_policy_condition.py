"""docs/how-to/add-a-policy-condition.md, followed to the letter in a copy, and then tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "how-to" / "add-a-policy-condition.md"
COPIED = ("as_server", "patient_portal", "heart_uma", "heart_ground", "heart_ui", "heart_reading",
          "tests")  # fmt: skip
_FILE = re.compile(r"`([a-z_/]+\.py)`")
_BLOCK = re.compile(r"```diff\n(.*?)```", re.DOTALL)
TRIED = """
from pathlib import Path
import sys

from heart_uma.jose import KeySet
from patient_portal.policies.policy import Policy
from tests.as_server.uma import Uma, settings_at
from tests.conftest import Clock

uma = Uma(settings_at(Path(sys.argv[1])), Clock(), KeySet.generate("RS256"))
condition = uma.register()
answer = uma.policy("a", who={"anyone": True}, clinicians_only=True)
assert answer.status_code == 201, answer.text
policy = answer.json["policy"]
assert policy["clinicians_only"] is True
assert Policy.model_validate(policy).to_wire()["clinicians_only"] is True
# Bob is a clinician: he is given a token, and it is worth something.
token = uma.rpt((condition, "Condition"))["access_token"]
assert uma.introspect(token)["active"] is True
# Sam is none.
assert uma.trade(uma.ask((condition, "Condition")), "sam").json["error"] == "request_denied"
# Without the condition as before; with it again what Sam got is gone, for good.
changed = uma.policy("a", who={"anyone": True}, version=1)
assert changed.json["policy"]["clinicians_only"] is False
sams = uma.rpt((condition, "Condition"), party="sam")["access_token"]
assert uma.introspect(sams)["active"] is True
uma.policy("a", who={"anyone": True}, version=2, clinicians_only=True)
assert uma.introspect(sams) == {"active": False}
assert uma.introspect(token)["active"] is True
uma.policy("a", who={"anyone": True}, version=3)
assert uma.introspect(sams) == {"active": False}
"""


def changes(page: str) -> list[tuple[str, str]]:
    """Each block of changes with the file it is for: the last one named before it."""
    found = []
    for block in _BLOCK.finditer(page):
        named = [name for name in _FILE.findall(page[: block.start()]) if "test" not in name]
        found.append((named[-1], block[1]))
    return found


def make(folder: Path, file: str, block: str) -> None:
    """Make one change; what it stands beside has to be there once, and only once."""
    lines = block.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file} has these lines {text.count(before)} times:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.fault("2.4")
def test_the_page_can_be_followed(tmp_path: Path) -> None:
    asked = changes(PAGE.read_text(encoding="utf-8"))
    assert len(asked) == 8, "the page shows its changes as blocks of diff"
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file, block in asked:
        make(tmp_path, file, block)
    (tmp_path / "data").mkdir()
    command = [sys.executable, "-c", TRIED, str(tmp_path / "data")]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
