"""What the two hands race for, and what may never come of it.

Each contest gives a `Score`: a double is a second success, or a success that a stop should have
ended; `odd` counts answers that are neither a success nor the refusal that the section asks for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.races.arena import Arena

READS_AFTER = 3
"""Reads that begin after the stop was answered, in each round."""


@dataclass
class Score:
    """How a contest went."""

    rounds: int = 0
    first: int = 0
    second: int = 0
    both: int = 0
    doubles: int = 0
    odd: list[str] = field(default_factory=list)
    late: int = 0

    @property
    def holds(self) -> bool:
        return not self.doubles and not self.odd

    def note(self, first: bool, second: bool) -> None:
        self.rounds += 1
        self.first += first
        self.second += second
        self.both += first and second


def _error(answer: httpx.Response) -> tuple[int, str]:
    try:
        return answer.status_code, str(answer.json().get("error", ""))
    except ValueError:
        return answer.status_code, ""


GIVEN, SPENT = (200, ""), (400, "invalid_grant")


def _one_of_two(score: Score, answers: tuple[Any, Any], given: Any, refused: Any) -> None:
    found = [_error(answer) for answer in answers]
    score.note(found[0] == given, found[1] == given)
    if found == [given, given]:
        score.doubles += 1
    elif sorted(found) != sorted([given, refused]):
        score.odd.append(str(found))


def ticket(arena: Arena, rounds: int) -> Score:
    """Grant 5.5: one of two presentations of a permission ticket is processed."""
    score = Score()
    arena.share()
    for _ in range(rounds):
        value = arena.ticket()
        answers = arena.both(lambda value=value: arena.trading(value))  # type: ignore[misc]
        _one_of_two(score, answers, GIVEN, SPENT)
        given = [answer.json() for answer in answers if answer.status_code == 200]
        # A ticket that came twice has been seen by somebody: what it gave is taken back.
        score.doubles += sum(arena.is_active(body["access_token"]) for body in given)
    return score


def code(arena: Arena, rounds: int) -> Score:
    """RFC 6749 4.1.2: one of two presentations of an authorization code is processed."""
    score = Score()
    for _ in range(rounds):
        value, verifier = arena.code()
        form = lambda v=value, w=verifier: arena.redeeming(v, w)  # noqa: E731
        _one_of_two(score, arena.both(form), GIVEN, SPENT)
    return score


def refresh_token(arena: Arena, rounds: int) -> Score:
    """RFC 9700 4.14.2: two exchanges of a refresh token have one successor."""
    score = Score()
    arena.share()
    token = arena.rpt(arena.ticket())["refresh_token"]
    for _ in range(rounds):
        answers = arena.both(lambda token=token: arena.refreshing(token))  # type: ignore[misc]
        given = [answer.json() for answer in answers if answer.status_code == 200]
        score.note(*(answer.status_code == 200 for answer in answers))
        successors = {body["refresh_token"] for body in given}
        if len(successors) > 1:
            score.doubles += 1
        if len(given) < 2:
            score.odd.append(str([_error(answer) for answer in answers]))
            successors = {arena.rpt(arena.ticket())["refresh_token"]}
        token = successors.pop()
    return score


def assertion(arena: Arena, rounds: int) -> Score:
    """RFC 7523 3: a client assertion authenticates once."""
    score = Score()
    for _ in range(rounds):
        form = arena.refreshing("nobody's")
        answers = arena.both(lambda form=form: form)  # type: ignore[misc]
        _one_of_two(score, answers, SPENT, (401, "invalid_client"))
    return score


def revocation(arena: Arena, rounds: int) -> Score:
    """RFC 7009 2: what is exchanged while its client gives it back is given back too."""
    score = Score()
    arena.share()
    for number in range(rounds):
        token, place = arena.rpt(arena.ticket())["refresh_token"], number % 2
        revoke = arena.posting(place, "/revoke", {"token": token, **arena.proof()})
        refresh = arena.posting(1 - place, "/token", arena.refreshing(token))
        gone, answer = arena.at_once(revoke, refresh)
        got = _error(answer)
        score.note(gone.status_code == 200, got == GIVEN)
        if got == GIVEN:
            score.late += 2
            score.doubles += arena.is_alive(answer.json())
        if gone.status_code != 200 or got not in (GIVEN, SPENT):
            score.odd.append(f"{gone.status_code} {got}")
    return score


def _stop_against(arena: Arena, rounds: int, prepare: Callable[[], dict[str, str]]) -> Score:
    """The owner stops at one server while the doctor gets a token at the other."""
    score = Score()
    for number in range(rounds):
        arena.share()
        form, place = prepare(), number % 2
        steps = [arena.stopping(place), arena.posting(1 - place, "/token", form)]
        (effect, _), answer = arena.at_once(*steps)
        got = _error(answer)
        score.note(effect in ("effective", "pending"), got == GIVEN)
        if got == GIVEN:
            score.late += 2
            score.doubles += arena.is_alive(answer.json())
        elif got[0] >= 500:
            score.odd.append(str(got))
    return score


def stop_and_grant(arena: Arena, rounds: int) -> Score:
    """Grant 6.1: whatever was issued while the owner stopped is worth nothing."""
    return _stop_against(arena, rounds, lambda: arena.trading(arena.ticket()))


def stop_and_refresh(arena: Arena, rounds: int) -> Score:
    """Grant 3.6 and 6.1: whatever was refreshed while the owner stopped is worth nothing."""
    return _stop_against(
        arena, rounds, lambda: arena.refreshing(arena.rpt(arena.ticket())["refresh_token"])
    )


def stop_and_read(arena: Arena, rounds: int) -> Score:
    """No read that begins after the stop was answered discloses anything, at either server."""
    score = Score()
    for number in range(rounds):
        arena.share()
        bearer = {"Authorization": f"Bearer {arena.rpt_for_the_record()}"}
        stopped = threading.Event()
        stop = arena.stopping(number % 2)

        def stopping(http: httpx.Client, stop: Any = stop, done: Any = stopped) -> Any:
            try:
                return stop(http)
            finally:
                done.set()

        def reading(
            http: httpx.Client, done: Any = stopped, bearer: Any = bearer
        ) -> list[tuple[float, int]]:
            found: list[tuple[float, int]] = []
            after = 0
            for turn in count():
                after += done.is_set()
                began = time.monotonic()
                answer = http.get(arena.reading(turn % 2), headers=bearer)
                found.append((began, answer.status_code))
                if after >= READS_AFTER:
                    return found
            return found

        (effect, answered), reads = arena.at_once(stopping, reading)
        late = [status for began, status in reads if began > answered]
        score.note(effect == "effective", any(status == 200 for _, status in reads))
        score.late += len(late)
        score.doubles += late.count(200)
        odd = [status for _, status in reads if status not in (200, 401)]
        if effect != "effective" or odd:
            score.odd.append(f"{effect} {odd}")
    return score


CONTESTS: dict[str, Callable[[Arena, int], Score]] = {
    "ticket": ticket,
    "code": code,
    "refresh token": refresh_token,
    "client assertion": assertion,
    "revocation": revocation,
    "stop and grant": stop_and_grant,
    "stop and refresh": stop_and_refresh,
    "stop and read": stop_and_read,
}
