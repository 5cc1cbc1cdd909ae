"""Does it slow down as it grows? A million resources, a thousand rules, a record of fifty thousand.

Each figure is a ratio to what the same cost before, in the same run. The resources of other owners
are written into the database in bulk: a million registrations over HTTP would take the better part
of an hour. It is the one thing here that no user could do.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from as_server import db
from as_server.models.resource import Resource
from bench import servers, targets, walks
from bench.assessing import SLICES
from bench.generating import Measured, measure
from bench.report import Report
from bench.scene import Scene, playing
from bench.servers import Server
from demo.cast import OWNER
from demo.owner_app import OwnerApp
from demo.rules import standing_policies

BATCH = 5_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """What grows, and how far: it is this that bounds the time and the room on disk."""
    found = parser.add_argument_group("growth, as ratios to the time before (with --growth)")
    found.add_argument(
        "--growth", type=int, metavar="N", help="registered resources of others, e.g. 1000000"
    )
    found.add_argument(
        "--rules", type=int, default=1_000, metavar="N", help="rules of one owner; 0: none"
    )
    found.add_argument(
        "--record", type=int, default=50_000, metavar="N", help="resources in one record; 0: none"
    )


def run(options: argparse.Namespace, report: Report, folder: Path) -> None:
    """Print how much longer one client waits, and how much more CPU it costs, after the growth."""
    folder.mkdir()
    with playing(folder, workers=options.workers, threads=options.threads) as cast:
        scene, both = cast[0], cast[1:]
        report.say("\nGrowth (one client, so that nothing waits in line)")
        _costs(options, scene, both)  # what is new to a server is slow there once
        before = _costs(options, scene, both)
        add_resources(scene.place.database("as"), options.growth)
        now = _costs(options, scene, both)
        _compare(report, f"with {options.growth:,} resources", before, now)
        if options.rules:
            add_rules(scene, options.rules)
            now = _costs(options, scene, both)
            _compare(report, f"with {options.rules:,} rules of her own", before, now)
    if options.record:
        _large_record(options, report, folder / "record", before)


def _large_record(
    options: argparse.Namespace, report: Report, folder: Path, before: dict[str, Measured]
) -> None:
    """A scene of its own: a record is imported in one piece."""
    folder.mkdir()
    with playing(
        folder, workers=options.workers, threads=options.threads, observations=options.record
    ) as (scene, *both):
        _costs(options, scene, both)
        now = _costs(options, scene, both)
    _compare(report, f"in a record of {options.record:,}", before, now)


def _costs(
    options: argparse.Namespace, scene: Scene, both: Sequence[Server]
) -> dict[str, Measured]:
    scene.take_rpt()
    watched = servers.watched(both)
    plans = {
        "ticket + RPT": walks.grant(scene, options.seconds),
        "introspection": walks.introspection(scene),
        "enforced read": walks.enforced_read(scene),
        "enforced search": walks.enforced_search(scene),
    }
    return {
        name: measure(replace(plan, clients=1, seconds=options.seconds, watched=watched))
        for name, plan in plans.items()
    }


def _compare(
    report: Report, words: str, before: dict[str, Measured], after: dict[str, Measured]
) -> None:
    for name, first in before.items():
        now = after[name]
        ratio = now.walk["p50"] / first.walk["p50"]
        report.figure(f"{name}, {words}", ratio, "x (p50)", targets.GROWTH)
        if first.cpu_sum and now.cpu:
            ratio = now.cpu_sum / first.cpu_sum
            report.figure(f"{name}, {words}", ratio, "x (CPU)", targets.GROWTH)


def add_resources(database: str, count: int) -> None:
    """Registrations of owners that nobody here asks about."""
    engine = db.make_engine(database)
    rows = islice(_rows(), count)
    while batch := list(islice(rows, BATCH)):
        with engine.begin() as connection:
            connection.execute(insert(Resource), batch)
    engine.dispose()


def _rows() -> Iterator[dict[str, Any]]:
    while True:
        owner, record = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        for fhir_type, kind in SLICES:
            yield {
                "id": secrets.token_urlsafe(16),
                "owner": owner,
                "client_id": "another clinic",
                "pat_family": "none",
                "fhir_type": fhir_type,
                "kind": kind,
                "record": f"https://rs.example/fhir/r/{record}",
                "name": kind,
                "scopes": f'["patient/{fhir_type}.read"]',
                "description": "{}",
                "created_at": 0,
                "updated_at": 0,
            }


def add_rules(scene: Scene, count: int) -> None:
    """The owner writes many rules about organizations that never ask, through the policy API."""
    return_to = "http://127.0.0.1:9/allowed"
    issuer = scene.place.issuer
    owner = OwnerApp.allowed_by(scene.http, issuer, return_to, OWNER, "demo")
    people = dict.fromkeys(("bob", "dana", "sam", "vic"), "nobody")
    pattern = standing_policies(people, scene.now())[0]
    for number in range(count):
        rule = {
            **pattern,
            "id": secrets.token_urlsafe(24),
            "who": {"organization": f"Organization {number}"},
        }
        owner.put_policy(rule)
    owner.leave()
