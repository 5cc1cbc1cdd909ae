"""A figure that is short of its target says so, and a run with wrong answers fails."""

from __future__ import annotations

import io

from bench.generating import Measured
from bench.report import Report, Target

SPREAD = {"p50": 1.0, "p95": 30.0, "p99": 40.0}


def measured(rate: float, wrong: int = 0, **cpu: float) -> Measured:
    return Measured(rate, int(rate), SPREAD, {}, wrong, "HTTP/1.1 500", 10, 0.2, cpu)


def said(report: Report) -> str:
    return report.out.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_what_is_short_is_said_twice() -> None:
    report = Report(out=io.StringIO(), bare=1000, bare_cpu=100)
    report.walk(
        "a walk",
        measured(300, clinic=400),
        ratio=Target("at least 0.35 x", least=0.35),
        cpu=Target("at most 400 microseconds", most=401),
        rate=Target("at least 200/s", least=200),
        times={"p95": Target("p95 under 25 ms", most=25)},
    )
    assert report.close() == 0
    text = said(report)
    assert "short of: at least 0.35 x" in text
    assert "a walk: at least 0.35 x (is 0.25)" in text
    assert "reached: at most 400 microseconds" in text
    assert "reached: at least 200/s" in text
    assert "a walk: p95 under 25 ms (is 30.00)" in text


def test_wrong_answers_fail_the_run() -> None:
    report = Report(out=io.StringIO(), bare=1000)
    report.walk("a walk", measured(300, wrong=2))
    assert report.close() == 1
    assert "2 WRONG ANSWERS" in said(report)


def test_the_ratio_that_is_judged_is_of_cpu_time_not_of_the_clock() -> None:
    """The generator shares the cores: by the clock a slow server looks better than it is."""
    report = Report(out=io.StringIO(), bare=1000, bare_cpu=150)
    report.walk("a walk", measured(900, clinic=500), ratio=Target("0.35 x", least=0.35))
    line = next(line for line in said(report).splitlines() if "a walk" in line)
    assert line.split() == ["a", "walk", "900", "0.90", "1.0", "30.0", "40.0", "500", "0.30"]
    assert report.short == ["a walk: 0.35 x (is 0.30)"]


def test_cpu_time_is_told_for_each_service_and_in_sum() -> None:
    report = Report(out=io.StringIO(), bare=1000, bare_cpu=200)
    report.walk("a walk", measured(300, authority=1500, clinic=500))
    assert "2,000" in said(report) and "0.10" in said(report)
    assert "CPU: 1,500 us in the authority, 500 us in the clinic" in said(report)


def test_without_cpu_times_no_goal_about_them_is_judged() -> None:
    report = Report(out=io.StringIO(), bare=1000)
    goal = Target("some CPU", least=0.3)
    report.walk("a walk", measured(300), ratio=goal, cpu=goal, rate=Target("200/s", least=200))
    assert "some CPU" not in said(report)
    assert report.short == []
