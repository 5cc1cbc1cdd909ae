"""The rooms of the resource server: arguments instead of globals, and no way round in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import fhir_rs

ROOT = Path(fhir_rs.__file__).parent
HERE_THE_REQUEST_IS_KNOWN = ("app", "context", "endpoints")
GLOBALS = {"g", "request", "session", "current_app", "request_ctx", "app_ctx"}


def modules() -> dict[str, ast.Module]:
    """Every module of the package by its name, parsed."""
    return {
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"):
        ast.parse(path.read_text())
        for path in sorted(ROOT.rglob("*.py"))
    }  # fmt: skip


def imported(tree: ast.Module) -> Iterator[str]:
    """Everything that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_below_the_endpoints_nobody_asks_the_framework_what_runs() -> None:
    hidden = {f"flask.{name}" for name in GLOBALS} | {f"flask.globals.{name}" for name in GLOBALS}
    found = [
        (name, what)
        for name, tree in modules().items()
        if name.split(".")[1:2] and name.split(".")[1] not in HERE_THE_REQUEST_IS_KNOWN
        for what in imported(tree)
        if what in hidden
    ]
    assert found == []


def test_no_import_is_for_types_only() -> None:
    """Such an import would hide an arrow from whoever draws them."""
    found = [name for name, tree in modules().items() if "typing.TYPE_CHECKING" in imported(tree)]
    assert found == []


def test_no_module_is_reached_from_itself() -> None:
    known = modules()
    arrows = {
        name: {
            what if what in known else what.rpartition(".")[0]
            for what in imported(tree)
            if what.startswith("fhir_rs.")
        }
        & set(known)
        for name, tree in known.items()
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        raise AssertionError(error.args[1]) from error
