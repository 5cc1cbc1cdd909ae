"""Several records at the same time under one deadline, so that one slow source holds nobody up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from heart_ground.durable import holding
from requester_app.answers import Answer

SLOW = Answer("down", why="slow")


def side_by_side(
    calls: Mapping[str, Callable[[], Answer]], *, threads: int, deadline: float
) -> dict[str, Answer]:
    """Run one call per record at the same time; what is not ready in time is `down`, slow."""
    holding.refuse_to_wait()
    if threads == 1 or not calls:
        until = time.monotonic() + deadline
        return {base: call() if time.monotonic() < until else SLOW for base, call in calls.items()}
    pool = ThreadPoolExecutor(max_workers=min(threads, len(calls)), thread_name_prefix="record")
    try:
        running = {base: pool.submit(call) for base, call in calls.items()}
        wait(running.values(), timeout=deadline)
        return {
            base: future.result() if future.done() else SLOW for base, future in running.items()
        }
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
