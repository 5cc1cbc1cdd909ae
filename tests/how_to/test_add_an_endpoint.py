"""add-an-endpoint.md: the page's example put into a copy, and tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.how_to.pages import ROOT, blocks, text_of

COPIED = ("as_server", "heart_uma", "heart_ground", "heart_ui", "tests", "operator_tools", "demo")
TRIED = """
from pathlib import Path
import sys

from as_server.routes import ROUTES
from heart_uma.jose import KeySet
from tests.as_server.uma import Uma, settings_at
from tests.conftest import Clock

assert "consent_receipt" in [one.room for one in ROUTES]
uma = Uma(settings_at(Path(sys.argv[1])), Clock(), KeySet.generate("RS256"))
uma.register()
policy = uma.policy("a", who={"anyone": True}).json["policy"]["id"]
answer = uma.owner_call("GET", f"/receipt/{policy}", None, "alice")
assert answer.status_code == 200, answer.text
assert answer.json["policy"] == policy
assert uma.app.test_client().get(f"/receipt/{policy}").status_code == 401
"""


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    example, row, _ = blocks("add-an-endpoint", "python")
    (tmp_path / "as_server/endpoints/consent_receipt.py").write_text(example)
    routes = tmp_path / "as_server/routes.py"
    text = routes.read_text("utf-8")
    last = ")  # fmt: skip\nREFUSED"
    assert text.count(last) == 1 and "`ROUTES`" in text_of("add-an-endpoint")
    text = text.replace(last, f"{row.rstrip()},\n{last}")
    routes.write_text(text.replace("    health,\n", "    consent_receipt,\n    health,\n"))
    (tmp_path / "data").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(tmp_path / "data")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_files_it_names_are_there() -> None:
    for name in ("as_server/routes.py", "as_server/messages/bodies.py", "fhir_rs/routes.py"):
        assert f"`{name}`" in text_of("add-an-endpoint")
        assert (ROOT / name).is_file()
