"""The first start: what operators do on their own machines, then what people do over HTTP.

Operators import records and add accounts. Everything else goes the way people go: Alice links
her records, hides two, writes her rules; the others open the link she gave them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from as_server import db
from as_server.models import account
from as_server.settings import AsSettings
from as_server.signing_in.passwords import Passwords
from demo.cast import BY_LOGIN, CAST, OWNER, PASSWORD, WITH_A_LINK
from demo.layout import Layout
from demo.owner_app import OwnerApp
from demo.processes import LaunchError
from demo.records.elements import Record
from demo.records.sources import IDENTITY_COPIES, SOURCE_NAMES, SOURCES, bundle, records
from demo.rules import standing_policies
from fhir_rs import db as clinic_db
from fhir_rs.importing import importer
from heart_ground import orm
from heart_ground.migrations import migrate
from heart_uma.errors import UmaError
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError
from operator_tools.linking import link_record
from operator_tools.signing_in import sign_in_and_allow

IN_RULES = ("bob", "dana", "sam", "vic")


def add_people(layout: Layout, secrets: Mapping[str, str]) -> None:
    """The operator of the sharing service adds the people, with the demo's one password."""
    url = layout.database("as")
    settings = AsSettings(database_url=url, secret=secrets["as"], argon2_memory_kib=64)  # type: ignore[arg-type]
    passwords, engine = Passwords(settings), db.make_engine(url)
    migrate(engine, "as_server")
    now = int(datetime.now(UTC).timestamp())
    with orm.writing(engine) as session:
        for place, person in enumerate(CAST):
            account.create(
                session,
                login=person.login,
                password_hash=passwords.hash(PASSWORD),
                name=person.name,
                role=person.role,
                role_code=person.role_code,
                organization=person.organization,
                place=person.place,
                listed=person.listed,
                checked_by=person.checked_by,
                email=person.email,
                email_verified=True,
                clinician=person.clinician,
                # The sign-in page shows people in the order in which they were added.
                created_at=now + place,
            )
    engine.dispose()


@dataclass(frozen=True)
class Imported:
    """One patient's record at one source: its id, and the code that proves whose it is."""

    record: str
    code: str


def import_one(database: str, path: Path, *, identity_copy: bool) -> Imported:
    """A file of the demo itself: one patient, and nothing in it may be refused."""
    engine = clinic_db.make_engine(database)
    report = importer.import_paths(
        engine, [path], progress=lambda *_: None, identity_copy=identity_copy
    )
    engine.dispose()
    if report.refused or len(report.records) != 1:
        raise LaunchError(f"{path} was not imported: {report.refused or report.records}")
    record, code, *_ = report.records[0]
    return Imported(record, code)


def import_records(layout: Layout, now: datetime) -> dict[str, Imported]:
    """Each source's operator reads in what the source holds; a claim code per patient comes out."""
    folder = layout.seed_file.with_name("records")
    folder.mkdir(exist_ok=True)
    found = {}
    for source in SOURCES:
        path = folder / f"{source}.json"
        path.write_text(json.dumps(bundle(source, now.date()), indent=1), "utf-8")
        found[source] = import_one(
            layout.database(source), path, identity_copy=source in IDENTITY_COPIES
        )
    return found


def seed(layout: Layout, imported: Mapping[str, Imported], now: datetime) -> dict[str, Any]:
    """Everything that happens over HTTP; what the stage and a later start need to know."""
    try:
        with httpx.Client(timeout=20, trust_env=False) as http:
            return _seed(layout, imported, now, http)
    except (BrowserError, UmaError, httpx.HTTPError) as problem:
        raise LaunchError(f"Seeding stopped: {problem or type(problem).__name__}") from problem


