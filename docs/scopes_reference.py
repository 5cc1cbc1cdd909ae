"""`docs/reference/scopes-and-labels.md`: the words that rules, tickets and records share.

From `heart_uma/scopes.py`, `topics.py`, `kinds.py` and `purposes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.tables import WRITTEN, code, table
from heart_uma.kinds import DIRECTORY_TYPES, KINDS, TYPE_KINDS
from heart_uma.label_systems import CONFIDENTIALITY
from heart_uma.levels import LEVELS
from heart_uma.purposes import PURPOSES, subsumes
from heart_uma.scopes import resource_scopes
from heart_uma.topics import TOPICS, label_scopes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/scopes-and-labels.md"
_SCOPES = """
## Scopes

The grammar is in [heart_uma/scopes.py](../../heart_uma/scopes.py) (HEART FHIR scopes).

| scope | means |
|---|---|
| `patient/Observation.read` (`.write`, `.*`) | records of a type; `patient/*.read`: of every type |
| `conf/N`, `conf/R`, `conf/V` | lift a confidentiality label |
| `sens/PSY`, ... | lift a topic; what a topic covers is [below](#topics) |
| `btg` | emergency access; offered, never granted yet |
| `uma_protection` | a PAT: a resource server protects records for its owner (FedAuthz 1.3) |
| `uma_policy` | the owner's apps write her rules (extension) |
| `owner` | the owner's app reads her record at one resource server (extension) |
| `openid`, `profile`, `email`, `offline_access` | OpenID Connect |
"""
_TOPICS = """
## Topics

A topic is a group of HL7 ActCode sensitivity codes. A record's labels become one integer, one bit
a topic; a record is readable when every bit of it is lifted. Bit 0 stands for a label that nobody
here understands: it is never lifted. Bits are stored in databases, so numbers are only ever added.

The HL7 code R (restricted) has no bit where a topic explains it: whoever may see the topic may see
the record. R from a source that names no topic is the topic `private`; V is the topic `secret`, and
`conf/V` lifts R too.
"""
_CONFIDENTIALITY = """
## Confidentiality

HL7 order, least first: {order}. Every stored resource has exactly one of them in
`meta.security`: the highest that its source or a sensitivity label asks for, N where nothing does.
"""
_LEVELS = """
## Levels

Beside labels the patient sets a level for a record. It has a column of its own and is not part of
`meta.security`.
"""
_LEVEL_WORDS = {
    "rules": ("My rules", "whoever a rule lets in"),
    "pick": ("Only people I pick", "only whom a rule names this very record for"),
    "hidden": ("Hidden", "nobody but the patient"),
}
_PURPOSES = """
## Purposes of use

HL7 v3-ActReason. A requester may declare one; it is not proven, so it can only restrict. A rule for
care covers the narrower purposes of care. An emergency purpose has to be named by the rule.
"""


def page() -> str:
    """The page as Markdown."""
    example = ", ".join(code(scope) for scope in resource_scopes("Condition")[:3])
    parts = ["# Scopes and labels", "", WRITTEN, _SCOPES.rstrip(), ""]
    parts += [
        f"A registered resource offers its base scopes (for instance {example}),",
        f"all {len(label_scopes())} label scopes and `btg`, whatever data exists.",
        "",
        "## Kinds",
        "",
        "A kind is what the patient calls it. It is stored with the record when it is written",
        "([kinds.py](../../fhir_rs/enforcement/kinds.py)).",
        "",
    ]
    parts += table(("kind", "name", "FHIR types"), _kinds())
    parts += [
        "",
        "Observation is `vitals` with the category `vital-signs`; DocumentReference is `visits`",
        "with `clinical-note`; DiagnosticReport is `documents` with the category of a note.",
        "",
        f"People and places ({', '.join(sorted(DIRECTORY_TYPES))})",
        "have no kind. They are readable through what refers to them, and counted apart.",
        _TOPICS.rstrip(),
        "",
    ]
    parts += table(("bit", "topic", "name", "scope", "covers"), _topics())
    order = ", ".join(CONFIDENTIALITY)
    parts += [_CONFIDENTIALITY.format(order=order).rstrip(), _LEVELS.rstrip(), ""]
    parts += table(("level", "name", "who sees it"), _levels())
    parts += [_PURPOSES.rstrip(), ""]
    parts += table(("code", "name", "also covered by a rule for"), _purposes())
    return "\n".join(parts) + "\n"


def _kinds() -> Iterator[tuple[str, str, str]]:
    for kind, name in KINDS:
        types = [type_ for type_, kinds in TYPE_KINDS.items() if kind in kinds]
        yield code(kind), name, ", ".join(types) or "whatever else belongs to the patient"


def _topics() -> Iterator[tuple[str, str, str, str, str]]:
    for topic in TOPICS:
        covered = " ".join(sorted(topic.covers))
        yield str(topic.bit), code(topic.code), topic.name, code(topic.scope), covered


def _levels() -> Iterator[tuple[str, str, str]]:
    for level in LEVELS:
        name, who = _LEVEL_WORDS[level]
        yield code(level), name, who


def _purposes() -> Iterator[tuple[str, str, str]]:
    for purpose, name in PURPOSES.items():
        wider = [each for each in PURPOSES if each != purpose and subsumes(each, purpose)]
        yield code(purpose), name, ", ".join(map(code, wider))


def pages() -> dict[Path, str]:
    return {PAGE: page()}
