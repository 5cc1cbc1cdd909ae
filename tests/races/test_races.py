"""A short run of the races; `python -m tests.races` is the long one, on PostgreSQL too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.races.arena import arena
from tests.races.contests import CONTESTS

ROUNDS = 20


@pytest.mark.slow
@pytest.mark.spec("G-187")
@pytest.mark.spec("HU-30")
@pytest.mark.attack("TKT-04")
@pytest.mark.attack("TOK-05")
@pytest.mark.attack("TOK-17")
@pytest.mark.attack("AZ-16")
@pytest.mark.attack("AZ-20")
@pytest.mark.attack("POL-07")
def test_of_two_processes_one_wins_and_a_stop_beats_both(tmp_path: Path) -> None:
    with arena(tmp_path) as made:
        scores = {name: contest(made, ROUNDS) for name, contest in CONTESTS.items()}
    assert {name: score.doubles for name, score in scores.items()} == dict.fromkeys(CONTESTS, 0)
    assert {name: score.odd for name, score in scores.items()} == {name: [] for name in CONTESTS}
    assert all(score.rounds == ROUNDS for score in scores.values())
    assert scores["stop and read"].late >= 3 * ROUNDS, "reads that began after the answered stop"
