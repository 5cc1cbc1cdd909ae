"""run-on-postgresql.md: roles and databases as the page makes them, and a service on its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.demo.conftest import free_port_base
from tests.how_to.pages import Shell, blocks

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def shell(postgres_server: str, tmp_path: Path) -> Iterator[Shell]:
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
    yield found
    found.close()


def test_the_page_can_be_followed(shell: Shell) -> None:
    make, export, *_ = blocks("run-on-postgresql", "sh")
    drop = "".join(f"dropdb --if-exists heart_{one}; dropuser --if-exists heart_{one}\n"
                   for one in ("as", "rs", "portal", "requester"))  # fmt: skip
    path = f"export PATH={shell.folder}:{postgres.binaries()}:$PATH\n"
    shell.run(path + drop + make)
    shell.run(export, {"localhost": shell.variables["LOCAL"]})
    port = str(free_port_base())
    shell.variables["AS_ISSUER"] = f"http://localhost:{port}"
    start = (
        ".venv/bin/heart-uma keys as.keys.json\n"
        "export AS_KEY_FILE=as.keys.json AS_SECRET=$(openssl rand -hex 32)\n"
        f".venv/bin/heart-uma serve as --port {port}\n"
    )
    shell.run(start)
    tables = shell.run(
        "psql heart_as -Atc \"select count(*) from pg_tables where schemaname='public'\""
    )
    assert int(tables) > 10
