"""Many at the same moment: threads that start behind one barrier."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any


def race(*steps: Callable[[], Any]) -> list[Any]:
    """Run them all at once; what each gave, in order. An exception in one is raised."""
    barrier = threading.Barrier(len(steps))
    answers: list[Any] = [None] * len(steps)

    def run(place: int) -> None:
        barrier.wait(10)
        try:
            answers[place] = steps[place]()
        except BaseException as problem:
            answers[place] = problem

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


def codes(answers: Sequence[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)
