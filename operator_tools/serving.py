"""Serve one service with granian (WSGI); the demo and the container image start this."""

import os
import signal
import threading

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from heart_ground.front import READERS

SERVICES = {
    "as": "as_server.app:create_app",
    "rs": "fhir_rs.app:create_app",
    "portal": "patient_portal.app:create_app",
    "requester": "requester_app.app:create_app",
}


def serve(
    target: str, host: str, port: int, *, workers: int, threads: int, with_parent: bool
) -> None:
    """Run an application factory until SIGINT or SIGTERM.

    `with_parent` also ends it when the starter is gone.
    """
    if with_parent:
        threading.Thread(target=_stop_when_parent_goes, daemon=True).start()
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=threads + READERS,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=3,
        # A worker that is killed must not take the service along; one that cannot live does.
        respawn_failed_workers=True,
    ).serve()


def _stop_when_parent_goes() -> None:
    """Standard input is a pipe from the starter: it ends even if the starter was killed.

    Read without sys.stdin: its lock would be held in a forked worker, and at shutdown.
    """
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
