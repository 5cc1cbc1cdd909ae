"""How long files and functions are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("as_server", "fhir_rs", "patient_portal", "requester_app")
PACKAGES = ("heart_uma", "heart_ground", "heart_ui", "heart_reading", *SERVICES)


def modules(*packages: str) -> Iterator[Path]:
    """The modules of these packages; migrations are history, and nobody edits history."""
    for package in packages:
        folder = ROOT / package
        yield from (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def rooms_only(paths: Sequence[Path]) -> list[Path]:
    """Without the files that only say what their folder is."""
    return [path for path in paths if path.name != "__init__.py"]


def of(package: str) -> tuple[int, float, int, str]:
    """Files, the median of their lines, the most lines, and the file that has them."""
    sized = [(lines(path), path) for path in rooms_only(list(modules(package)))]
    most, longest = max(sized)
    return len(sized), median(size for size, _ in sized), most, str(longest.relative_to(ROOT))


def functions(package: str) -> list[tuple[int, str]]:
    """The lines of each function without its docstring, the longest first."""
    found = []
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                documented = ast.get_docstring(node) is not None and len(node.body) > 1
                first = node.body[1 if documented else 0]
                length = (node.end_lineno or first.lineno) - first.lineno + 1
                found.append((length, f"{path.relative_to(ROOT)}:{node.name}"))
    return sorted(found, reverse=True)
