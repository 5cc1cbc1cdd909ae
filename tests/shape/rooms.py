"""Who imports whom: the folders of a service are its rooms, type imports are seen too.

A file at the top of a service is a room of its own when circles are looked for, since a folder
hides nothing there.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.shape.sizes import ROOT, modules


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(package: str) -> dict[str, set[str]]:
    """Each module of `package` and the modules of it that it imports, wherever it does."""
    named = {name_of(path): path for path in modules(package)}
    found: dict[str, set[str]] = {}
    for name, path in named.items():
        used: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                used |= (whole & named.keys()) or {node.module}
        found[name] = (used & named.keys()) - {name}
    return found


def room_of(module: str) -> str:
    """`as_server.grants.rpt` is in `as_server.grants`, `as_server.db` stands for itself."""
    parts = module.split(".")
    return ".".join(parts[:2])


def between_rooms(package: str) -> dict[str, set[str]]:
    """The rooms of a package and the rooms that they use."""
    found: dict[str, set[str]] = {}
    for module, used in imports(package).items():
        room = room_of(module)
        found.setdefault(room, set()).update(map(room_of, used))
    return {room: used - {room, package} for room, used in found.items()}


def folders(package: str) -> list[str]:
    """The rooms that are folders with code."""
    inside = {path.parent for path in modules(package) if path.name != "__init__.py"}
    return sorted(str(path.relative_to(ROOT)) for path in inside if path != ROOT / package)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The sets of two or more that reach one another (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(one: str) -> None:
        order[one] = low[one] = len(order)
        stack.append(one)
        for other in sorted(graph.get(one, ())):
            if other not in order:
                visit(other)
                low[one] = min(low[one], low[other])
            elif other in stack:
                low[one] = min(low[one], order[other])
        if low[one] == order[one]:
            at = stack.index(one)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for one in sorted(graph):
        if one not in order:
            visit(one)
    return found
