"""How well the labelling rules do on real data: recall and precision of each topic.

`make bench ARGS="--labelling FOLDER"`. What is true of a resource is what a list of sensitive codes
says of the codes anywhere in it, and its own `meta.security`. A resource is labelled as it would be
alone, by what is definite; so a contextual code of the list is no miss where it is not labelled,
and no mistake where it is. The list knows codes only: a note that says the same in words counts as
a mistake, so that precision is to be compared, not to be believed. `--codes` may be given more than
once: `bench/dementia_codes.json` completes a list that names no code of dementia.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.labeling import hits_of, labels_of
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.enforcement.ruleset import Hit, Rules
from heart_uma.label_systems import SENSITIVITY_SYSTEM
from heart_uma.labels import UNKNOWN_BIT, mask_of, topics_of

CODES = Path("../shared/specs/sensitivity-codes.json")
Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Codes:
    """The list that says what is true: (system, code) -> topics, definite or contextual."""

    definite: Mapping[tuple[str, str], frozenset[str]]
    contextual: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def from_json(cls, *lists: Mapping[str, Any]) -> Codes:
        """Read lists: `{"categories": [{"codes": [{system, code, strength, labels}]}]}` each."""
        found: dict[str, dict[tuple[str, str], frozenset[str]]] = {"D": {}, "C": {}}
        for category in chain.from_iterable(wire["categories"] for wire in lists):
            for entry in category["codes"]:
                of = found["D" if entry["strength"] == "D" else "C"]
                key = (entry["system"], entry["code"])
                of[key] = of.get(key, frozenset()) | _topics(entry["labels"])
        return cls(found["D"], found["C"])


@dataclass
class Score:
    """The counts of one topic, in resources."""

    truth: int = 0
    found: int = 0
    labelled: int = 0
    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    """The rules of what is labelled and not on the list, and how often."""
    missed: Counter[str] = field(default_factory=Counter)
    """The codes of what is on the list and not labelled."""

    @property
    def recall(self) -> float:
        """The share of what is true that is labelled; 1 where there is nothing to find."""
        return self.found / self.truth if self.truth else 1.0

    @property
    def precision(self) -> float:
        """The share of what is labelled that is true; 1 where nothing is labelled."""
        return self.right / self.labelled if self.labelled else 1.0


def measure(resources: Iterable[Resource], rules: Rules, codes: Codes) -> dict[str, Score]:
    """The score of each topic that is true or labelled of any resource."""
    scores: dict[str, Score] = {}
    for resource in resources:
        true, possible, reasons = _truth(resource, codes)
        hits = hits_of(resource, facts_of(resource), rules)
        labelled = _topics(labels_of(hits, frozenset()))
        for topic in true | labelled:
            score = scores.setdefault(topic, Score())
            score.truth += topic in true
            score.found += topic in true and topic in labelled
            score.labelled += topic in labelled
            score.right += topic in labelled and topic in true | possible
            if topic in labelled and topic not in true | possible:
                score.wrong.update(_rules_for(topic, hits))
            if topic in true and topic not in labelled:
                score.missed.update(reasons[topic])
    return scores


def _topics(labels: Iterable[str]) -> frozenset[str]:
    mask = mask_of({"system": SENSITIVITY_SYSTEM, "code": label} for label in labels)
    return frozenset(topics_of(mask & ~(1 << UNKNOWN_BIT)))


def _rules_for(topic: str, hits: Iterable[Hit]) -> set[str]:
    return {hit.rule for hit in hits if hit.strength == "D" and topic in _topics(hit.labels)}


def _truth(
    resource: Resource, codes: Codes
) -> tuple[frozenset[str], frozenset[str], dict[str, set[str]]]:
    """The topics that are true of a resource, those that may be, and the codes that say so."""
    reasons: dict[str, set[str]] = {}
    possible: set[str] = set()
    for key in _codings(resource):
        for topic in codes.definite.get(key, ()):
            reasons.setdefault(topic, set()).add("|".join(key))
        possible.update(codes.contextual.get(key, ()))
    meta = resource.get("meta")
    for coding in meta.get("security") or () if isinstance(meta, dict) else ():
        if coding.get("system") == SENSITIVITY_SYSTEM:
            for topic in _topics([str(coding.get("code"))]):
                reasons.setdefault(topic, set()).add("meta.security")
    return frozenset(reasons), frozenset(possible), reasons


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _codings(each)
    elif isinstance(value, dict):
        if isinstance(value.get("system"), str) and isinstance(value.get("code"), str):
            yield value["system"], value["code"]
        for each in value.values():
            yield from _codings(each)


def resources_in(path: Path) -> Iterator[Resource]:
    """Every resource of a file, or of every file of a folder: JSON, NDJSON, Bundles unpacked."""
    if path.is_dir():
        for each in sorted(path.rglob("*.json")) + sorted(path.rglob("*.ndjson")):
            yield from resources_in(each)
        return
    text = path.read_text(encoding="utf-8")
    whole = path.suffix != ".ndjson"
    for found in [text] if whole else filter(str.strip, text.splitlines()):
        yield from _unpacked(json.loads(found))


def _unpacked(found: Any) -> Iterator[Resource]:
    if isinstance(found, dict) and found.get("resourceType") == "Bundle":
        for entry in found.get("entry") or ():
            yield from _unpacked(entry.get("resource"))
    elif isinstance(found, dict) and "resourceType" in found:
        yield found


def lines(scores: Mapping[str, Score], *, explain: bool = False) -> Iterator[str]:
    """The figures as a table; with `explain` also the rules and codes of what is wrong."""
    head = ("topic", "truth", "found", "recall", "labelled", "precision")
    yield f"{head[0]:<10}{head[1]:>7}{head[2]:>7}{head[3]:>9}{head[4]:>10}{head[5]:>11}"
    for topic, score in sorted(scores.items()):
        yield (
            f"{topic:<10}{score.truth:>7}{score.found:>7}{score.recall:>9.3f}"
            f"{score.labelled:>10}{score.precision:>11.3f}"
        )
        for word, counts in (("not on the list", score.wrong), ("missed", score.missed)):
            for rule, times in counts.most_common(12) if explain else ():
                yield f"{'':<10}  {word} {times:>5}  {rule}"


def run(path: Path, codes: Sequence[Path] | None, *, explain: bool) -> int:
    """Print the figures for the data at `path`; 0, or 1 where there is nothing to measure by."""
    lists = codes or [CODES]
    for needed in [path, *lists]:
        if not needed.exists():
            print(f"Nothing to measure: {needed} is not there.")
            return 1
    truth = Codes.from_json(*(json.loads(file.read_text(encoding="utf-8")) for file in lists))
    rules = labeling_rules()
    found = list(resources_in(path))
    print(f"{len(found)} resources, rules {rules.version}")
    for line in lines(measure(found, rules, truth), explain=explain):
        print(line)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command alone, without the load generator: `python -m bench.labelling FOLDER`."""
    parser = argparse.ArgumentParser(prog="python -m bench.labelling", description=__doc__)
    parser.add_argument("path", type=Path, help="a FHIR file, or a folder of them")
    parser.add_argument("--codes", type=Path, action="append", help="a list of sensitive codes")
    parser.add_argument("--explain", action="store_true", help="which rules and codes are wrong")
    options = parser.parse_args(arguments)
    return run(options.path, options.codes, explain=options.explain)


if __name__ == "__main__":
    raise SystemExit(main())
