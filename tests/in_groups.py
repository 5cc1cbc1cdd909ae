"""Which tests stay together when several processes share them, and in which order they run.

A file is a group: what its tests build once for all of them is built once, and who hands the work
out has less to do. The browser stories are two groups, of a house each: a third house would only
cost its start. Groups of long tests come first, so that nobody waits for one at the end; the runs
on PostgreSQL come last, since they ask what the suites asked before them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ON_POSTGRESQL = Path(__file__).resolve().parent / "test_postgres.py"

FIRST_HOUSE = frozenset({"test_every_page.py", "test_share.py", "test_ask.py"})
"""Half of what the browser stories take."""


def begin(config: pytest.Config) -> None:
    """Called when pytest is configured: groups go out in the order they have here."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def ordered(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests, group by group; each that has no group yet is in that of its file."""
    groups: dict[str, list[pytest.Item]] = {}
    shared = any(item.config.pluginmanager.hasplugin("xdist") for item in items[:1])
    for item in items:
        marked = item.get_closest_marker("xdist_group")
        name = str(marked.args[0]) if marked else _group(item)
        if shared and not marked:
            item.add_marker(pytest.mark.xdist_group(name))
        groups.setdefault(name, []).append(item)
    return [item for group in sorted(groups.values(), key=_turn) for item in group]


def _group(item: pytest.Item) -> str:
    if item.path == ON_POSTGRESQL:
        return item.name  # each is a whole run of its own
    if item.path.parent == ON_POSTGRESQL.parent / "e2e":
        return f"e2e {int(item.path.name not in FIRST_HOUSE)}"
    return item.nodeid.partition("::")[0]


def _turn(group: list[pytest.Item]) -> tuple[bool, int]:
    """Last what runs on PostgreSQL; else by how many slow tests there are."""
    slow = sum(item.get_closest_marker("slow") is not None for item in group)
    return group[0].path == ON_POSTGRESQL, -slow
