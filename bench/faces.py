"""What a page of people costs: a patient's home with 20 people and 5,000 records, and a chart.

The demo's house with all its sources, set up as people do it; beside its own cast more people to
share with, and one more record. What each page asks of the other services is counted by them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import httpx

from as_server import db
from as_server.models import account
from as_server.settings import AsSettings
from as_server.signing_in.passwords import Passwords
from bench import patients, servers
from bench.counted import COUNT
from bench.generating import measure
from bench.plan import Plan, Step
from bench.report import Report
from bench.scene import Place
from bench.servers import Server
from bench.tools import Browser, import_one, link_record, sign_in_and_allow
from demo import keys
from demo.cast import OWNER, PASSWORD
from demo.environment import TARGETS, settings_of
from demo.owner_app import OwnerApp
from demo.records.elements import CEDAR, HARBOR
from demo.records.sources import SOURCES
from demo.rules import standing_policies
from demo.seeding import Imported, add_people, import_records, open_link, seed
from heart_ground import orm

PEOPLE = 20
RECORDS = 5_000
OF_A_THIRD = 100
"""Records of a third source in the chart."""
SHORTEST = 2.0
"""Seconds: a page takes a part of one."""
OF_THE_CAST = 4
"""Of whom the demo's own rules speak."""
READER = "bob"
LOOKS = ("first look", "look after that")
RETURN_TO = "http://127.0.0.1:9/allowed"


def run(options: argparse.Namespace, report: Report, folder: Path) -> None:
    """Print each page's time, in multiples of bare Flask, and what it asks of other services."""
    folder.mkdir()
    place = Place(port_base=servers.free_port_base(10), data_dir=folder)
    _, secrets = keys.prepare(place)
    add_people(place, secrets)
    records, people = (200, 6) if options.quick else (RECORDS, PEOPLE)
    _add_accounts(place, secrets, people - OF_THE_CAST)
    now = datetime.now(UTC)
    imported = import_records(place, now)
    more = [_more_of_her(place, CEDAR, 0, records), _more_of_her(place, HARBOR, 1, OF_A_THIRD)]
    running = _launch(options, place, secrets)
    with servers.running(list(running.values())):
        seed(place, imported, now)
        with Browser() as browser:
            for source, one in zip((CEDAR, HARBOR), more, strict=True):
                link_record(browser, place.origin(source), place.issuer, one.code, OWNER, PASSWORD)
        _share_with_more(place, now, people - OF_THE_CAST)
        bases = {
            source: f"{place.fhir_base(source)}/r/{one.record}" for source, one in imported.items()
        }
        bases[HARBOR] = f"{place.fhir_base(HARBOR)}/r/{more[1].record}"
        chart = open_link(place, READER, {base: source for source, base in bases.items()})
        report.heading(f"Pages: {people} people to share with, {records:,} records and the demo's")
        _page(options, report, running, f"{place.portal}/", OWNER, "a patient's home")
        _page(options, report, running, chart, READER, "a chart of three sources")


def _more_of_her(place: Place, source: str, number: int, records: int) -> Imported:
    file = place.data_dir / f"more-{source}.json"
    patients.write_measured_patient(file, number, records)
    return import_one(place.database(source), file, identity_copy=False)


def _launch(
    options: argparse.Namespace, place: Place, secrets: Mapping[str, str]
) -> dict[str, Server]:
    """One worker each, so that each count is whole."""
    found = {}
    for name in ("as", *SOURCES, "portal", "requester"):
        settings = settings_of(name, place, secrets) | {"BENCH_COUNTED": TARGETS[name]}
        found[name] = servers.launch(
            name, "bench.counted:create_app", settings, port=place.port(name),
            folder=place.data_dir, workers=1, threads=options.threads,
        )  # fmt: skip
    return found


def _add_accounts(place: Place, secrets: Mapping[str, str], count: int) -> None:
    url = place.database("as")
    settings = AsSettings(database_url=url, secret=secrets["as"], argon2_memory_kib=64)  # type: ignore[arg-type]
    hashed, engine = Passwords(settings).hash(PASSWORD), db.make_engine(url)
    with orm.writing(engine) as session:
        for number in range(count):
            account.create(
                session,
                login=f"friend-{number}",
                password_hash=hashed,
                name=f"Friend {number}",
                listed=True,
                clinician=True,
                created_at=int(datetime.now(UTC).timestamp()),
            )
    engine.dispose()


def _share_with_more(place: Place, now: datetime, count: int) -> None:
    """Each gets what the demo's family doctor gets."""
    with httpx.Client(timeout=20, trust_env=False) as http:
        owner = OwnerApp.allowed_by(http, place.issuer, RETURN_TO, OWNER, PASSWORD)
        for number in range(count):
            name = f"Friend {number}"
            key = next(str(one["key"]) for one in owner.people(name) if one["name"] == name)
            rule = standing_policies(dict.fromkeys(("bob", "dana", "sam", "vic"), key), now)[0]
            label = {**rule["label"], "name": name}
            owner.put_policy({**rule, "id": token_hex(12), "label": label})
        owner.leave()


def _page(
    options: argparse.Namespace,
    report: Report,
    running: Mapping[str, Server],
    address: str,
    login: str,
    name: str,
) -> None:
    app = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        browser = Browser(http)
        page = browser.get(f"{app}/")
        begin = [form for form in page.forms if form.action in ("", "/login")]
        page = browser.submit(page, begin[0]) if begin else page
        sign_in_and_allow(browser, page, login, PASSWORD)
        looks = [_asked_by(http, address, running, app) for _ in LOOKS]
        cookies = "; ".join(f"{one.name}={one.value}" for one in http.cookies.jar)
    step = Step("page", address, headers={"Cookie": cookies})
    watched = servers.watched(list(running.values()))
    plan = Plan((step,), clients=1, seconds=max(options.seconds, SHORTEST), watched=watched)
    found = measure(plan)
    report.walk(name, found)
    report.figure(f"{name}: its CPU", found.cpu_sum / report.bare_cpu, "x bare Flask's")
    for when, (others, size) in zip(LOOKS, looks, strict=True):
        report.say(f"      {when}: {others} asked; {size:,} bytes")


def _asked_by(
    http: httpx.Client, address: str, running: Mapping[str, Server], app: str
) -> tuple[str, int]:
    """What one look asks of other services, in words, and the size of the page."""
    before = _counts(http, running)
    answer = http.get(address)
    if answer.status_code != 200:
        raise servers.ServerError(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    more = {name: now - before[name] for name, now in _counts(http, running).items()}
    others = [f"{name} {n} times" for name, n in more.items() if n and running[name].origin != app]
    return ", ".join(others) or "nobody else", len(answer.content)


def _counts(http: httpx.Client, running: Mapping[str, Server]) -> dict[str, int]:
    return {name: int(http.get(server.origin + COUNT).text) for name, server in running.items()}
