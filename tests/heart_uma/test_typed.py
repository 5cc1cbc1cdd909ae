"""Ids, claim codes and secrets are arguments of commands: none may look like an option."""

from __future__ import annotations

import ast
import secrets
from pathlib import Path

import pytest

from heart_uma import typed

ROOT = Path(__file__).resolve().parents[2]
TYPED = {
    "as_server/client_commands.py": 1,
    "as_server/endpoints/registration.py": 1,
    "fhir_rs/cli.py": 1,
    "fhir_rs/models/record.py": 2,
}
"""How many random texts each file makes that people give to commands."""


def test_one_that_would_begin_with_a_dash_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-a", "--", "a-"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _size: next(drawn))
    assert typed.new(16) == "a-"


@pytest.mark.parametrize("name", TYPED)
def test_what_people_give_to_commands_is_made_so(name: str) -> None:
    calls = [
        f"{call.func.value.id}.{call.func.attr}"
        for call in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
    ]
    assert calls.count("typed.new") == TYPED[name]
    assert "secrets.token_urlsafe" not in calls
