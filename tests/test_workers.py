"""Tests that follow one another, or that share ports, run on one worker."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("workers")
@pytest.mark.parametrize("half", ["first", "second"])
def test_a_group_is_known_to_what_hands_out_the_tests(
    request: pytest.FixtureRequest, half: str
) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("these tests run in one process")
    assert request.node.nodeid.endswith(f"[{half}]@workers")
