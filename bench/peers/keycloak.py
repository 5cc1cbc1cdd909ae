"""A Keycloak of the machine's own, started and stopped, and its administration by its own API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from heart_uma.jose import KeySet

HOME = "KEYCLOAK_HOME"
"""The environment variable that names the folder of an unpacked distribution."""
REALM, ADMIN, PASSWORD = "clinic", "admin", "a-password-for-this-run-only"
PATIENCE = 240


def why_not() -> str:
    """Why there is no Keycloak to run; empty when there is one."""
    if shutil.which("java") is None:
        return "no Java is installed"
    home = os.environ.get(HOME, "")
    if not (Path(home) / "bin" / "kc.sh").is_file():
        return f"{HOME} names no unpacked Keycloak distribution"
    return ""


@dataclass
class Keycloak:
    """One realm as it is made by default, with the verbs of its administrator."""

    base: str
    http: httpx.Client
    process: subprocess.Popen[bytes]

    @property
    def issuer(self) -> str:
        return f"{self.base}/realms/{REALM}"

    def admin(self, method: str, path: str, body: Any = None) -> httpx.Response:
        form = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": ADMIN,
            "password": PASSWORD,
        }
        signed_in = self.http.post(
            f"{self.base}/realms/master/protocol/openid-connect/token", data=form
        )
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        answer = self.http.request(
            method, f"{self.base}/admin/realms{path}", json=body, headers=headers
        )
        assert answer.status_code < 300, answer.text
        return answer

    def add_client(self, client_id: str, keys: KeySet, redirect_uri: str) -> None:
        """A confidential client that proves itself with private_key_jwt."""
        attributes = {
            "use.jwks.string": "true",
            "jwks.string": json.dumps(keys.public_jwks()),
            "token.endpoint.auth.signing.alg": keys.signing_key.algorithms[0],
        }
        client = {
            "clientId": client_id,
            "redirectUris": [redirect_uri],
            "clientAuthenticatorType": "client-jwt",
            "attributes": attributes,
        }
        self.admin("POST", f"/{REALM}/clients", client)

    def add_person(self, login: str, name: str) -> None:
        first, last = name.split()
        person = {
            "username": login,
            "enabled": True,
            "firstName": first,
            "lastName": last,
            "email": f"{login}@example.org",
            "emailVerified": True,
            "credentials": [{"type": "password", "value": "demo", "temporary": False}],
        }
        self.admin("POST", f"/{REALM}/users", person)

    def let_anybody_register(self) -> None:
        """Lift the policies that a default realm has for registration from outside."""
        kind = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy"
        for policy in self.admin("GET", f"/{REALM}/components?type={kind}").json():
            if policy["subType"] == "anonymous":
                self.admin("DELETE", f"/{REALM}/components/{policy['id']}")

    def rotate_keys(self) -> None:
        """A new signing key that is preferred to the old one."""
        realm = self.admin("GET", f"/{REALM}").json()["id"]
        provider = {
            "name": f"newer-{time.monotonic_ns()}",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm,
            "config": {"priority": [str(time.monotonic_ns() // 1_000_000)], "keySize": ["2048"]},
        }
        self.admin("POST", f"/{REALM}/components", provider)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


FOR_A_TEST = ("start-dev", "--db=dev-mem")
FOR_WORK = ("start", "--db=dev-file", "--http-enabled=true")
"""As an operator starts it, but for the database and for TLS, which a proxy ends."""


@contextmanager
def running(folder: Path, mode: Sequence[str] = FOR_A_TEST) -> Iterator[Keycloak]:
    """Start it on loopback, make the realm, stop it at the end; `folder` gets log and data."""
    port = _free_port()
    base = f"http://localhost:{port}"
    command = [str(Path(os.environ[HOME]) / "bin" / "kc.sh"), mode[0]]
    command += ["--http-host=127.0.0.1", f"--http-port={port}", f"--hostname={base}"]
    command += ["--cache=local", *mode[1:]]
    environment = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
        "KC_DB_URL_PATH": str(folder),
    }
    with (folder / "keycloak.log").open("wb") as log, httpx.Client(timeout=60) as http:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            keycloak = Keycloak(base, http, process)
            _wait(keycloak, folder / "keycloak.log")
            keycloak.admin("POST", "", {"realm": REALM, "enabled": True})
            yield keycloak
        finally:
            process.terminate()
            process.wait(60)


def _wait(keycloak: Keycloak, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if keycloak.http.get(f"{keycloak.base}/realms/master").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert keycloak.process.poll() is None, log.read_text(errors="replace")[-2000:]
        time.sleep(1)
    raise AssertionError("Keycloak does not answer: " + log.read_text(errors="replace")[-2000:])
