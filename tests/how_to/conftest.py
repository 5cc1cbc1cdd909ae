"""A shell for pages about PostgreSQL, with the roles and databases that the first of them makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.how_to.pages import Shell, blocks


@pytest.fixture
def own_databases(postgres_server: str, tmp_path: Path) -> Iterator[Shell]:
    """The server trusts who connects to it, so `--pwprompt` has nobody to ask."""
    host, _, port = postgres_server.partition("@")[2].partition(":")
    found = Shell(tmp_path, variables={"PGHOST": host, "PGPORT": port, "PGUSER": "heart",
                                       "LOCAL": f"{host}:{port}"})  # fmt: skip
    for name in ("createuser", "createdb"):
        script = tmp_path / name
        real = Path(str(postgres.binaries())) / name
        script.write_text(f'#!/bin/sh\nfor w; do shift; [ "$w" = --pwprompt ] || set -- "$@" "$w"; '
                          f'done\nexec {real} "$@"\n')  # fmt: skip
        script.chmod(0o755)
    make, *_ = blocks("run-on-postgresql", "sh")
    drop = "".join(f"dropdb --if-exists heart_{one}; dropuser --if-exists heart_{one}\n"
                   for one in ("as", "rs", "portal", "requester"))  # fmt: skip
    path = f"export PATH={found.folder}:{postgres.binaries()}:$PATH\n"
    found.run(path + drop + make)
    yield found
    found.close()
