"""One side of a comparison: the services of a checkout, set up and ready, lent over a pipe.

`python -m bench.side FOLDER WORKERS THREADS` reads what to measure from standard input (a line of
JSON: `operation` and `seconds`) and answers each line with a plan for the load generator. It ends,
and its servers with it, when standard input does. Which checkout is under test is the caller's
matter, who sets PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from bench import servers, walks
from bench.plan import Plan
from bench.scene import Scene, playing
from bench.servers import Server
from demo.records.elements import CEDAR

UNAUDITED = "unaudited"
"""The same as `read` on a resource server that writes no audit: its price is the difference."""
WALKS: dict[str, Callable[[Scene, float], Plan]] = {
    "read": lambda scene, _: walks.enforced_read(scene),
    UNAUDITED: lambda scene, _: walks.enforced_read(scene),
    "search": lambda scene, _: walks.enforced_search(scene),
    "permission": lambda scene, _: walks.permission(scene),
    "grant": walks.grant,
    "introspection": lambda scene, _: walks.introspection(scene),
}


class Lent:
    """The scene and its two servers; the resource server is started anew to leave its audit out."""

    def __init__(self, scene: Scene, authority: Server, clinic: Server) -> None:
        self._scene, self._authority, self.clinic = scene, authority, clinic
        self._audited = True

    def plan(self, operation: str, seconds: float) -> Plan:
        """What to repeat for `operation`, with a fresh token, and whose CPU time to watch."""
        self._serve(audited=operation != UNAUDITED)
        self._scene.take_rpt()
        found = WALKS[operation](self._scene, seconds)
        watched = servers.watched([self._authority, self.clinic])
        return replace(found, seconds=seconds, watched=watched)

    def _serve(self, *, audited: bool) -> None:
        if audited != self._audited:
            servers.stop([self.clinic])
            self.clinic = self._scene.launch(CEDAR, RS_AUDIT="true" if audited else "false")
            servers.wait([self.clinic])
            self._audited = audited


@contextmanager
def _lent(folder: Path, workers: int, threads: int) -> Iterator[Lent]:
    with playing(folder, workers=workers, threads=threads) as (scene, authority, clinic):
        lent = Lent(scene, authority, clinic)
        try:
            yield lent
        finally:
            servers.stop([lent.clinic])


def _own_output() -> TextIO:
    """Standard output, for answers alone: whatever else is printed goes where errors go."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


def main() -> None:
    out = _own_output()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    folder, workers, threads = sys.argv[1:]
    with _lent(Path(folder), int(workers), int(threads)) as lent:
        print(json.dumps({"code": str(servers.code_under_test())}), file=out, flush=True)
        for line in sys.stdin:
            plan = lent.plan(**json.loads(line))
            print(json.dumps(plan.to_json()), file=out, flush=True)


if __name__ == "__main__":
    main()
