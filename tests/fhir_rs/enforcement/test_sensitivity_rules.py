"""The rule file itself: check digits, no duplicates, known labels (SC-14, SC-15)."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from fhir_rs.enforcement.code_systems import plain_name
from heart_uma.label_systems import SENSITIVITY_SYSTEM
from heart_uma.labels import UNKNOWN_BIT, mask_of, topics_of

FILE = files("fhir_rs") / "data" / "sensitivity_rules.json"
RULES: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
ICD, ICD9 = (f"http://hl7.org/fhir/sid/icd-{edition}" for edition in ("10-cm", "9-cm"))
_D = ["0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
      "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"]  # fmt: skip
_P = ["0123456789", "1576283094", "5803796142", "8916043527",
      "9453126870", "4286573901", "2793806415", "7046913258"]  # fmt: skip
# Printed by some Synthea versions although the check digit is wrong.
TOLERATED = {"10939881000119104"}


def verhoeff(number: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = int(_D[check][int(_P[place % 8][int(digit)])])
    return check == 0


def mod10(code: str) -> bool:
    body, _, check = code.partition("-")
    doubled = "".join(str(int(d) * (2 if i % 2 == 0 else 1)) for i, d in enumerate(reversed(body)))
    return (10 - sum(map(int, doubled)) % 10) % 10 == int(check)


@pytest.mark.spec("SC-15")
def test_check_digits() -> None:
    snomed, loinc = (RULES["codes"][s] for s in ("http://snomed.info/sct", "http://loinc.org"))
    assert {code for code in snomed if not verhoeff(code)} == TOLERATED
    assert [code for code in loinc if not mod10(code)] == []


@pytest.mark.spec("SC-14")
def test_codes_are_strings_and_no_name_is_given_twice() -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    json.loads(FILE.read_text(encoding="utf-8"), object_pairs_hook=unique)
    assert sum(len(codes) for codes in RULES["codes"].values()) == 463


def test_every_label_is_one_the_mask_understands() -> None:
    labels = {
        label
        for codes in RULES["codes"].values()
        for hits in codes.values()
        for _, _, found in hits
        for label in found
    }
    for rows in (RULES["terms"], RULES["medicines"], *RULES["blocks"].values()):
        labels |= {label for row in rows for label in row[3]}
    for label in labels:
        mask = mask_of([{"system": SENSITIVITY_SYSTEM, "code": label}])
        assert mask and not mask & 1 << UNKNOWN_BIT, label


@pytest.mark.spec("SC-2")
def test_blocks_end_at_a_category_boundary() -> None:
    shapes = {
        "icd-10-cm": r"[A-Z][0-9][0-9A-Z][0-9A-Z]*",
        "icd-9-cm": r"[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}",
        "6.104": r"[0-9]{3,4}",
        "ICD10": r"[0-9A-Z]{2,3}",
        "cpt": r"[0-9]{5}",
        "HCPCSReleaseCodeSets": r"[A-Z][0-9]{4}",
        "atc": r"[A-Z][0-9]{2}[A-Z]{1,2}([0-9]{2})?",
    }
    for system, rows in RULES["blocks"].items():
        shape = next(shape for end, shape in shapes.items() if system.endswith(end))
        assert [row[0] for row in rows if not re.fullmatch(shape, row[0])] == []
        assert len({(row[0], row[1]) for row in rows}) == len(rows)
    assert "F17" not in {row[0] for row in RULES["blocks"][ICD]}
    # Tobacco has the code 305.1 in the midst of the other substances.
    assert not {"305", "3051"} & {row[0] for row in RULES["blocks"][ICD9]}


@pytest.mark.spec("DESIGN 9")
def test_every_topic_that_words_and_codes_can_show_has_rules() -> None:
    masks = [
        mask_of([{"system": SENSITIVITY_SYSTEM, "code": label}])
        for rows in (RULES["terms"], *RULES["blocks"].values())
        for row in rows
        for label in row[3]
    ]
    ruled = {topic for mask in masks for topic in topics_of(mask)}
    # The others are what only a source can know: wishes, who somebody is, who works where.
    assert {
        "DVD",
        "ETH",
        "PSY",
        "PSYTHPN",
        "HIV",
        "SEX",
        "STD",
        "SDV",
        "GDIS",
        "SCA",
        "COGN",
    } == ruled


def test_other_names_of_a_system_are_known_once() -> None:
    names = [n for system, others in RULES["systems"].items() for n in (system, *others)]
    assert len({plain_name(name) for name in names}) == len(names)
    assert set(RULES["drug_systems"]) | set(RULES["blocks"]) <= set(RULES["systems"])
    for pattern, system in RULES["spellings"]:
        re.compile(pattern)
        assert system in RULES["systems"]
