"""The measure of the labelling rules counts rightly what is known of a few made-up resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import labelling
from bench.__main__ import main
from fhir_rs.enforcement.rules import labeling_rules

LABELS = labelling.SENSITIVITY_SYSTEM
SNOMED = "http://snomed.info/sct"
CODES = {
    "categories": [
        {
            "codes": [
                {"system": SNOMED, "code": "86406008", "strength": "D", "labels": ["HIV"]},
                {"system": SNOMED, "code": "999", "strength": "D", "labels": ["HIV"]},
                {"system": SNOMED, "code": "5602001", "strength": "C", "labels": ["SUD", "ETH"]},
            ]
        }
    ]
}


def condition(*codes: str, **more: Any) -> dict[str, Any]:
    coding = [{"system": SNOMED, "code": code} for code in codes]
    return {"resourceType": "Condition", "code": {"coding": coding}} | more


RESOURCES = [
    condition("86406008"),
    condition("999"),
    condition(code={"text": "HIV infection"}),
    condition("5602001"),
    condition("44054006"),
    condition("44054006", meta={"security": [{"system": LABELS, "code": "BH"},
                                             {"system": LABELS, "code": "unheard-of"}]}),
]  # fmt: skip


def test_it_counts_what_is_found_missed_and_wrong() -> None:
    scores = labelling.measure(RESOURCES, labeling_rules(), labelling.Codes.from_json(CODES))
    assert set(scores) == {"HIV", "ETH", "PSY"}
    hiv = scores["HIV"]
    assert (hiv.truth, hiv.found, hiv.labelled, hiv.right) == (2, 1, 2, 1)
    assert (hiv.recall, hiv.precision) == (0.5, 0.5)
    assert list(hiv.missed) == [f"{SNOMED}|999"]
    assert [rule.startswith("text|") for rule in hiv.wrong] == [True]
    # Contextual: no miss when it is not labelled, no mistake when it is.
    assert (scores["ETH"].truth, scores["ETH"].precision) == (0, 1.0)
    assert (scores["PSY"].truth, scores["PSY"].found, scores["PSY"].precision) == (1, 0, 1.0)


def test_lists_complete_one_another() -> None:
    wire = {"system": SNOMED, "code": "26929004", "strength": "D", "labels": ["COGN"]}
    more = {"categories": [{"codes": [wire]}]}
    alzheimer = [condition("26929004")]
    alone = labelling.measure(alzheimer, labeling_rules(), labelling.Codes.from_json(CODES))
    both = labelling.measure(alzheimer, labeling_rules(), labelling.Codes.from_json(CODES, more))
    assert (alone["COGN"].precision, both["COGN"].precision) == (0.0, 1.0)
    assert both["COGN"].recall == 1.0


def test_the_command_reads_folders_bundles_and_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = {"resourceType": "Bundle", "entry": [{"resource": RESOURCES[0]}, {"fullUrl": "x"}]}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": inner}]}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.json").write_text(json.dumps(bundle))
    (tmp_path / "b.ndjson").write_text("\n".join(map(json.dumps, RESOURCES[1:3])) + "\n\n")
    codes = tmp_path / "codes.list"
    codes.write_text(json.dumps(CODES))
    arguments = ["--labelling", str(tmp_path), "--codes", str(codes), "--explain"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 resources")
    assert ["HIV", "2", "1", "0.500", "2", "0.500"] in [line.split() for line in said.splitlines()]
    assert f"missed     1  {SNOMED}|999" in said
    assert "not on the list     1  text|" in said


def test_without_data_or_a_list_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--labelling", str(tmp_path / "none"), "--codes", str(tmp_path / "none")]) == 1
    assert "is not there" in capsys.readouterr().out
