"""Kill the primary of a Patroni pair while both servers of a patient's record take changes.

Each change is sent until it is acknowledged. Afterwards every acknowledged one has to be there, and
every answer meanwhile has to have been 503 with Retry-After. Needs Debian's patroni, etcd-server
and postgresql; takes about a minute a round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.failover import kept
from bench.failover.changes import Sender, send_all
from bench.failover.pair import Pair, missing, pair
from bench.failover.senders import senders
from bench.scene import Scene, playing


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if lacking := missing():
        print(lacking, file=sys.stderr)
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-pair-")))
        both = stack.enter_context(pair(folder, options.ttl))
        (folder / "services").mkdir()
        scene, *_ = stack.enter_context(
            playing(folder / "services", workers=2, threads=8, urls=both.url)
        )
        print(f"Patroni's ttl is {options.ttl} s; {options.changes} changes a round.", flush=True)
        rounds = [_round(number, options.changes, scene, both) for number in range(options.rounds)]
    return 0 if all(rounds) else 1


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m bench.failover", description=__doc__)
    found.add_argument("--changes", type=int, default=200, help="half of them to each server")
    found.add_argument("--rounds", type=int, default=3, help="the primary is killed in each")
    found.add_argument("--ttl", type=int, default=30, help="Patroni's, in seconds; at least 20")
    return found


def _round(number: int, changes: int, scene: Scene, both: Pair) -> bool:
    """True when nothing was lost and nobody was answered wrongly."""
    sent = senders(scene, changes // 2, number)
    killed = both.primary()

    def kill() -> None:
        while any(len(one.acknowledged) < one.count // 4 for one in sent):
            time.sleep(0.01)
        killed.kill()

    send_all(sent, 0.02, kill)
    both.primary()
    print(f"round {number + 1}: server {killed.name!r} was the primary and was killed", flush=True)
    good = [_told(one, scene) for one in sent]
    whole = kept.audit_holds(scene)
    print(f"  the clinic's audit chain {'holds' if whole else 'is BROKEN'}", flush=True)
    killed.start()
    both.whole()
    return all(good) and whole


def _told(one: Sender, scene: Scene) -> bool:
    names = {one.names[number] for number in one.acknowledged}
    lost = names - one.stored(scene, names)
    wrong = {told: times for told, times in one.answers.items() if told != "503"}
    print(
        f"  {one.name}: {len(names)} of {one.count} changes acknowledged, {len(lost)} of them "
        f"lost; {one.answers['503']} answers 503 with Retry-After, over {one.outage:.1f} s; "
        f"the longest answer took {one.longest:.1f} s" + (f"; OTHERS: {wrong}" if wrong else ""),
        flush=True,
    )
    return not lost and not wrong and len(names) == one.count


if __name__ == "__main__":
    sys.exit(main())
