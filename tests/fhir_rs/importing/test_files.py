"""Files as they come: any name, packed, odd ones among good ones; nothing is a traceback."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from fhir_rs.importing import files
from operator_tools.importing import run as import_command
from tests.fhir_rs.importing.exports import (
    bundle,
    collection,
    entry,
    held,
    ndjson,
    observation,
    patient,
    record_of,
    run,
    write,
)

GOOD = collection(patient(), observation("o"))
LINES = ndjson(patient(), observation("o"))
WHOLE = json.dumps(GOOD)
FORMS: dict[str, Any] = {
    "a.JSON": WHOLE,
    "a.Json": WHOLE,
    "a.NDJSON": LINES,
    "a.jsonl": LINES,
    "a.JsonL": LINES,
    "a.json.gz": gzip.compress(WHOLE.encode()),
    "a.ndjson.gz": gzip.compress(LINES.encode()),
    "a.NDJSON.GZ": gzip.compress(LINES.encode()),
    "packed, not said.ndjson": gzip.compress(LINES.encode()),
    "packed, not said.json": gzip.compress(WHOLE.encode()),
    "said, not packed.json.gz": WHOLE,
    "export.gz": gzip.compress(LINES.encode()),
    "two.ndjson.gz": gzip.compress(LINES[:40].encode()) + gzip.compress(LINES[40:].encode()),
    "mark.json": b"\xef\xbb\xbf" + WHOLE.encode(),
    "mark.ndjson": b"\xef\xbb\xbf" + LINES.encode(),
    "mark.ndjson.gz": gzip.compress(b"\xef\xbb\xbf" + LINES.encode()),
    "lines.json": LINES,
    "lines, windows.json": LINES.replace("\n", "\r\n"),
    "lines, blank first.json": "\n\n" + LINES.replace("\n", "\n\n"),
    "document.ndjson": json.dumps(GOOD, indent=1),
    "document, one line.ndjson": WHOLE,
    "array.json": json.dumps([patient(), observation("o")]),
    "array of bundles.json": json.dumps([GOOD]),
    "array.ndjson": json.dumps([patient(), observation("o")], indent=1),
}
ALWAYS = {"a.jsonl"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in ALWAYS else pytest.mark.fault("3.18")) for n in FORMS]
)
def test_a_file_is_read_for_what_it_is(engine: Engine, tmp_path: Path, name: str) -> None:
    write(tmp_path / "x", **{name: FORMS[name]})
    report = run(engine, tmp_path / "x")
    assert (report.accepted, report.refused) == (2, [])
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p", "Observation/o"}


def nested(depth: int) -> str:
    return '{"resourceType":"Basic","id":"x","extension":' + "[" * depth + "]" * depth + "}"


def bomb(text: bytes) -> bytes:
    return gzip.compress(text * (80 * 1024 * 1024 // len(text)))


ODD: dict[str, Any] = {
    "a word.json": '"done"',
    "a number.json": "1",
    "null.json": "null",
    "empty.json": "",
    "blank.json": " \n ",
    "empty.ndjson": "",
    "cut.json": WHOLE[:100],
    "cut.ndjson": LINES[:60],
    "half a name.json": '{"resourceType',
    "entry null.json": bundle([]) | {"entry": None},
    "entry object.json": bundle([]) | {"entry": {"resource": patient()}},
    "entry text.json": bundle([]) | {"entry": "x"},
    "entries null.json": bundle([]) | {"entry": [None]},
    "entries list.json": bundle([]) | {"entry": [[patient()]]},
    "resource null.json": bundle([{"resource": None}]),
    "resource list.json": bundle([{"resource": [patient()]}]),
    "resource text.json": bundle([{"resource": "x", "fullUrl": 1}]),
    "request text.json": bundle([{"request": "x"}, {"request": {"method": 7}}], "history"),
    "type number.json": {"resourceType": 7},
    "bundle in bundle.json": bundle([entry({"resourceType": "Bundle", "entry": None})]),
    "array of nothing.json": "[null, 1, [], {}]",
    "lines of nothing.ndjson": 'null\n1\n[]\n{}\n"x"\n',
    "not utf-8.json": WHOLE.encode().replace(b"Nord", b"N\xf6rd"),
    "utf-16.json": WHOLE.encode("utf-16"),
    "not utf-8.ndjson": LINES.encode().replace(b"Nord", b"N\xf6rd").replace(b'"o"', b'"\xff"'),
    "deep.json": nested(60_000),
    "deep.ndjson": nested(60_000) + "\n" + nested(70) + "\n",
    "twice.json": '{"resourceType":"Basic","resourceType":"Basic","id":"x","code":{"text":"x"}}',
    "surrogate.json": '{"resourceType":"Basic","id":"x","code":{"text":"\\ud800"}}',
    "nul.json": '{"resourceType":"Basic","id":"x","code":{"text":"\\u0000"}}',
    "infinite.json": '{"resourceType":"Basic","id":"x","code":{"text":"x"},"y":1e999}',
    "binary.json": bytes(range(256)),
    "cut.json.gz": gzip.compress(WHOLE.encode())[:-20],
    "damaged.ndjson.gz": gzip.compress(random.Random(1).randbytes(999))[:500] + b"xx",
    "packed nothing.gz": b"\x1f\x8b",
    "patient text.json": {"resourceType": "Patient", "id": ["x"], "identifier": "y", "name": 1},
    "subject text.ndjson": ndjson(observation("x", {"reference": 7}), observation("y", {})),
    "odd ids.json": bundle([entry({"resourceType": "Basic", "id": 7, "meta": [1]}, "urn:uuid:")]),
    "odd history.json": bundle([entry(observation("z", meta={"versionId": 1, "lastUpdated": "x"}),
                                      response=[1])], "history"),
}  # fmt: skip
BOMBS = {"bomb.json.gz": b" ", "bomb.ndjson.gz": b"x", "bomb of lines.ndjson.gz": b"\n"}
"""What fills them; they are packed when it is their turn."""


ENDED_THE_IMPORT = {
    "a word.json", "a number.json", "null.json", "entry null.json", "entry object.json",
    "entry text.json", "entries null.json", "entries list.json", "array of nothing.json",
    "cut.json.gz", "damaged.ndjson.gz", "packed nothing.gz", "bomb.json.gz", "bomb.ndjson.gz",
    "bomb of lines.ndjson.gz",
}  # fmt: skip
"""Or were not looked at, and nobody was told."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.fault("3.9") if n in ENDED_THE_IMPORT else [])
        for n in (*ODD, *BOMBS)
    ],
)
def test_an_odd_file_is_a_problem_and_no_more(engine: Engine, tmp_path: Path, name: str) -> None:
    content = bomb(BOMBS[name]) if name in BOMBS else ODD[name]
    for folder in "ac":
        person = patient(folder, folder.upper())
        write(tmp_path / folder, p__json=collection(person, observation("o", f"Patient/{folder}")))
    write(tmp_path / "b", **{name: content, "good__json": collection(patient(), observation("o"))})
    report = run(engine, tmp_path)
    assert report.accepted >= 6
    for whose in ("A", "Nord", "C"):
        assert len(held(engine).of(record_of(report, whose))) == 2
    refused = [(file, reason) for file, _, reason in report.refused]
    assert all(Path(file).name == name and reason for file, reason in refused)
    assert refused or report.accepted > 6


