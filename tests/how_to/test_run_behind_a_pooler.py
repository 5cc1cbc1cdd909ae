"""run-behind-a-pooler.md: pgbouncer as the page sets it up, a service and a command through it."""

from __future__ import annotations

import pytest

from bench.servers import free_port
from tests import pooler
from tests.demo.conftest import free_port_base
from tests.how_to.pages import Shell, blocks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(pooler.binary() is None, reason="no pgbouncer is installed"),
]


def test_the_page_can_be_followed(own_databases: Shell) -> None:
    shell, port, issuer = own_databases, free_port(), free_port_base()
    (settings,) = blocks("run-behind-a-pooler", "ini")
    users, *_ = blocks("run-behind-a-pooler", "")
    (export,) = blocks("run-behind-a-pooler", "sh")
    host, _, server = shell.variables["LOCAL"].partition(":")
    settings = settings.replace("6432", str(port)).replace("5432", server)
    settings += "unix_socket_dir =\n"
    with pooler.running({"pgbouncer.ini": settings, "userlist.txt": users}, port):
        shell.run(export, {"localhost:6432": f"{host}:{port}"})
        shell.variables["AS_ISSUER"] = f"http://localhost:{issuer}"
        shell.run(
            ".venv/bin/heart-uma keys as.keys.json\n"
            "export AS_KEY_FILE=as.keys.json AS_SECRET=$(openssl rand -hex 32)\n"
            f".venv/bin/heart-uma serve as --port {issuer}\n"
        )
        shell.run(
            'printf %s "$AS_DATABASE_URL" > url\n'
            ".venv/bin/heart-uma account add pat --name Pat --database @url\n"
        )
    accounts = shell.run("psql heart_as -Atc 'select login from account'")
    assert accounts.split() == ["pat"]
