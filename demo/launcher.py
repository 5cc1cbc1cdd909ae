"""`heart-uma demo`: makes keys, starts every service, seeds once, and stops all of it together."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from demo import keys, processes, snapshot
from demo.environment import environment
from demo.house import server_of
from demo.layout import Layout
from demo.ownership import is_running, owned
from demo.processes import Child, LaunchError
from demo.records.sources import SOURCES

LIVES_SECONDS = 10.0
"""A service that was started again and stops sooner than this is broken: the demo ends."""


Ready = Callable[[float], int | None]
"""What is done once everything answers, after so many seconds: a number ends the demo with it."""


def run(layout: Layout, *, reset: bool, ready: Ready) -> int:
    """Start the demo and stay until it is stopped; the exit code of the command."""
    began = time.monotonic()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with owned(layout):
            return _run(layout, reset, ready, began, stopping)
    except LaunchError as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(layout: Layout, reset: bool, ready: Ready, began: float, stopping: threading.Event) -> int:
    for service in layout.services:
        processes.require_free_port(layout.port(service), layout.title(service))
    known = _is_seeded(layout, reset)
    _, secrets = keys.prepare(layout)
    layout.started_again_file.unlink(missing_ok=True)
    children: list[Child] = []
    try:
        if known:
            _describe_again(layout)
            children += _start_all(layout, secrets)
            processes.wait_ready(children)
        else:
            print("First start: writing Alice's records and rules ...", flush=True)
            _seed(layout, secrets, children)
        if stopping.is_set():
            return 0
        code = ready(time.monotonic() - began)
        if code is not None:
            return code
        return _watch(children, stopping, lambda service: _start_again(layout, secrets, service))
    finally:
        processes.stop(children)


def _describe_again(layout: Layout) -> None:
    """Records that an older version wrote are withheld from everybody until this is done."""
    for source in SOURCES:
        if snapshot.is_of_older_code(layout, source):
            from operator_tools import describing

            print(f"Bringing the records of {layout.title(source)} up to date ...", flush=True)
            if describing.run([server_of(layout, source)]):
                raise LaunchError(
                    "The records of an older version could not be brought up to date."
                )


def _start_all(layout: Layout, secrets: Mapping[str, str]) -> list[Child]:
    return [_start(layout, secrets, service) for service in layout.services]


def _start(
    layout: Layout, secrets: Mapping[str, str], service: str, *, again: bool = False
) -> Child:
    return processes.start(
        service,
        layout.title(service),
        layout.port(service),
        layout.log_file(service),
        environment(service, layout, secrets, os.environ),
        again=again,
    )


def _start_again(layout: Layout, secrets: Mapping[str, str], service: str) -> Child:
    """The same, and a note for the stage: a presenter looks at the browser, not at a terminal."""
    child = _start(layout, secrets, service, again=True)
    file = layout.started_again_file
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(known | {service: f"{datetime.now(UTC):%H:%M}"}), "utf-8")
    fresh.replace(file)
    return child


def _seed(layout: Layout, secrets: Mapping[str, str], children: list[Child]) -> None:
    """Operators' steps need no service, so the services boot meanwhile."""
    now = datetime.now(UTC)
    snapshot.forget(layout)
    snapshot.create_empty(layout)
    children += _start_all(layout, secrets)
    # Loads two services' models, which a later start can do without.
    from demo import seeding

    seeding.add_people(layout, secrets)
    imported = seeding.import_records(layout, now)
    processes.wait_ready(children)
    snapshot.save(layout, seeding.seed(layout, imported, now))


def _is_seeded(layout: Layout, reset: bool) -> bool:
    """Whether the databases hold this very demo; put back to its start if `reset`."""
    seed = snapshot.held(layout)
    if seed is None:
        return False
    if seed.get("port_base") != layout.port_base:
        if reset:
            return False
        # Issuers and record addresses carry the port: writing anew would lose what is there.
        raise LaunchError(
            f"The demo in {layout.data_dir} was written for --port-base {seed.get('port_base')}; "
            "start it there, choose another --data-dir, or add --reset to write it anew."
        )
    if not reset:
        return True
    of_another_day = seed.get("day") != datetime.now(UTC).date().isoformat()
    if of_another_day or snapshot.keeps_older_code(layout):
        return False
    snapshot.restore(layout)
    return True


def put_back(layout: Layout) -> int:
    """`heart-uma reset`: works on a running demo too; one of another day is written anew later."""
    seed = snapshot.held(layout)
    if seed is None:
        print(f"There is no seeded demo in {layout.data_dir}; the next start seeds it.")
        return 0
    older, running = snapshot.keeps_older_code(layout), is_running(layout)
    if running and older:
        print("An older version wrote this demo; stop it, and start it with --reset.")
        return 1
    of_another_day = seed.get("day") != datetime.now(UTC).date().isoformat()
    if not running and (older or of_another_day):
        snapshot.forget(layout)
        print("The demo will be written anew, with today's dates, at its next start.")
    else:
        snapshot.restore(layout)
        print("Back to the start: all changes are undone and everyone is signed out.")
    return 0


def _watch(
    children: list[Child], stopping: threading.Event, start_again: Callable[[str], Child]
) -> int:
    """Start again whatever stops, and say so; what stops at once again ends the demo."""
    born: dict[str, float] = {}
    while not stopping.wait(0.3):
        for place, child in enumerate(children):
            if not child.dead:
                continue
            if time.monotonic() - born.get(child.service, -LIVES_SECONDS) < LIVES_SECONDS:
                raise LaunchError(child.obituary())
            processes.bury(child)
            code = child.process.returncode
            children[place] = start_again(child.service)
            born[child.service] = time.monotonic()
            print(f"{child.title} stopped (exit code {code}). It was started again.", flush=True)
    print("\nStopping ...", flush=True)
    return 0
