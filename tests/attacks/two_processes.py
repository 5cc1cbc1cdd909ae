"""Two processes with one database that send their forms to the token endpoint at one moment."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from as_server.settings import AsSettings
from heart_uma.jose import KeySet

MODULE = "tests.as_server.grants.redeemer"


def send_from_two(
    settings: AsSettings, keys: KeySet, folder: Path, forms: list[list[dict[str, str]]]
) -> list[list[Any]]:
    """(status, error) of each form, for each of the two."""
    keys.save(folder / "keys.json")
    members = settings.model_dump(mode="json") | {"secret": settings.secret.get_secret_value()}
    (folder / "settings.json").write_text(json.dumps(members))
    numbers = range(1, len(forms) + 1)
    for number, mine in zip(numbers, forms, strict=True):
        (folder / f"forms-{number}.json").write_text(json.dumps(mine))
    running = [
        subprocess.Popen([sys.executable, "-m", MODULE, str(folder), str(number)])
        for number in numbers
    ]
    while not all((folder / f"ready-{number}").exists() for number in numbers):
        assert all(process.poll() is None for process in running)
        time.sleep(0.02)
    (folder / "go").touch()
    assert [process.wait(timeout=120) for process in running] == [0] * len(forms)
    return [json.loads((folder / f"answers-{number}.json").read_text()) for number in numbers]
