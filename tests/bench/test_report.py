"""A figure that is short of its target says so, and a run with wrong answers fails."""

from __future__ import annotations

import io

from bench.generating import Measured
from bench.report import Report, Target

SPREAD = {"p50": 1.0, "p95": 30.0, "p99": 40.0}


def measured(rate: float, wrong: int = 0) -> Measured:
    return Measured(rate, int(rate), SPREAD, {}, wrong, "HTTP/1.1 500", 10, 0.2)


def test_what_is_short_is_said_twice() -> None:
    report = Report(out=io.StringIO(), bare=1000)
    report.walk(
        "a walk",
        measured(300),
        ratio=Target("at least 0.35 x", least=0.35),
        rate=Target("at least 200/s", least=200),
        times={"p95": Target("p95 under 25 ms", most=25)},
    )
    assert report.close() == 0
    text = report.out.getvalue()  # type: ignore[attr-defined]
    assert "short of: at least 0.35 x" in text
    assert "reached: at least 200/s" in text
    assert "a walk: p95 under 25 ms (is 30.00)" in text


def test_wrong_answers_fail_the_run() -> None:
    report = Report(out=io.StringIO(), bare=1000)
    report.walk("a walk", measured(300, wrong=2))
    assert report.close() == 1
    assert "2 WRONG ANSWERS" in report.out.getvalue()  # type: ignore[attr-defined]
