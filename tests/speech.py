"""Everything that the pages can say: each literal of a template or a module, and where it stands.

Read from the sources, so that a sentence counts that no test happens to reach. What is said to
operators and programs is left out: logs, comments, settings, wire errors, addresses, SQL.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parent.parent
PATIENT, CLINIC, STAGE = "patient", "clinic", "stage"
TEMPLATES = {
    "patient_portal/templates": PATIENT,
    "as_server/templates": PATIENT,
    "fhir_rs/templates": PATIENT,
    "heart_ui/templates": PATIENT,
    "requester_app/templates": CLINIC,
    "demo/templates": STAGE,
}
MODULES = {
    "patient_portal": PATIENT,
    "as_server/pages/consent.py": PATIENT,
    "as_server/signing_in/forms.py": PATIENT,
    "as_server/pages/login.py": PATIENT,
    "as_server/pages/accounts.py": PATIENT,
    "as_server/pages/allowed_apps.py": PATIENT,
    "as_server/signing_in/invitation_pass.py": PATIENT,
    "as_server/pages/invited.py": PATIENT,
    "as_server/signing_in/new_account.py": PATIENT,
    "as_server/signing_in/proof_by_password.py": PATIENT,
    "as_server/endpoints/end_session.py": PATIENT,
    "fhir_rs/endpoints/link.py": PATIENT,
    "fhir_rs/enforcement/titles.py": PATIENT,
    "heart_uma/purposes.py": PATIENT,
    "heart_uma/kinds.py": PATIENT,
    "heart_uma/topics.py": PATIENT,
    "heart_ui": PATIENT,
    "heart_reading": PATIENT,
    "requester_app": CLINIC,
    "demo/stage.py": STAGE,
    "demo/cast.py": STAGE,
}
DATA = {"fhir_rs/data/hints.json": PATIENT, "fhir_rs/data/plain_words.json": PATIENT}
# What is asked of other services and of the database, and what operators read.
_NOT_PAGES = {"migrations", "models", "settings.py", "db.py", "issuer.py", "policy.py",
              "as_api.py", "as_calls.py", "as_answers.py", "rs_api.py", "whole_record.py",
              "copy_of_records.py",
              "health.py", "record_http.py", "app.py"}  # fmt: skip
VALUE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Where the text of a value stands."""
_LOGS = {"log", "_log", "logging"}
_TO_PROGRAMS = {"ValueError", "TypeError", "RuntimeError", "KeyError", "Field", "text",
                "Unreachable", "SharingServiceDown", "BadAnswer", "NotReached", "ClinicDown",
                "ConfigurationError", "OpenError", "SealError", "ReadError", "UmaError",
                "compile"}  # fmt: skip
_SPOKEN = re.compile(r"(?=.*[A-Za-z]{2}).* .*|[A-Z][a-z]+|.*%\(.*", re.DOTALL)
_ATTRIBUTE = re.compile(r"(?:aria-label|title|alt|placeholder|content)=\"([^\"]*)\"")


CATALOGUE = frozenset({"_", "gettext", "ngettext", "N_"})
"""The calls by which words come from the catalogue, or are marked for it."""


class Said(NamedTuple):
    """A literal: who may read it, the file it stands in, its words."""

    face: str
    where: str
    words: str


Reading = Callable[[str, str, str], Iterator[Said]]


@cache
def everything() -> tuple[Said, ...]:
    """All there is, each once."""
    return tuple(dict.fromkeys([*_templates(of_template), *_modules(of_module), *_data()]))


def beside_the_catalogue() -> tuple[Said, ...]:
    """What stands in templates and modules without being asked of the catalogue."""
    found = [*_templates(untranslated_of_template), *_modules(untranslated_of_module)]
    return tuple(dict.fromkeys(found))


def of_template(source: str, face: str, where: str) -> Iterator[Said]:
    """What a template says: its text, what readers are told by attributes, its expressions."""
    return _of_template(source, face, where, frozenset())


def untranslated_of_template(source: str, face: str, where: str) -> Iterator[Said]:
    """The same without what is asked of the catalogue."""
    return _of_template(source, face, where, CATALOGUE)


def _of_template(source: str, face: str, where: str, unheard: frozenset[str]) -> Iterator[Said]:
    tree = Environment(extensions=["jinja2.ext.do"]).parse(source)
    silent = {
        id(part)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in unheard
        for given in call.args
        for part in (given, *given.find_all(nodes.Const))
    }
    for const in tree.find_all(nodes.Const):
        text = const.value
        if isinstance(text, str) and id(const) not in silent and _SPOKEN.fullmatch(text):
            yield Said(face, where, text)
    whole = "".join(
        part.data if isinstance(part, nodes.TemplateData) else VALUE
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
    )
    for told in _ATTRIBUTE.findall(whole):
        yield Said(face, where, told)
    for text in re.split(r"<[^>]*>|\n", whole):
        if re.search(r"[A-Za-z]{2,}", text):
            yield Said(face, where, text.strip())


def of_module(source: str, face: str, where: str) -> Iterator[Said]:
    """What a module can say to a person: texts that are no docstring and go to no program."""
    return _of_module(source, face, where, frozenset())


def untranslated_of_module(source: str, face: str, where: str) -> Iterator[Said]:
    """The same without what is asked of the catalogue, or marked for it."""
    return _of_module(source, face, where, CATALOGUE)


def _of_module(source: str, face: str, where: str, unheard: frozenset[str]) -> Iterator[Said]:
    tree = ast.parse(source)
    silent = set(_silent(tree, unheard))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= set(map(id, node.values))
            if id(node) not in silent:
                yield Said(face, where, _joined(node))
        elif (
            isinstance(node, ast.Constant)
            and id(node) not in silent
            and _SPOKEN.fullmatch(str(node.value))
        ):
            yield Said(face, where, str(node.value))


def _joined(node: ast.JoinedStr) -> str:
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else VALUE
        for part in node.values
        if isinstance(part, (ast.Constant, ast.FormattedValue))
    )


def _silent(tree: ast.Module, unheard: frozenset[str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.Call) and _name(node.func) in _LOGS | _TO_PROGRAMS | unheard:
            yield from (id(inner) for part in (*node.args, *node.keywords)
                        for inner in ast.walk(part))  # fmt: skip


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        inner = _name(function.value)
        return inner if inner in _LOGS else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _templates(read: Reading) -> Iterator[Said]:
    for folder, face in TEMPLATES.items():
        for path in sorted((ROOT / folder).rglob("*.html")):
            yield from read(path.read_text("utf-8"), face, str(path.relative_to(ROOT)))


def _modules(read: Reading) -> Iterator[Said]:
    for room, face in MODULES.items():
        place = ROOT / room
        for path in [place] if place.suffix else sorted(place.rglob("*.py")):
            inside = path.relative_to(ROOT)
            if not _NOT_PAGES & set(inside.parts):
                yield from read(path.read_text("utf-8"), face, str(inside))


def _data() -> Iterator[Said]:
    # The tests of faults run on the code before as well, which had not all of it.
    for name, face in ((name, face) for name, face in DATA.items() if (ROOT / name).exists()):
        wire = json.loads((ROOT / name).read_text("utf-8"))
        for rows in (rows for rows in wire.values() if isinstance(rows, list)):
            for row in rows:
                yield Said(face, name, str(row[-1] if len(row) > 2 else row[0]))
