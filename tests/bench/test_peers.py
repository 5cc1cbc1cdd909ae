"""Beside others: what is said without a peer, and what is printed of two sides."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.generating import Measured
from bench.load import Request
from bench.peers import __main__ as beside
from bench.peers import keycloak
from bench.peers.walks import Realm


def measured(rate: float, cpu: float, wrong: int = 0) -> Measured:
    spread = {"p50": 1.0, "p95": 20.0, "p99": 30.0}
    return Measured(rate, int(rate), spread, {}, wrong, "HTTP/1.1 500", 10, 0.2, {"one": cpu})


def test_without_a_peer_one_sentence_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(keycloak.shutil, "which", lambda _name: "/usr/bin/java")
    monkeypatch.setenv(keycloak.HOME, str(tmp_path))
    assert beside.main([]) == 1
    said = "No peer is measured: KEYCLOAK_HOME names no unpacked Keycloak distribution.\n"
    assert capsys.readouterr().err == said


def test_the_ratio_is_of_the_halves_of_each_round(capsys: pytest.CaptureFixture[str]) -> None:
    operation = beside.Operation("grants", Any, Any, 1.2)  # type: ignore[arg-type]
    here = [measured(rate, 1000) for rate in (100, 300, 90)]
    there = [measured(rate, 4000) for rate in (100, 200, 30)]
    assert beside._show(operation, (here, there)) == 0
    said = capsys.readouterr().out
    assert "rate: 1.50 x (rounds 1.00 to 3.00); reached: at least 1.2 x" in said
    assert "100.0" in said and "4,000.0" in said


def test_a_wrong_answer_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    operation = beside.Operation("grants", Any, Any, 1.2)  # type: ignore[arg-type]
    assert beside._show(operation, ([measured(1, 1)], [measured(10, 1, wrong=2)])) == 1
    said = capsys.readouterr().out
    assert "short of: at least 1.2 x" in said and "2 WRONG ANSWERS: HTTP/1.1 500" in said


def test_a_ticket_is_carried_from_step_to_step() -> None:
    server: Any = SimpleNamespace(issuer="http://localhost:1/realms/clinic")
    permission, token = Realm(server, "r1", "pat", "alice", "bob").grant(1).steps
    asked = Request(permission).fill({}).decode()
    assert asked.endswith('[{"resource_id": "r1", "resource_scopes": ["view"]}]')
    assert "ticket=T1" in Request(token).fill({"ticket": "T1"}).decode()
