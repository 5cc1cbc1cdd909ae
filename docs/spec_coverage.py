"""`docs/spec-coverage.md`, from the marks in the tests: which requirement is shown by which test.

The tests are read, not run or imported. A mark whose id is not a plain string, or is unknown, is an
error: the page must not claim what nobody can look up.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/spec-coverage.md"
REQUIREMENTS = ROOT / "docs/requirements.json"
FAMILIES = {
    "G": "UMA 2.0 Grant for OAuth 2.0",
    "F": "UMA 2.0 Federated Authorization",
    "HO": "HEART profile for OAuth 2.0",
    "HC": "HEART profile for OpenID Connect",
    "HU": "HEART profile for UMA 2.0",
    "HF": "HEART profile for FHIR OAuth 2.0 scopes",
    "HFU": "HEART profile for FHIR UMA 2.0 resources",
    "X": "Where HEART and today's practice differ (see divergences.md)",
    "DESIGN": "Decisions of this project (see explanation/decisions.md)",
    "SC": "Starter value sets for sensitive records",
    "FS": "FHIR R4: security labels, Consent, AuditEvent, purpose of use",
    "SM": "SMART App Launch 2.2",
    "R": "UMA 2.0 release notes",
    "I": "UMA Implementer's Guide",
    "L": "UMA business model: licences (ODRL 2.2)",
    "M": "UMA sequence: messages",
}
ATTACKS = {
    "TOK": "Token endpoint and client authentication",
    "TKT": "Permission tickets",
    "CLM": "Claims gathering and pushed claims",
    "AZ": "Authorization endpoint, redirects, codes, PKCE",
    "JWT": "Signed tokens",
    "REG": "Dynamic registration and outbound fetches",
    "PRO": "Protection API",
    "POL": "Policies and revocation",
    "FH": "FHIR access and inference",
    "BTG": "Emergency access",
    "WEB": "Pages, sessions, logs",
    "DOS": "Limits and slow clients",
    "DP": "Sender-constrained tokens",
    "F": "Faults: crashes, partitions, full disks",
    "P": "Properties held under generated inputs",
    "T": "Threats of the threat model",
}


@dataclass(frozen=True, order=True)
class Shown:
    """One test that shows one requirement, or makes one attack."""

    kind: str
    id: str
    path: str
    test: str


class MarkError(ValueError):
    """A mark that the page cannot carry, and where it is."""


def scan(folder: Path) -> list[Shown]:
    """Every mark in the tests below `folder`."""
    found: set[Shown] = set()
    for path in sorted(folder.rglob("*.py")):
        where = path.relative_to(folder.parent).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        module = [node for node in tree.body if _is_pytestmark(node)]
        _visit(tree.body, where, "", [m for node in module for m in _marks(node, where)], found)
    return sorted(found)


def _visit(
    body: Iterable[ast.stmt], where: str, outer: str, held: list[tuple[str, str]], found: set[Shown]
) -> None:
    for node in body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        own = [*held, *(m for decorator in node.decorator_list for m in _marks(decorator, where))]
        if isinstance(node, ast.ClassDef):
            inner = [m for line in node.body if _is_pytestmark(line) for m in _marks(line, where)]
            _visit(node.body, where, f"{node.name}.", [*own, *inner], found)
        elif node.name.startswith("test"):
            found |= {Shown(kind, id_, where, f"{outer}{node.name}") for kind, id_ in own}


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _marks(node: ast.AST, where: str) -> Iterator[tuple[str, str]]:
    for call in ast.walk(node):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        kind, owner = call.func.attr, call.func.value
        if kind not in ("spec", "attack") or not (
            isinstance(owner, ast.Attribute) and owner.attr == "mark"
        ):
            continue
        for argument in call.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise MarkError(
                    f"{where}:{call.lineno}: the id of a {kind} mark must be a plain string"
                )
            yield kind, argument.value


def page(shown: Iterable[Shown], requirements: Mapping[str, list[str]]) -> str:
    """The page as Markdown."""
    by_kind: dict[str, dict[str, list[Shown]]] = {
        "spec": defaultdict(list),
        "attack": defaultdict(list),
    }
    for one in shown:
        by_kind[one.kind][one.id].append(one)
    spec, attack = by_kind["spec"], by_kind["attack"]
    _refuse_unknown(spec, attack, requirements)
    parts = [
        "# What the tests show",
        "",
        "Written by `make docs` from the marks in the tests; do not edit. An id names one testable",
        "line of a specification, which is told in our own words; the specification's words count.",
        "What the lines without a test ask is in [requirements.json](requirements.json).",
        "",
        "AS: authorization server. RS: resource server. C: client. RO: resource owner.",
        "RqP: requesting party. RP, OP: client and server of OpenID Connect. SLS: what labels.",
        "",
        *_summary(spec, requirements),
    ]
    for family, title in FAMILIES.items():
        parts += _family(family, title, spec, requirements)
    parts += [
        "",
        "# Attacks made",
        "",
        "Ids of the project's attack catalogue; each test makes the attack and checks the answer.",
    ]
    for family, title in ATTACKS.items():
        rows = [id_ for id_ in _sorted(attack) if _split(id_)[0] == family]
        if rows:
            parts += ["", f"## {title} ({family})", "", "| attack | made by |", "|---|---|"]
            parts += [f"| {id_} | {_tests(attack[id_])} |" for id_ in rows]
    return "\n".join(parts) + "\n"


def _refuse_unknown(
    spec: Mapping[str, list[Shown]],
    attack: Mapping[str, list[Shown]],
    requirements: Mapping[str, list[str]],
) -> None:
    unknown = [(id_, ones[0]) for id_, ones in spec.items() if id_ not in requirements]
    unknown += [(id_, ones[0]) for id_, ones in attack.items() if _split(id_)[0] not in ATTACKS]
    if unknown:
        lines = [f"{one.path}: {one.test}: {one.kind} {id_} is not known" for id_, one in unknown]
        raise MarkError("\n".join(lines))


def _summary(spec: Mapping[str, object], requirements: Mapping[str, list[str]]) -> list[str]:
    rows = ["| family | of | lines | shown | MUST lines | shown |", "|---|---|---|---|---|---|"]
    count: Counter[tuple[str, str, bool]] = Counter()
    for id_, (level, *_) in requirements.items():
        count[_split(id_)[0], "must" if level.startswith("MUST") else "", id_ in spec] += 1
    for family, title in FAMILIES.items():
        must = [count[family, "must", seen] for seen in (False, True)]
        rest = [count[family, "", seen] for seen in (False, True)]
        lines, shown = sum(must) + sum(rest), must[1] + rest[1]
        rows.append(f"| {family} | {title} | {lines} | {shown} | {sum(must)} | {must[1]} |")
    return rows


def _family(
    family: str, title: str, spec: Mapping[str, list[Shown]], requirements: Mapping[str, list[str]]
) -> list[str]:
    ids = [id_ for id_ in _sorted(requirements) if _split(id_)[0] == family]
    rows = [id_ for id_ in ids if id_ in spec]
    parts = ["", f"## {title} ({family})"]
    if rows:
        parts += ["", "| id | level | section | what it asks | shown by |", "|---|---|---|---|---|"]
    for id_ in rows:
        level, section, topic, *sentence = requirements[id_]
        asks = _cell(sentence[0] if sentence else topic)
        parts.append(f"| {id_} | {level} | {section} | {asks} | {_tests(spec[id_])} |")
    missing = [int(_split(id_)[1]) for id_ in ids if id_ not in spec]
    if missing:
        parts += ["", f"No test is marked for {ids[0].rstrip('0123456789')}{_ranges(missing)}."]
    return parts


def _cell(text: str) -> str:
    """Text that a table's bars and a page's angle brackets leave whole."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _tests(shown: Iterable[Shown]) -> str:
    return "<br>".join(f"[{one.test}](../{one.path})" for one in sorted(shown))


def _split(id_: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Z]+)[- ]([0-9]+)", id_)
    return (match[1], match[2]) if match else ("", "0")


def _sorted(ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=lambda id_: (_split(id_)[0], int(_split(id_)[1])))


def _ranges(numbers: list[int]) -> str:
    """1, 2, 3, 7 becomes 1 to 3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)


def pages() -> dict[Path, str]:
    requirements = json.loads(REQUIREMENTS.read_text("utf-8"))
    return {PAGE: page(scan(ROOT / "tests"), requirements)}
