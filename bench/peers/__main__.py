"""`python -m bench.peers`: grants and introspections here and at Keycloak, in turns.

`KEYCLOAK_HOME` names an unpacked distribution, and Java is there. Both serve on loopback, one load
generator asks both, and they take turns, so that a busy machine is busy for both.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench import against, machine, processes, servers, walks
from bench.generating import Measured, measure
from bench.peers import keycloak
from bench.peers.walks import Realm, prepared
from bench.plan import Plan
from bench.scene import Scene, playing

LESS = (
    "Keycloak checks neither a proof of the client's key nor claims: Bob's bearer token says who "
    "asks. It decides on one policy, heart-uma on six rules."
)
WARM = 30.0
"""Seconds of load before anything is measured: a JVM compiles what is asked often."""


@dataclass(frozen=True)
class Operation:
    """One thing that both do: a plan for a number of seconds, here and there."""

    name: str
    here: Callable[[float], Plan]
    there: Callable[[float], Plan]
    least: float
    """How many times the peer's rate is the goal."""
    unlike: str = ""
    """What the peer does not do for it."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when there is no Keycloak to run, or an answer was wrong."""
    options = _parser().parse_args(arguments)
    if reason := keycloak.why_not():
        print(f"No peer is measured: {reason}.", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        here, there = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-peers-")))
            for _ in range(2)
        )
        realm = prepared(stack.enter_context(keycloak.running(there, keycloak.FOR_WORK)))
        played = playing(here, workers=options.workers, threads=options.threads)
        scene, authority, _ = stack.enter_context(played)
        watched = (
            servers.watched([authority]),
            {"keycloak": processes.family(realm.server.process.pid)},
        )
        operations = (
            Operation("grants", lambda s: walks.grant(scene, s), realm.grant, 1.2, LESS),
            Operation("introspections", lambda s: _asking(scene, s), realm.introspection, 0.9),
        )
        name = Path(os.environ[keycloak.HOME]).name
        print(f"In turns with {name}: {options.rounds} rounds of {options.seconds:g} s, "
              f"{options.clients} clients, load {machine.busy():.1f} before.")  # fmt: skip
        failed = max(_in_turns(options, each, watched) for each in operations)
        _say_what_holds(realm)
        return failed


def _asking(scene: Scene, seconds: float) -> Plan:
    return replace(walks.introspection(scene), seconds=seconds)


def _in_turns(
    options: argparse.Namespace, operation: Operation, watched: tuple[dict[str, list[int]], ...]
) -> int:
    sides = (operation.here, operation.there)
    for side in sides:
        measure(replace(side(options.warm), clients=options.clients))
    found: tuple[list[Measured], list[Measured]] = ([], [])
    for _ in range(options.rounds):
        for place, side in enumerate(sides):
            plan = side(options.seconds)
            plan = replace(plan, clients=options.clients, watched=watched[place])
            found[place].append(measure(plan))
    return _show(operation, found)


def _show(operation: Operation, found: tuple[list[Measured], list[Measured]]) -> int:
    print(f"\n{operation.name:<16}{'a second':>10}{'p95, ms':>10}{'CPU, us':>10}")
    for name, rounds in zip(("heart-uma", "Keycloak"), found, strict=True):
        figures = (
            median(one.rate for one in rounds),
            median(one.walk["p95"] for one in rounds),
            median(one.cpu_sum for one in rounds),
        )
        print(f"  {name:<14}" + "".join(f"{figure:>10,.1f}" for figure in figures))
    ratios = sorted(one.rate / other.rate for one, other in zip(*found, strict=True))
    reached = "reached" if median(ratios) >= operation.least else "short of"
    print(f"  rate: {median(ratios):.2f} x (rounds {ratios[0]:.2f} to {ratios[-1]:.2f}); "
          f"{reached}: at least {operation.least:g} x")  # fmt: skip
    if operation.unlike:
        print(f"  {operation.unlike}")
    wrong = [one for rounds in found for one in rounds if one.wrong]
    for one in wrong:
        print(f"  {one.wrong} WRONG ANSWERS: {one.sample[:300]}")
    return 1 if wrong else 0


def _say_what_holds(realm: Realm) -> None:
    """What the figures do not show; heart-uma's own tests hold it to the opposite of both."""
    print("\nTried at Keycloak at the end:")
    twice = realm.spends_a_ticket_twice()
    print(f"  one ticket gave {'two RPTs' if twice else 'one RPT, and then none'};")
    told = realm.tells_of_a_share_that_ended()
    print(f"  an RPT whose share the owner took back was introspected as active "
          f"{'with' if told else 'without'} its permission.")  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    found.add_argument("--seconds", type=float, default=5.0, help="length of one measurement")
    found.add_argument("--warm", type=float, default=WARM, help="seconds of load before them")
    found.add_argument("--rounds", type=against.rounds, default=5)
    found.add_argument("--clients", type=int, default=16)
    found.add_argument("--workers", type=int, default=2, help="granian workers here")
    found.add_argument("--threads", type=int, default=8, help="threads of each worker here")
    return found


if __name__ == "__main__":
    sys.exit(main())
