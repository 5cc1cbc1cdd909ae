"""Cursors are closed to everybody, tell nothing by their length, and last over an upgrade."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from fhir_rs.answers.cursors import Cursors
from fhir_rs.errors import Invalid
from heart_uma.sealing import seal

SECRET = "a secret of this server alone, long enough"
BOUND = "Bob\nObservation?code=x"


def test_a_cursor_gives_back_what_it_holds() -> None:
    cursors = Cursors(SECRET)
    sealed = cursors.seal(([1_700_000_000_000_000, "n1"], 17), BOUND)
    assert cursors.open(sealed, BOUND) == ([1_700_000_000_000_000, "n1"], 17)
    assert Cursors(SECRET).open(sealed, BOUND) == cursors.open(sealed, BOUND)


@pytest.mark.attack("FH-64")
def test_every_changed_character_and_every_other_reader_is_refused() -> None:
    cursors = Cursors(SECRET)
    sealed = cursors.seal((["n1"], 17), BOUND)
    others = [
        sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        for place in range(len(sealed) - 1)
    ]
    others += ["", "=", sealed + "A", sealed + "\n", " " + sealed, sealed[:20], "....", "é" * 40]
    for other in others:
        with pytest.raises(Invalid):
            cursors.open(other, BOUND)
    for reader in ("", "Carol\nObservation?code=x", BOUND + " "):
        with pytest.raises(Invalid):
            cursors.open(sealed, reader)
    with pytest.raises(Invalid):
        Cursors(SECRET + "!").open(sealed, BOUND)


def test_all_are_of_one_length_and_no_two_alike() -> None:
    cursors = Cursors(SECRET)
    keys: list[list[Any]] = [[], ["a"], ["x" * 64, -(2**62), 2**62]]
    made = {cursors.seal((each, row), BOUND) for each in keys for row in (0, 1, 2**62)}
    made |= {cursors.seal(([], 0), BOUND) for _ in range(3)}
    assert len(made) == 12
    assert len({len(each) for each in made}) == 1


def test_a_cursor_of_the_version_before_still_opens() -> None:
    content = {
        "for": hashlib.sha256(BOUND.encode()).hexdigest(), "keys": ["n1"], "row": f"{17:020d}",
    }  # fmt: skip
    older = seal(f"paging cursor {SECRET}", content)
    assert Cursors(SECRET).open(older, BOUND) == (["n1"], 17)
    # What is alike went in one direction then: all of it is shown again, and none is left out.
    assert Cursors(SECRET).open(older, BOUND, backwards=True) == (["n1"], 2**62)
    newer = Cursors(SECRET).seal((["n1"], 17), BOUND)
    assert Cursors(SECRET).open(newer, BOUND, backwards=True) == (["n1"], 17)
    with pytest.raises(Invalid):
        Cursors(SECRET).open(older, "Carol")