ODD_VALUES: list[Any] = [None, 1, -1.5, True, "", "x", [], {}, [None], [[]], [{}], {"a": 1}]


def odd_everywhere(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Copies of `value` in each of which one member, at any depth, is something else."""
    made = []
    text = json.dumps(value)

    def visit(path: list[Any], inner: Any) -> None:
        for key in inner if isinstance(inner, dict) else range(len(inner)):
            for odd in ODD_VALUES:
                copy = json.loads(text)
                holder = copy
                for step in path:
                    holder = holder[step]
                holder[key] = odd
                made.append(copy)
            if isinstance(inner[key], dict | list):
                visit([*path, key], inner[key])

    visit([], value)
    return made


def test_no_member_of_any_shape_ends_an_import(engine: Engine, tmp_path: Path) -> None:
    whole = patient(
        identifier=[{"system": "urn:s", "value": "v"}],
        name=[{"given": ["Ann"], "family": "Lee"}],
        meta={"source": "https://emr.example/fhir", "versionId": "1", "lastUpdated": "2024-01-01"},
    )
    weight = observation("o", {"reference": "urn:uuid:p", "identifier": {"value": "v"}})
    asked = {"request": {"method": "PUT", "url": "Patient/p"}, "response": {"etag": 'W/"1"'}}
    history = bundle([entry(whole, "urn:uuid:p", **asked), entry(weight)], "history")
    gone = {"request": {"method": "DELETE", "url": "Observation/o"}, "response": {"etag": 'W/"2"'}}
    deleted = bundle([entry(None, "urn:uuid:o", **gone)], "history")
    odd = [each for one in (whole, weight, history, deleted) for each in odd_everywhere(one)]
    write(tmp_path / "x", odd__ndjson=ndjson(*odd))
    write(
        tmp_path / "y", good__json=collection(patient("q", "Good"), observation("q", "Patient/q"))
    )
    report = run(engine, tmp_path)
    assert len(held(engine).of(record_of(report, "Good"))) == 2
    assert len(odd) > 800
    assert all(reason for _, _, reason in report.refused)


def test_a_bomb_needs_no_memory(engine: Engine, tmp_path: Path) -> None:
    packed = {name: bomb(text) for name, text in BOMBS.items()}
    assert len(packed["bomb.json.gz"]) < 200_000
    write(tmp_path, **packed)
    report = run(engine, tmp_path)
    assert {reason for _, _, reason in report.refused} <= {
        "it unpacks to far more than a file of its size may", "it is too large",
    }  # fmt: skip
    assert len(report.refused) >= 3


def test_a_line_has_a_size(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 2000)
    long = observation("long", note=[{"text": "x" * 5000}])
    write(tmp_path, a__ndjson=ndjson(patient(), long, observation("o")))
    report = run(engine, tmp_path)
    assert [(label, reason) for _, label, reason in report.refused] == [
        ("line 2", "it is too large")
    ]
    assert report.accepted == 2


Command = tuple[int, str, str]


def command(capsys: pytest.CaptureFixture[str], database: Path, *paths: Path) -> Command:
    code = import_command(f"sqlite:///{database}", list(paths), "http://localhost/link")
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.fault("3.18")
def test_what_is_passed_over_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "x", a__ndjson=LINES, notes__txt="x", scan__pdf=b"%PDF", old__json__bak=WHOLE)
    code, _, err = command(capsys, tmp_path / "rs.db", tmp_path / "x")
    assert code == 0
    assert all(name in err for name in ("notes.txt", "scan.pdf", "old.json.bak"))
    # A file that is named by itself is read whatever it is called.
    code, out, err = command(capsys, tmp_path / "rs.db", tmp_path / "x" / "old.json.bak")
    assert (code, "Accepted 2" in out, "Passed over" in err) == (0, True, False)


@pytest.mark.fault("3.18")
def test_nothing_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "x", notes__txt="x")
    code, _, err = command(capsys, tmp_path / "rs.db", tmp_path / "x")
    assert code == 1
    assert "Nothing was imported" in err
    assert "notes.txt" in err


@pytest.mark.fault("3.28d")
def test_what_is_said_of_each_record_is_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = {"resourceType": "Questionnaire", "id": "q", "status": "active"}
    write(tmp_path / "one", a__ndjson=LINES + ndjson(group))
    write(tmp_path / "two", a__ndjson=LINES)
    for known in (False, True):
        code, out, _ = command(capsys, tmp_path / "rs.db", tmp_path / "one", tmp_path / "two")
        assert code == 0
        [nobody] = [line for line in out.splitlines() if "people, places" in line]
        assert "belongs to nobody" in nobody
        assert "known already" not in nobody
        assert ("known already" in out) == known
        assert ("claim code" in out.replace("no new claim code", "")) == (not known)


@pytest.mark.fault("3.9")
def test_a_claim_code_is_told_before_anything_can_go_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in "ab":
        write(tmp_path / "x" / folder, p__json=patient(folder, folder.upper()))

    def breaks(value: Any) -> None:
        if value["id"] == "b":
            raise KeyboardInterrupt

    monkeypatch.setattr("fhir_rs.validation.r4.validate", breaks)
    with pytest.raises(KeyboardInterrupt):
        command(capsys, tmp_path / "rs.db", tmp_path / "x")
    out = capsys.readouterr().out
    assert "A: record" in out
    assert "claim code" in out
