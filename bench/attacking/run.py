"""`python -m bench --attack`: each attack, with honest requests beside it and without."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from bench.attacking import stopping
from bench.attacking.attacks import ATTACKS, Attack
from bench.attacking.stage import HONEST_CLIENTS, Stage, staged
from bench.generating import Measured, measure
from bench.report import Report, Target

KEPT = Target("at least half the rate without the attack", least=0.5)
LONGEST = Target("nobody waits longer than 5 s", most=5.0)
STOP = Target("a Stop costs at most 3 x one after a single grant", most=3.0)
WHOLE = (200, 10_000)
QUICK = (4, 80)
"""Apps, and grants of one person through them, before a Stop."""


def run(options: argparse.Namespace, report: Report, stack: ExitStack) -> None:
    """Print what a Stop costs; then, for each attack, what honest people still get."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-bench-")))
    on_stage = staged(folder, workers=options.workers, threads=options.threads)
    stage = stack.enter_context(on_stage)
    rounds = 1 if options.quick else min(options.rounds, 3)
    _stop(stage, report, *(QUICK if options.quick else WHOLE))
    report.say("Under attack every limit is the shipped one, but for that of registrations.")
    report.say(
        f"\n{HONEST_CLIENTS} honest clients; {rounds} rounds of {options.seconds:g} s without and "
        "with each attack, in turns; attackers share these cores with everything else."
    )
    report.say(f"  {'attack':<44}{'without':>10}{'with':>10} a second{'kept':>7}{'longest':>10}")
    for attack in ATTACKS:
        _try(attack, stage, options.seconds, rounds, report)


def _try(attack: Attack, stage: Stage, seconds: float, rounds: int, report: Report) -> None:
    calm: list[Measured] = []
    under: list[Measured] = []
    for _ in range(rounds):
        with attack.beside(stage, seconds + 1) if attack.beside else nullcontext():
            calm.append(_honest(attack, stage, seconds))
        with attack.under(stage, seconds + 1):
            under.append(_honest(attack, stage, seconds))
    for one in calm:
        if one.wrong:
            report.wrong.append(f"{attack.name}, before it: {one.wrong} wrong; {one.sample}")
    before, after = (sum(one.rate for one in side) / rounds for side in (calm, under))
    longest = max(one.longest for one in under) / 1000
    kept = after / before if before else 0.0
    report.say(
        f"  {attack.name:<44}{before:>10,.0f}{after:>10,.0f}{'':>9}{kept:>7.2f}{longest:>8.2f} s"
    )
    report.judge(attack.name, KEPT, kept)
    report.judge(attack.name, LONGEST, longest)


def _honest(attack: Attack, stage: Stage, seconds: float) -> Measured:
    plan = replace(attack.honest(stage, seconds), clients=HONEST_CLIENTS, seconds=seconds)
    return measure(plan)


def _stop(stage: Stage, report: Report, apps: int, count: int) -> None:
    calm, after, given = stopping.run(stage, apps, count)
    stage.scene.take_rpt()  # what was held is stopped
    report.say(f"\nStop, after {given:,} grants of one person through {apps} apps")
    report.figure("after one grant", calm.waited * 1000, "ms")
    report.figure("after all of them", after.waited * 1000, "ms")
    report.figure("by the clock", after.waited / calm.waited, "x", STOP)
    if calm.cpu:
        report.figure("by CPU in the authorization server", after.cpu / calm.cpu, "x", STOP)
