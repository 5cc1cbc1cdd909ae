"""Records that others wrote: imported, linked by their patients, shared, and nothing lost.

`make test` links the patients of two sources; those of all with `HEART_UMA_TEST_RECORDS=all`. That
every file goes in is shown by the tests of the import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from as_server.models import account
from fhir_rs.importing import importer
from heart_ground import orm
from heart_uma.kinds import DIRECTORY_TYPES
from operator_tools.linking import link_record
from tests.conftest import Clock
from tests.wire import entries, get_rpt, matches, whole_record
from tests.world import World, copy_of

pytestmark = pytest.mark.slow
SOURCES = ("synthea-uscore", "inferno-uscore")
SHOWN = {"kinds": ["conditions", "medicines", "results", "bills"], "topics": ["SEX"]}


def add_person(world: World, login: str) -> None:
    """A patient's own login at the sharing service: the operator's step."""
    server = world.apps["as"]
    with orm.writing(server.engine) as session:
        account.create(
            session,
            login=login,
            password_hash=server.passwords.hash("demo"),
            name=login.title(),
            created_at=int(world.clock().timestamp()),
        )


class Patient:
    """A stranger with records at Cedar Valley: her app, her tokens, her record bases."""

    def __init__(self, world: World, login: str) -> None:
        self.world, self.app = world, world.stranger()
        tokens = self.app.login(login, "openid uma_policy owner offline_access")
        self.policy_token = {"Authorization": f"Bearer {tokens['access_token']}"}
        owner = self.app.token(
            grant_type="refresh_token",
            refresh_token=tokens["refresh_token"],
            resource=world.layout.fhir_base("cedar"),
        )
        self.owner_token = {"Authorization": f"Bearer {owner.json()['access_token']}"}

    def policy(self, method: str, path: str, **options: Any) -> Any:
        url = self.app.metadata["policy_endpoint"] + path
        answer = self.app.http.request(method, url, headers=self.policy_token, **options)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def total(self, base: str) -> int:
        answer = self.app.http.get(f"{base}/$records?_count=1", headers=self.owner_token)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total"])

    def preview(self, draft: dict[str, Any]) -> dict[str, Any]:
        """The RS's answer for each record base."""
        found = {}
        for record in self.policy("POST", "/preview", json={"policy": draft})["records"]:
            body = {"permissions": record["permissions"], "tell": record["tell"]}
            url = f"{record['record']}/$preview"
            answer = self.app.http.post(url, json=body, headers=self.owner_token)
            assert answer.status_code == 200, answer.text
            found[record["record"]] = answer.json()
        return found


def people_and_places(world: World, base: str) -> int:
    """What a record holds of the directory: it belongs to nobody and is counted apart."""
    query = text("SELECT type FROM resource WHERE record = :record")
    with world.apps["cedar"].engine.connect() as connection:
        rows = connection.execute(query, {"record": base.rpartition("/")[2]})
        return sum(row[0] in DIRECTORY_TYPES for row in rows)


def share_with_anyone(**what: Any) -> dict[str, Any]:
    return {
        "id": "real-records-0123456789",
        "version": 0,
        "state": "on",
        "effect": "permit",
        "ask_me": False,
        "who": {"role": "family_doctor"},
        "what": {
            "everything": False,
            "kinds": [],
            "topics": [],
            "records": {"include": [], "exclude": []},
            "since": None,
            "until": None,
            "write": False,
            **what,
        },
        "why": [],
        "when": {"from": None, "until": None},
        "paused_until": None,
        "tell": {"level": "neutral", "note": None},
        "label": {"name": "Family doctors", "detail": ""},
    }


@pytest.fixture(scope="module")
def imported(
    fhir_data: Path, seeded_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, importer.ImportReport]:
    """The files of some sources, or of the whole data folder, imported into Cedar Valley."""
    whole = os.environ.get("HEART_UMA_TEST_RECORDS") == "all"
    paths = [fhir_data] if whole else [fhir_data / source for source in SOURCES]
    world = World(copy_of(seeded_folder, tmp_path_factory.mktemp("real") / "world"), Clock())
    engine = world.apps["cedar"].engine
    report = importer.import_paths(engine, paths, progress=lambda *_: None)
    return world, report


def test_every_patient_is_linked_and_shown_and_held_add_up(
    imported: tuple[World, importer.ImportReport],
) -> None:
    world, report = imported
    add_person(world, "synthia")
    bases = {}
    for record in report.records:
        link_record(
            world.browser(),
            world.layout.origin("cedar"),
            world.layout.issuer,
            record.claim_code,
            "synthia",
            "demo",
        )
        bases[f"{world.layout.fhir_base('cedar')}/r/{record.record}"] = record.resources
    patient = Patient(world, "synthia")
    draft = share_with_anyone(**SHOWN)
    previews = patient.preview(draft)
    assert set(previews) <= set(bases)
    for base, preview in previews.items():
        together = len(preview["shown"]) + len(preview["held"])
        assert together == patient.total(base)
        assert together + people_and_places(world, base) == bases[base]
    largest = max(bases, key=lambda base: bases[base])
    assert patient.total(largest) > 300
    # What the preview promised is what the wire gives: for the five largest records.
    patient.policy("PUT", f"/{draft['id']}", json=draft)
    stranger = world.stranger()
    id_token = stranger.login("bob", "openid profile")["id_token"]
    for base in sorted(bases, key=lambda base: -bases[base])[:5]:
        promised = {item["id"] for item in previews[base]["shown"]}
        answer = get_rpt(stranger, base, id_token)
        assert answer.status_code == 200, answer.text
        found = entries(stranger.http, whole_record(base), answer.json()["access_token"])
        assert matches(found) == promised