def _seed(
    layout: Layout,
    imported: Mapping[str, Imported],
    now: datetime,
    http: httpx.Client,
) -> dict[str, Any]:
    with ThreadPoolExecutor(max_workers=4) as pool:
        linked = [pool.submit(_link, layout, source, imported[source].code) for source in SOURCES]
        allowed = pool.submit(
            OwnerApp.allowed_by,
            http,
            layout.issuer,
            f"http://127.0.0.1:{layout.port('stage')}/allowed",
            OWNER,
            PASSWORD,
        )
        app = allowed.result()
        for link in linked:
            link.result()
        bases = {s: f"{layout.fhir_base(s)}/r/{imported[s].record}" for s in SOURCES}
        rules = _write_rules(app, pool, now)
        _hide(app, layout, bases, records(now.date()))
        clinics = {bases[source]: layout.fhir_base(source) for source in SOURCES}
        names = {bases[source]: SOURCE_NAMES[source] for source in SOURCES}
        links = {login: app.given_by(rules[login], clinics) for login in WITH_A_LINK}
        app.leave()
        opened = [
            pool.submit(open_link, layout, login, {base: names[base] for base in given})
            for login, given in links.items()
        ]
        for opening in opened:
            opening.result()
    return {
        "port_base": layout.port_base,
        "day": now.date().isoformat(),
        "records": [
            {"owner": OWNER, "rs": SOURCE_NAMES[source], "base": base}
            for source, base in bases.items()
        ],
    }


def _link(layout: Layout, source: str, code: str) -> None:
    with Browser() as browser:
        link_record(browser, layout.origin(source), layout.issuer, code, OWNER, PASSWORD)


def _write_rules(
    app: OwnerApp, pool: ThreadPoolExecutor, now: datetime
) -> dict[str, dict[str, Any]]:
    """Alice's rules; those of people who have her link, by login."""
    keys = dict(zip(IN_RULES, pool.map(lambda login: _key(app, login), IN_RULES), strict=True))
    # One after another: the portal lists them in the order in which they were made.
    policies = standing_policies(keys, now)
    for policy in policies:
        app.put_policy(policy)
    return {login: _rule_of(login, keys, policies) for login in WITH_A_LINK}


def _rule_of(
    login: str, keys: Mapping[str, str], policies: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    parties = ({"person": keys.get(login)}, {"organization": BY_LOGIN[login].organization})
    return next(policy for policy in policies if policy["who"] in parties)


def _key(app: OwnerApp, login: str) -> str:
    """Clinicians are found by name, as in the portal; anyone else by the exact e-mail address."""
    person = BY_LOGIN[login]
    found = app.people(person.name if person.listed else person.email)
    keys = [one["key"] for one in found if one["name"] == person.name]
    if len(keys) != 1:
        raise BrowserError(f"The directory of the sharing service does not find {person.name}.")
    return str(keys[0])


def _hide(
    app: OwnerApp, layout: Layout, bases: Mapping[str, str], written: Sequence[Record]
) -> None:
    for source in SOURCES:
        ids = [
            f"{record.resource['resourceType']}/{record.resource['id']}"
            for record in written
            if record.source == source and record.level == "hidden"
        ]
        if ids:
            app.set_level(layout.fhir_base(source), bases[source], "hidden", ids)


def open_link(layout: Layout, login: str, places: Mapping[str, str]) -> str:
    """The link Alice handed over, kept in the clinic app of the person it is for: as her portal
    makes it, it names no place that shows nothing. `places` has the name of each record's clinic.

    The chart itself is not looked at, but where it is comes back: nobody has seen anything when
    the demo starts.
    """
    owner = BY_LOGIN[OWNER].name
    query = urlencode(
        [
            ("from", owner),
            *(("at", base) for base in places),
            *(("place", name) for name in places.values()),
        ]
    )
    chart = f"{layout.requester}/chart/"
    with Browser(stop_at=chart) as browser:
        page = browser.get(f"{layout.requester}/open?{query}")
        page = sign_in_and_allow(browser, page, login, PASSWORD)
        form = page.form("at", "purpose")
        page = browser.submit(page, form, {"purpose": WITH_A_LINK[login]}, press=("then", "open"))
        if not page.url.startswith(chart):
            raise BrowserError(f"{login} could not keep the link: {page.url} {page.status}.")
        return page.url
