"""`python -m deploy.prepare`: keys, secrets and `.env` for docker-compose.yml, made once (0600).

It is safe to run twice: what is there stays. Nothing is printed but file names.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import authority
from heart_uma.jose import KeySet
from operator_tools.keys import static_clients, write_private

HERE = Path(__file__).resolve().parent
IMAGE_USER = 10001
SERVICES = ("as", "rs", "portal", "requester")
DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.ASCII)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if not DOMAIN.fullmatch(options.domain):
        print(f"{options.domain} is not a domain name such as health.example.org.", file=sys.stderr)
        return 1
    folder: Path = options.folder
    (folder / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("proxy-data", "proxy-config"):
        (folder / "state" / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    made = prepare(folder / "secrets", options.domain)
    made += _write_dotenv(options.dotenv, options.domain, private=options.private_authority)
    _give_to_images(folder)
    print("\n".join(f"wrote {name}" for name in made) or "Everything is there already.")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m deploy.prepare", description=__doc__)
    found.add_argument("--domain", required=True, help="the services become as.DOMAIN, rs.DOMAIN …")
    found.add_argument(
        "--private-authority",
        action="store_true",
        help="certificates of an authority of your own, for a trial (deploy/secrets/authority.crt)",
    )
    found.add_argument("--folder", type=Path, default=HERE, help=argparse.SUPPRESS)
    found.add_argument("--dotenv", type=Path, default=HERE.parent / ".env", help=argparse.SUPPRESS)
    return found


def prepare(folder: Path, domain: str) -> list[str]:
    """Every file that docker-compose.yml mounts; the names of those that were not there yet."""
    made: list[str] = []

    def once(name: str, text: str) -> str:
        path = folder / name
        if not path.exists():
            write_private(path, text)
            made.append(name)
        return path.read_text("utf-8")

    once("postgres_password", secrets.token_urlsafe(32))
    for service in SERVICES:
        password = once(f"{service}_database_password", secrets.token_urlsafe(32))
        role = f"heart_{service}"
        once(f"{service}_database_url", f"postgresql://{role}:{password}@postgres/{role}")
        once(f"{service}_secret", secrets.token_urlsafe(48))
        if not (folder / f"{service}_keys").exists():
            KeySet.generate().save(folder / f"{service}_keys")
            made.append(f"{service}_keys")
    apps = {name: KeySet.load(folder / f"{name}_keys") for name in ("portal", "requester")}
    clients = static_clients(f"https://portal.{domain}", f"https://requester.{domain}", apps)
    once("clients.json", json.dumps(clients, indent=1))
    if not (folder / "authority.crt").exists():
        issued = authority.issue([f"{service}.{domain}" for service in SERVICES])
        once("tls_key", issued.key)
        once("tls_certificate", issued.certificate)
        once("authority.crt", issued.authority)
    return made


def _write_dotenv(path: Path, domain: str, *, private: bool) -> list[str]:
    """What compose reads: no secret is in it."""
    if path.exists():
        return []
    root = os.geteuid() == 0
    user, group = (IMAGE_USER, IMAGE_USER) if root else (os.geteuid(), os.getegid())
    lines = [f"HEART_UMA_DOMAIN={domain}", f"HEART_UMA_UID={user}", f"HEART_UMA_GID={group}"]
    if private:
        lines.append('HEART_UMA_TLS="tls /run/secrets/tls_certificate /run/secrets/tls_key"')
        lines.append("HEART_UMA_CA_FILE=/run/settings/authority.crt")
    write_private(path, "\n".join(lines) + "\n")
    return [path.name]


def _give_to_images(folder: Path) -> None:
    """As root, hand the files to the user of the images; else the images run as who made them."""
    if os.geteuid() == 0:
        for name in ("secrets", "state"):
            for path in (folder / name, *(folder / name).iterdir()):
                os.chown(path, IMAGE_USER, IMAGE_USER)


if __name__ == "__main__":
    sys.exit(main())
