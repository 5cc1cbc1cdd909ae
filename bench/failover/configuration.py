"""What Patroni is told of one of the two servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def configuration(
    name: str, folder: Path, port: int, rest: int, etcd: int, ttl: int, binaries: Path | None
) -> dict[str, Any]:
    """A change is acknowledged once it is on both disks (`synchronous_mode`); the primary's place
    is free `ttl` seconds after its last word."""
    return {
        "scope": "heart",
        "name": name,
        "restapi": {"listen": f"127.0.0.1:{rest}", "connect_address": f"127.0.0.1:{rest}"},
        "etcd": {"host": f"127.0.0.1:{etcd}"},
        "bootstrap": {
            "dcs": {
                "ttl": ttl,
                "loop_wait": max(1, ttl // 6),
                "retry_timeout": max(3, ttl // 3),
                "synchronous_mode": True,
                "postgresql": {
                    "use_pg_rewind": True,
                    "parameters": {"max_connections": 200, "synchronous_commit": "on",
                                   "wal_log_hints": "on"},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
        },
        "postgresql": {
            "listen": f"127.0.0.1:{port}",
            "connect_address": f"127.0.0.1:{port}",
            "data_dir": str(folder / "data"),
            "bin_dir": str(binaries),
            "pgpass": str(folder / "pgpass"),
            "authentication": {
                "superuser": {"username": "heart", "password": "not asked for"},
                "replication": {"username": "copy", "password": "not asked for"},
            },
            "parameters": {"unix_socket_directories": str(folder)},
            # One machine, loopback only: nothing here is worth a password.
            "pg_hba": ["local all all trust", "host all all 127.0.0.1/32 trust",
                       "host replication all 127.0.0.1/32 trust"],
        },
    }  # fmt: skip
