"""run-on-postgresql.md: roles and databases as the page makes them, and a service on its own."""

from __future__ import annotations

import pytest

from tests.demo.conftest import free_port_base
from tests.how_to.pages import Shell, blocks

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def test_the_page_can_be_followed(own_databases: Shell) -> None:
    _, export, *_ = blocks("run-on-postgresql", "sh")
    own_databases.run(export, {"localhost": own_databases.variables["LOCAL"]})
    port = str(free_port_base())
    own_databases.variables["AS_ISSUER"] = f"http://localhost:{port}"
    start = (
        ".venv/bin/heart-uma keys as.keys.json\n"
        "export AS_KEY_FILE=as.keys.json AS_SECRET=$(openssl rand -hex 32)\n"
        f".venv/bin/heart-uma serve as --port {port}\n"
    )
    own_databases.run(start)
    tables = own_databases.run(
        "psql heart_as -Atc \"select count(*) from pg_tables where schemaname='public'\""
    )
    assert int(tables) > 10
