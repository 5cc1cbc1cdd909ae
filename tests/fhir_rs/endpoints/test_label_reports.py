"""$labels: a topic that is missing counts at once; one that is wrong is asked of the clinic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_rs.db import writing
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.verification.audit import verify
from operator_tools.command import main
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, everything, observation, put


def report(record: Record, **said: Any) -> Any:
    sent = {"id": "Condition/c2", "topic": "ETH", "wanted": "remove", "reason": "Not me", **said}
    return record.call("POST", "/$labels", record.fake.owner_token(), json=sent)


def topics(record: Record, address: str) -> list[str]:
    answer = record.get(f"/$records?id={address}", record.fake.owner_token()).get_json()
    found: list[str] = answer["resources"][0]["topics"]
    return found


def seen(record: Record, address: str, *labels: str) -> bool:
    rpt = record.fake.rpt(everything(record.fake, "conf/N", *labels))
    return bool(record.get(f"/{address}", rpt).status_code == 200)


def answer(record: Record, tmp_path: Path, how: str, number: int, *more: str) -> int:
    """As the operator types it, on the database of the server that runs."""
    app = record.site.app
    url = app.engine.url.render_as_string(hide_password=False)
    words = ["labels", how, RECORD, str(number), "--database", url, "--base", BASE,
             "--key-file", str(app.settings.key_file), *more]  # fmt: skip
    return main(words)


@pytest.fixture
def kept(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """The same record; the operator's commands reach its database, which is in memory."""
    engine = record.site.app.engine
    monkeypatch.setattr("fhir_rs.db.make_engine", lambda *_more: engine)
    monkeypatch.setattr(type(engine), "dispose", lambda _self, **_more: None)
    return record


def test_a_missing_topic_counts_at_once_and_for_what_it_is_given_to(record: Record) -> None:
    report_of = {"resourceType": "DiagnosticReport", "id": "p1", "status": "final",
                 "subject": ALICE, "code": {"text": "Blood work"},
                 "result": [{"reference": "Observation/a1"}]}  # fmt: skip
    put(record.site.app.engine, RECORD, [report_of])
    assert seen(record, "Observation/a1") and seen(record, "DiagnosticReport/p1")
    made = report(record, id="Observation/a1", topic="HIV", wanted="add")
    assert made.status_code == 200 and made.get_json()["state"] == "done"
    assert topics(record, "Observation/a1") == topics(record, "DiagnosticReport/p1") == ["HIV"]
    assert not seen(record, "Observation/a1") and not seen(record, "DiagnosticReport/p1")
    assert seen(record, "Observation/a1", "sens/HIV")
    assert report(record, id="Observation/a1", topic="HIV", wanted="add").status_code == 409


def test_a_wrong_topic_stays_until_the_clinic_answers(
    kept: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = report(kept).get_json()
    assert (made["state"], made["answer"]) == ("open", "")
    assert report(kept).get_json()["number"] == made["number"], "one waits at a time"
    assert not seen(kept, "Condition/c2")
    url = "sqlite://"
    assert main(["labels", "reports", "--database", url, "--base", BASE]) == 0
    line = capsys.readouterr().out
    assert f"{RECORD} {made['number']}" in line and "take off ETH" in line and "Not me" in line
    assert answer(kept, tmp_path, "decline", made["number"], "--because", "It was you") == 0
    (told,) = kept.get("/$labels", kept.fake.owner_token()).get_json()["reports"]
    assert (told["state"], told["answer"]) == ("declined", "It was you") and told["answered_at"]
    assert topics(kept, "Condition/c2") == ["ETH"] and not seen(kept, "Condition/c2")
    assert answer(kept, tmp_path, "accept", made["number"]) == 1, "answered once"
    again = report(kept).get_json()
    assert again["number"] != made["number"]
    assert answer(kept, tmp_path, "accept", again["number"]) == 0
    assert topics(kept, "Condition/c2") == [] and seen(kept, "Condition/c2")
    rpt = kept.fake.rpt(everything(kept.fake, "conf/N"))
    security = kept.get("/Condition/c2", rpt).get_json()["meta"]["security"]
    assert [one["code"] for one in security] == ["N"]
    acts = [json.loads(e.event)["subtype"][-1].get("display") for e in kept.site.audited()]
    assert acts.count("label-remove") == 3
    assert {"label-declined", "label-accepted"} <= set(acts)
    app = kept.site.app
    assert verify(app.engine, app.keys, BASE, kept.site.clock()) == []


def taken_off(kept: Record, tmp_path: Path) -> None:
    assert answer(kept, tmp_path, "accept", report(kept).get_json()["number"]) == 0
    assert topics(kept, "Condition/c2") == []


def test_what_was_taken_off_stays_off_while_the_content_is_the_same(
    kept: Record, tmp_path: Path
) -> None:
    taken_off(kept, tmp_path)
    engine = kept.site.app.engine
    put(engine, RECORD, [observation("x1", "Height", 170)])
    assert topics(kept, "Condition/c2") == []
    with writing(engine) as connection:
        connection.execute(RESOURCE.update().values(rules="older"))  # type: ignore[attr-defined]
    describing.run(engine, labeling_rules(), base_url=BASE, progress=lambda *_: None)
    assert topics(kept, "Condition/c2") == [], "described again by the same rules"
    assert topics(kept, "Observation/a2") == ["ETH"], "another one keeps what it has"


def test_other_content_is_judged_anew_and_she_may_set_it_again(
    kept: Record, tmp_path: Path
) -> None:
    taken_off(kept, tmp_path)
    assert report(kept, wanted="add").status_code == 200
    assert topics(kept, "Condition/c2") == ["ETH"]
    taken_off(kept, tmp_path)
    engine = kept.site.app.engine
    with writing(engine) as connection:
        connection.execute(
            RESOURCE.update()  # type: ignore[attr-defined]
            .where(RESOURCE.c.address == "Condition/c2").values(digest="other", rules="older")
        )  # fmt: skip
    describing.run(engine, labeling_rules(), base_url=BASE, progress=lambda *_: None)
    assert topics(kept, "Condition/c2") == ["ETH"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"id": "Condition/none"}, 404), ({"id": "Practitioner/bob"}, 400), ({"id": "x"}, 400),
        ({"id": 7}, 400), ({"topic": "NOPE"}, 400), ({"topic": "HIV"}, 409),
        ({"wanted": "lower"}, 400), ({"reason": "x" * 501}, 400), ({"reason": None}, 400),
        ({"topic": "private", "wanted": "add"}, 400), ({"wanted": "add"}, 409),
    ],
)  # fmt: skip
def test_what_cannot_be_reported_changes_nothing(
    record: Record, said: dict[str, Any], status: int
) -> None:
    assert report(record, **said).status_code == status
    assert record.get("/$labels", record.fake.owner_token()).get_json()["reports"] == []
    assert topics(record, "Condition/c2") == ["ETH"]


def test_nobody_else_reports_and_a_flood_ends(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N", "conf/V"))
    for token in (None, rpt, record.fake.owner_token(sub="somebody-else")):
        for method in ("GET", "POST"):
            assert record.call(method, "/$labels", token, json={}).status_code == 401
    monkeypatch.setattr("fhir_rs.endpoints.labels.MOST_OPEN", 1)
    assert report(record).status_code == 200 and report(record).status_code == 200
    assert report(record, id="Observation/a2").status_code == 409
