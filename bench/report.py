"""What is printed: each figure, its ratio to bare Flask, and its target, reached or not."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

from bench.generating import Measured

CPU_MEANS = (
    "CPU is the user and system time of all processes of a service, for one operation. 'x bare' "
    "is bare Flask's figure of the same run beside it: 0.25 does a quarter as much a second, or "
    "takes four times the CPU. The CPU ratio is the one that goals are about: the load generator "
    "shares these cores, which flatters slow servers by the clock."
)
NO_CPU = "This system has no /proc: CPU per operation is not measured, and its goals not judged."


@dataclass(frozen=True)
class Target:
    """A goal: `least` or `most` of something, and the words for it."""

    words: str
    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool:
        enough = self.least is None or value >= self.least
        return enough and (self.most is None or value < self.most)


@dataclass
class Report:
    """Prints as it goes; keeps what was short of its target."""

    out: TextIO = sys.stdout
    bare: float = 0.0
    bare_cpu: float = 0.0
    short: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    def heading(self, text: str) -> None:
        self.say(f"\n{text}")
        times = "".join(f"{share:>8}" for share in ("p50", "p95", "p99"))
        self.say(f"  {'':<44}{'per second':>11}{'x bare':>8}{times} ms{'CPU':>8} us{'x bare':>8}")

    def walk(
        self,
        name: str,
        found: Measured,
        *,
        ratio: Target | None = None,
        rate: Target | None = None,
        cpu: Target | None = None,
        times: dict[str, Target] | None = None,
    ) -> None:
        """One measured walk and the targets it has.

        `ratio` is about bare Flask's CPU time divided by the walk's, `cpu` about the walk's in
        microseconds, `rate` about walks a second and `times` about percentiles in milliseconds.
        """
        against = found.rate / self.bare if self.bare else 0.0
        spread = "".join(f"{found.walk[p]:8.1f}" for p in ("p50", "p95", "p99"))
        by_cpu = self.bare_cpu / found.cpu_sum if found.cpu_sum else 0.0
        costs = f"   {found.cpu_sum:>8,.0f}   {by_cpu:>8.2f}" if found.cpu else ""
        self.say(f"  {name:<44}{found.rate:>11,.0f}{against:>8.2f}{spread}{costs}")
        if len(found.cpu) > 1:
            parts = (f"{value:,.0f} us in the {server}" for server, value in found.cpu.items())
            self.say(f"      CPU: {', '.join(parts)}")
        if found.wrong:
            self.wrong.append(f"{name}: {found.wrong} wrong answers; the first: {found.sample}")
            self.say(f"      {found.wrong} WRONG ANSWERS: {found.sample[:200]}")
        if found.generator_cpu > 0.9:
            self.say("      the load generator itself was the limit here")
        if ratio is not None and found.cpu:
            self.judge(name, ratio, by_cpu)
        if cpu is not None and found.cpu:
            self.judge(name, cpu, found.cpu_sum)
        if rate is not None:
            self.judge(name, rate, found.rate)
        for share, target in (times or {}).items():
            self.judge(name, target, found.walk[share])

    def figure(self, name: str, value: float, unit: str, target: Target | None = None) -> None:
        """One number that is no walk."""
        digits = 0 if abs(value) >= 100 else 2 if unit.startswith("x") else 1
        self.say(f"  {name:<44}{value:>11,.{digits}f} {unit}")
        if target is not None:
            self.judge(name, target, value)

    def judge(self, name: str, target: Target, value: float) -> None:
        reached = target.reached(value)
        self.say(f"      {'reached' if reached else 'short of'}: {target.words}")
        if not reached:
            self.short.append(f"{name}: {target.words} (is {value:,.2f})")

    def close(self) -> int:
        """The summary; 1 when an answer was wrong, for then the figures are none."""
        self.say()
        if self.short:
            self.say("Short of its target:")
            for line in self.short:
                self.say(f"  {line}")
        else:
            self.say("Every target of this run was reached.")
        for line in self.wrong:
            self.say(f"WRONG: {line}")
        return 1 if self.wrong else 0
