"""Races between two processes with one database: `python -m tests.races [--rounds 500]`.

Two authorization servers and two resource servers, as workers of one service, and two hands that
present the same thing at one moment: a ticket, a code, a refresh token, a client assertion; or one
hand gives a token back while the other exchanges it, or stops a share while the other asks for a
token, refreshes or reads. Prints a line a contest
and exits 1 if anything was given twice, or after the stop was answered.

    python -m tests.races --rounds 50 --database sqlite --only "stop and read"
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import postgres
from tests.races.arena import Arena, arena
from tests.races.contests import CONTESTS, Score

DATABASES = ("sqlite", "postgres")
ROW = "{:10} {:18} {:>6} {:>6} {:>6} {:>6} {:>7} {:>5} {:>5} {:>8}"


@contextmanager
def _arena_on(database: str, folder: Path) -> Iterator[Arena]:
    if database == "sqlite":
        with arena(folder) as made:
            yield made
        return
    with postgres.server(folder, durable=True) as server:
        made_for: dict[str, str] = {}

        def url(service: str) -> str:
            if service not in made_for:
                made_for[service] = postgres.create_database(server, service)
            return made_for[service]

        with arena(folder, url) as made:
            yield made


def run(databases: Sequence[str], contests: Sequence[str], rounds: int) -> dict[str, Score]:
    """The score of each contest, by `database contest`; printed as they end."""
    head = ("database", "contest", "rounds", "first", "second", "both", "late", "odd", "double")
    print(ROW.format(*head, "seconds"), flush=True)
    scores: dict[str, Score] = {}
    for database in databases:
        with (
            TemporaryDirectory(prefix="heart-uma-races-") as folder,
            _arena_on(database, Path(folder)) as made,
        ):
            for name in contests:
                began = time.monotonic()
                score = scores[f"{database} {name}"] = CONTESTS[name](made, rounds)
                figures = (score.rounds, score.first, score.second, score.both, score.late)
                ends = (len(score.odd), score.doubles, f"{time.monotonic() - began:.1f}")
                print(ROW.format(database, name, *figures, *ends), flush=True)
    return scores


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the figures, answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--only", choices=list(CONTESTS), action="append")
    given = parser.parse_args(arguments)
    databases = given.database or DATABASES
    if "postgres" in databases and postgres.find_or_install() is None:
        print("No PostgreSQL is installed: name --database sqlite to race there alone.")
        return 2
    scores = run(databases, given.only or list(CONTESTS), given.rounds)
    for name, score in scores.items():
        for example in score.odd[:3]:
            print(f"{name}: odd answers {example}")
    doubles = sum(score.doubles for score in scores.values())
    late = sum(score.late for score in scores.values())
    print(f"{doubles} doubles; {late} answers looked at after a stop")
    return 0 if all(score.holds for score in scores.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
