"""Grant 5.5 across processes: of two presentations of one ticket, one is processed."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from as_server.claims import ID_TOKEN_FORMAT
from as_server.models.client import UMA_TICKET
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from tests.as_server.uma import Uma

TICKETS = 40
PROCESSES = ("1", "2")


@pytest.mark.slow
@pytest.mark.spec("G-187")
@pytest.mark.spec("HU-30")
@pytest.mark.attack("TKT-04")
@pytest.mark.attack("TKT-08")
def test_two_processes_and_one_database_spend_each_ticket_once(
    uma: Uma, as_settings: AsSettings, server_keys: KeySet, tmp_path: Path
) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    tickets = [uma.ask(condition) for _ in range(TICKETS)]
    claim = {"claim_token": uma.id_token(), "claim_token_format": ID_TOKEN_FORMAT}
    server_keys.save(tmp_path / "keys.json")
    members = as_settings.model_dump(mode="json") | {
        "secret": as_settings.secret.get_secret_value(),
        "database_url": uma.app.engine.url.render_as_string(hide_password=False),
    }
    (tmp_path / "settings.json").write_text(json.dumps(members))
    for number in PROCESSES:
        forms = [
            {"grant_type": UMA_TICKET, "ticket": ticket, **claim, **uma.proof()}
            for ticket in tickets
        ]
        (tmp_path / f"forms-{number}.json").write_text(json.dumps(forms))
    module = "tests.as_server.grants.redeemer"
    running = [
        subprocess.Popen([sys.executable, "-m", module, str(tmp_path), number])
        for number in PROCESSES
    ]
    while not all((tmp_path / f"ready-{number}").exists() for number in PROCESSES):
        assert all(process.poll() is None for process in running)
        time.sleep(0.02)
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    answers = [
        json.loads((tmp_path / f"answers-{number}.json").read_text()) for number in PROCESSES
    ]
    for pair in zip(*answers, strict=True):
        assert sorted(pair) == [[200, None], [400, "invalid_grant"]]
    # The two meet at every ticket, so each was raced for; who wins is the scheduler's affair.
    assert [len(mine) for mine in answers] == [TICKETS, TICKETS]
