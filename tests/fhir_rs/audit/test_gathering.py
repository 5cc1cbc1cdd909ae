"""Who waits while another writes: everybody gets an outcome, and nobody writes beside another."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from fhir_rs.audit.gathering import Gathering, Waiting


class Lost(Exception):
    """The outcome of what was not written."""


def run(gathering: Gathering[int], numbers: range) -> dict[int, Exception | None]:
    outcomes: dict[int, Exception | None] = {}

    def one(number: int) -> None:
        waiting = Waiting(number, Lost())
        try:
            gathering.written(waiting)
        except ValueError as error:
            outcomes[number] = error
        else:
            outcomes[number] = waiting.error

    threads = [threading.Thread(target=one, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return outcomes


def test_what_gathers_is_written_together_and_by_one_at_a_time() -> None:
    batches: list[list[int]] = []
    writing = threading.Lock()

    def write(batch: Sequence[Waiting[int]]) -> None:
        assert writing.acquire(blocking=False), "two write at a time"
        threading.Event().wait(0.01)
        batches.append([waiting.draft for waiting in batch])
        for waiting in batch:
            waiting.error = None
        writing.release()

    outcomes = run(Gathering(write), range(40))
    assert outcomes == dict.fromkeys(range(40))
    assert sorted(number for batch in batches for number in batch) == list(range(40))
    assert len(batches) < 40


def test_a_write_that_fails_leaves_everybody_refused_and_the_next_can_write() -> None:
    failing = True

    def write(batch: Sequence[Waiting[int]]) -> None:
        threading.Event().wait(0.01)
        if failing:
            raise ValueError
        for waiting in batch:
            waiting.error = None

    gathering = Gathering(write)
    assert all(
        isinstance(error, (Lost, ValueError)) for error in run(gathering, range(12)).values()
    )
    failing = False
    assert run(gathering, range(3)) == dict.fromkeys(range(3))


@pytest.mark.parametrize("rounds", range(20))
def test_nobody_is_forgotten(rounds: int) -> None:
    def write(batch: Sequence[Waiting[int]]) -> None:
        for waiting in batch:
            waiting.error = None

    assert run(Gathering(write), range(16)) == dict.fromkeys(range(16))
