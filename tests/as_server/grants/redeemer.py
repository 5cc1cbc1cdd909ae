"""One of several processes that present the same tickets at the same moment (run as a module)."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from as_server.app import create_app
from as_server.settings import AsSettings
from heart_uma.jose import KeySet


def meet(folder: Path, number: str, place: int) -> None:
    """Wait until the other process is at the same ticket: every one of them is a race."""
    (folder / f"at-{number}-{place}").touch()
    other = folder / f"at-{'2' if number == '1' else '1'}-{place}"
    deadline = time.monotonic() + 60
    while not other.exists() and time.monotonic() < deadline:
        time.sleep(0.0002)


def main(folder: Path, number: str) -> None:
    forms = json.loads((folder / f"forms-{number}.json").read_text())
    settings = AsSettings(**json.loads((folder / "settings.json").read_text()))
    app = create_app(settings, key_set=KeySet.load(folder / "keys.json"))
    wire = app.test_client()
    (folder / f"ready-{number}").touch()
    answers = []
    for place, form in enumerate(forms):
        meet(folder, number, place)
        answer = wire.post("/token", data=form)
        answers.append([answer.status_code, answer.json.get("error")])
    (folder / f"answers-{number}.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
