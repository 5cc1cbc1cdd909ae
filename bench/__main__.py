"""`make bench`: every figure in one run, against bare Flask in the same run or another checkout."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bench import (
    against,
    assessing,
    crowd,
    faces,
    growing,
    labelling,
    machine,
    postgres,
    processes,
    reading_in,
    servers,
    starting,
    targets,
    walks,
)
from bench.attacking import run as attacking
from bench.generating import Measured, measure
from bench.plan import Plan
from bench.report import CPU_MEANS, NO_CPU, Report
from bench.scene import RAISED, Scene, playing
from bench.servers import Server, ServerError
from demo.records.elements import CEDAR

Urls = Callable[[str], str]
MOST_OWNERS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.labelling:
        return labelling.run(options.labelling, options.codes, explain=options.explain)
    if options.quick:
        options.seconds, options.workers, options.clients = 0.25, 1, 4
        options.owners = min(options.owners, 3)
    report = Report()
    report.say(
        f"{os.cpu_count()} cores, Python {platform.python_version()}; {options.clients} clients in "
        f"a load generator of its own on the same machine, {options.seconds:g} s a measurement; "
        f"granian with {options.workers} workers of {options.threads} threads; requests are about "
        f"{options.owners} owners in turn."
    )
    raised = ", ".join(f"{name}={value}" for name, value in RAISED.items())
    if machine.busy() > 1:
        report.say(f"The machine is busy (load {machine.busy():.1f}): all figures are too low.")
    report.say(f"Rate limits are raised, since all load comes from one address: {raised}.")
    with ExitStack() as stack:
        try:
            if options.against:
                against.run(options, report, stack)
                return 0
            if options.attack:
                attacking.run(options, report, stack)
            elif options.faces:
                _faces(options, report, stack)
            else:
                _everything(options, report, stack)
        except (ServerError, against.SideError) as problem:
            print(problem, file=sys.stderr)
            return 1
    return report.close()


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    found.add_argument("--quick", action="store_true", help="a moment each: does it work?")
    found.add_argument("--postgres", action="store_true", help="the same on PostgreSQL as well")
    found.add_argument("--owners", type=_owners, default=50, metavar="N", help="whose records are "
                       "asked for in turn: with 1 all wait for the same rows")  # fmt: skip
    growing.add_options(found)
    found.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    found.add_argument("--clients", type=int, default=16)
    found.add_argument("--workers", type=int, default=2, help="granian workers of each server")
    found.add_argument("--threads", type=int, default=8, help="threads of each worker")
    found.add_argument("--against", type=Path, metavar="PATH", help=against.__doc__)
    found.add_argument("--attack", action="store_true", help=attacking.__doc__)
    found.add_argument("--faces", action="store_true", help=faces.__doc__)
    found.add_argument("--only", type=against.operations, default=against.USUAL, metavar="NAMES")
    found.add_argument("--rounds", type=against.rounds, default=5)
    rules = found.add_argument_group("nothing but the labelling rules, on data of one's own")
    rules.add_argument("--labelling", type=Path, metavar="PATH", help="FHIR files to label")
    rules.add_argument("--codes", type=Path, action="append", help="what is sensitive; a list each")
    rules.add_argument("--explain", action="store_true", help="which rules and codes are wrong")
    return found


def _owners(text: str) -> int:
    found = int(text) if text.isdecimal() else 0
    if not 1 <= found <= MOST_OWNERS:
        raise argparse.ArgumentTypeError(f"give a number of owners from 1 to {MOST_OWNERS}")
    return found


def _everything(options: argparse.Namespace, report: Report, stack: ExitStack) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-bench-")))
    bare = stack.enter_context(_bare(options, folder))
    report.say(CPU_MEANS if processes.readable() else NO_CPU)
    report.heading("The baseline")
    _measure_bare(options, report, bare)
    durable = machine.durable_write_ms(folder)
    report.say(f"  One durable write of 4 KB takes {durable:.2f} ms on this disk.")
    report.say("\nDeciding alone (10 policies, 20 resources)")
    spread = assessing.microseconds(options.seconds / 2)
    unit = "microseconds of CPU"
    report.figure("policy assessment, p50", spread["p50"], unit, targets.ASSESSMENT)
    report.figure("policy assessment, p99", spread["p99"], unit)
    _on(options, report, folder / "sqlite", bare, None)
    if options.postgres:
        server = stack.enter_context(postgres.server(folder, durable=True))
        _on(options, report, folder / "postgresql", bare, _fresh(server))
    if options.growth:
        growing.run(options, report, folder / "growth")
    _starts(options, report, folder)


def _faces(options: argparse.Namespace, report: Report, stack: ExitStack) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-bench-")))
    _measure_bare(options, report, stack.enter_context(_bare(options, folder)))
    faces.run(options, report, folder / "faces")


def _fresh(server: str) -> Urls:
    """A database for each service, made when it is first asked for."""
    made: dict[str, str] = {}

    def url(service: str) -> str:
        if service not in made:
            made[service] = postgres.create_database(server, service)
        return made[service]

    return url


def _run(options: argparse.Namespace, plan: Plan, running: Sequence[Server]) -> Measured:
    """Carry out `plan`, with an eye on the CPU time of the servers it keeps busy."""
    watched = servers.watched(running)
    return measure(replace(plan, clients=options.clients, seconds=options.seconds, watched=watched))


@contextmanager
def _bare(options: argparse.Namespace, folder: Path) -> Iterator[Server]:
    server = servers.launch(
        "bare-flask",
        "bench.bare:create_app",
        {},
        port=servers.free_port(),
        folder=folder,
        workers=options.workers,
        threads=options.threads,
    )
    with servers.running([server]):
        yield server


def _measure_bare(options: argparse.Namespace, report: Report, server: Server) -> None:
    """Again before each group of ratios: a shared machine is not the same all the time."""
    found = _run(options, walks.bare(server.origin), [server])
    report.bare, report.bare_cpu = found.rate, found.cpu_sum
    report.walk("bare Flask, 2 KB of JSON", found)


def _on(
    options: argparse.Namespace, report: Report, folder: Path, bare: Server, urls: Urls | None
) -> None:
    folder.mkdir()
    kind = folder.name
    with playing(folder, workers=options.workers, threads=options.threads, urls=urls) as cast:
        scene, authority, clinic = cast
        crowd.gather(scene, options.owners)
        report.heading(f"On {kind}")
        _authority(options, report, scene, authority, kind)
        _measure_bare(options, report, bare)
        clinic = _clinic(options, report, scene, (authority, clinic), kind)
        _memory(report, [authority, clinic])
        servers.stop([clinic])
    _import(options, report, folder, urls)


def _authority(
    options: argparse.Namespace, report: Report, scene: Scene, authority: Server, kind: str
) -> None:
    lite = kind == "sqlite"
    report.walk(
        "permission alone",
        _run(options, walks.permission(scene), [authority]),
        cpu=targets.PERMISSION if lite else None,
    )
    report.walk(
        "ticket + RPT",
        _run(options, walks.grant(scene, options.seconds), [authority]),
        cpu=targets.GRANT if lite else None,
        rate=None if lite else targets.GRANTS_ON_POSTGRESQL,
    )
    report.walk(
        "full cycle: ticket, RPT, introspection",
        _run(options, walks.full_cycle(scene, options.seconds), [authority]),
        rate=targets.CYCLE if lite else None,
    )
    report.walk(
        "introspection alone",
        _run(options, walks.introspection(scene), [authority]),
        cpu=targets.INTROSPECTION if lite else None,
    )


def _clinic(
    options: argparse.Namespace,
    report: Report,
    scene: Scene,
    both: tuple[Server, Server],
    kind: str,
) -> Server:
    """The enforced reads; the resource server is started anew to leave its audit out."""
    lite, (authority, clinic) = kind == "sqlite", both
    report.walk(
        "401, grant, enforced read (new RPT each)",
        _run(options, walks.through_the_clinic(scene, options.seconds), both),
    )
    scene.take_rpt()
    report.walk(
        "enforced read, warm RPT, audited",
        _run(options, walks.enforced_read(scene), both),
        ratio=targets.READ[kind],
        times=targets.READ_P99 if lite else None,
    )
    report.walk(
        "enforced search, 20 of 1,000, audited",
        _run(options, walks.enforced_search(scene), both),
        ratio=targets.SEARCH if lite else None,
    )
    servers.stop([clinic])
    quiet = scene.launch(CEDAR, RS_AUDIT="false")
    servers.wait([quiet])
    report.walk(
        "enforced read, audit off",
        _run(options, walks.enforced_read(scene), (authority, quiet)),
        ratio=targets.READ_WITHOUT_AUDIT if lite else None,
    )
    return quiet


def _memory(report: Report, running: Sequence[Server]) -> None:
    for server in running:
        largest = max(server.resident_mb(), default=0.0)
        report.figure(f"largest process of the {server.name}", largest, "MB", targets.MEMORY)


def _import(options: argparse.Namespace, report: Report, folder: Path, urls: Urls | None) -> None:
    def url(name: str) -> str:
        return urls(name) if urls else f"sqlite:///{folder}/{name}.sqlite3"

    copies = 4 if options.quick else 60
    small = reading_in.measure(url("import-small"), folder / "small", max(1, copies // 4))
    large = reading_in.measure(url("import-large"), folder / "large", copies)
    name = f"import of {large.resources:,} resources"
    report.figure(name, large.rate, "a second")
    rate = large.per_cpu_second
    report.figure("import, of resources", rate, "for a second of CPU", targets.IMPORT)
    growth = large.peak_mb / small.peak_mb
    report.figure("its memory, four times the size", growth, "x", targets.IMPORT_MEMORY)


def _starts(options: argparse.Namespace, report: Report, folder: Path) -> None:
    report.say("\nThe whole demo (seven processes)")
    base = servers.free_port_base(10)
    waited, reset = starting.starts(folder / "demo", base, times=1 if options.quick else 2)
    for name, seconds in zip(
        ("first start, seeding included", "second start"), waited, strict=False
    ):
        report.figure(name, seconds, "s", targets.COLD_START)
    report.figure("reset", reset, "s", targets.RESET)


if __name__ == "__main__":
    sys.exit(main())
