"""The cases of docs/explanation/policy.md, read from the page and run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from as_server.policy.assessment import assess
from as_server.policy.model import Granted, SharingPolicy
from tests.as_server.policy.shorthand import NOW, ask, resource, rule, url

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "policy.md"
PARTIES = {
    "Bob": "person",
    "family doctors": "role",
    "Cedar Valley": "organization",
    "anyone": "anyone",
}
KINDS = ("conditions", "vitals", "bills")
TOPICS = {"genetics": "GDIS", "mental health": "PSY"}
RESOURCES = (
    resource("Condition", "conditions"),
    resource("Observation", "vitals"),
    resource("Claim", "bills"),
)
RULE = re.compile(r"(permit|deny|ask) (.+?)( in an emergency)?: (.+)")


def cases() -> list[tuple[str, str]]:
    """The first two columns of the table of cases."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| the rules |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rules, gets, _because = (cell.strip() for cell in line.strip("|").split("|"))
        found.append((rules, gets))
    return found


def read_rule(number: int, text: str) -> SharingPolicy:
    found = RULE.fullmatch(text.strip())
    assert found, text
    effect, who, emergency, what = found.groups()
    named = [word.strip() for word in what.split(",")]
    assert set(named) <= {"everything", "one record", *KINDS, *TOPICS}, text
    return rule(
        f"{number}",
        PARTIES[who],
        effect="deny" if effect == "deny" else "permit",
        ask_me=effect == "ask",
        everything="everything" in named,
        kinds=[word for word in named if word in KINDS],
        topics=[TOPICS[word] for word in named if word in TOPICS],
        include=(url("Condition/one"),) if "one record" in named else (),
        why=("ETREAT",) if emergency else (),
    )


def seen_by_bob(rules: list[SharingPolicy]) -> set[str]:
    found = assess(ask(*RESOURCES), rules, NOW)
    seen: set[str] = set()
    for entry in found.entries if isinstance(found, Granted) else ():
        kind = next(r.kind for r in RESOURCES if r.resource_id == entry.resource_id)
        whole = entry.limits is None or entry.limits.only is None
        seen.add(kind if whole else "that record")
        seen |= {name for name, code in TOPICS.items() if f"sens/{code}" in entry.scopes}
    return seen


def test_there_are_twelve_cases() -> None:
    assert len(cases()) == 12
    assert len({rules for rules, _ in cases()}) == 12


@pytest.mark.fault("6.1")
@pytest.mark.parametrize(("rules", "gets"), cases(), ids=[rules for rules, _ in cases()])
def test_a_documented_case(rules: str, gets: str) -> None:
    policies = [read_rule(number, text) for number, text in enumerate(rules.split(";"))]
    expected = set() if gets == "nothing" else {word.strip() for word in gets.split(",")}
    assert seen_by_bob(policies) == expected
