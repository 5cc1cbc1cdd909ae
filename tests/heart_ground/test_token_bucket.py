"""Tries are counted for each key, come back with time, and fill no memory."""

from __future__ import annotations

import threading

import pytest

from heart_ground.token_bucket import TokenBucket


class Seconds:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_tries_run_out_and_come_back(seconds: Seconds) -> None:
    bucket = TokenBucket(3, 60, seconds)
    assert [bucket.claim("a") for _ in range(4)] == [0, 0, 0, 21]
    assert bucket.claim("b") == 0
    seconds.now += 19
    assert bucket.claim("a") == 2
    seconds.now += 1
    assert [bucket.claim("a") for _ in range(2)] == [0, 21]
    seconds.now += 600
    assert [bucket.claim("a") for _ in range(4)] == [0, 0, 0, 21], "never more than there were"


def test_a_clock_that_goes_back_gives_nothing(seconds: Seconds) -> None:
    bucket = TokenBucket(1, 60, seconds)
    assert bucket.claim("a") == 0
    seconds.now -= 600
    assert bucket.claim("a") == 61


def test_a_try_that_was_none_is_given_back(seconds: Seconds) -> None:
    bucket = TokenBucket(2, 60, seconds)
    for _ in range(10):
        assert bucket.claim("a") == 0
        bucket.give_back("a")
    bucket.give_back("a")
    assert [bucket.claim("a") for _ in range(3)] == [0, 0, 31]


def test_no_limit_where_there_is_none(seconds: Seconds) -> None:
    bucket = TokenBucket(0, 60, seconds)
    assert {bucket.claim("a") for _ in range(1_000)} == {0}


def test_memory_is_bounded_and_who_goes_on_trying_is_not_forgotten(seconds: Seconds) -> None:
    bucket = TokenBucket(1, 60, seconds, most=10)
    assert bucket.claim("guesser") == 0
    for number in range(100):
        bucket.claim(f"other {number}")
        assert bucket.claim("guesser") > 0
    assert len(bucket._left) == 10


def test_those_who_come_at_once_share_the_tries(seconds: Seconds) -> None:
    bucket = TokenBucket(50, 60, seconds)
    start, passed = threading.Barrier(8), []

    def several() -> None:
        start.wait()
        passed.extend(bucket.claim("a") == 0 for _ in range(20))

    threads = [threading.Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed.count(True) == 50


@pytest.mark.parametrize("often", [0.01, 0.3, 0.5, 1, 1.5])
def test_a_rate_below_one_is_slow_and_not_never(seconds: Seconds, often: float) -> None:
    bucket = TokenBucket(often, 1, seconds)
    assert bucket.claim("a") == 0
    wait = bucket.claim("a")
    assert wait >= 1
    seconds.now += wait
    assert bucket.claim("a") == 0
    assert bucket.claim("a") >= 1
