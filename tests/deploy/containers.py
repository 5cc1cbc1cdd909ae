"""A copy of the deployment that an engine runs: its commands, its names, its log.

`HEART_UMA_COMPOSE` is the command (`docker compose` without it, or for instance
`podman-compose --in-pod false`); `HEART_UMA_IMAGES=there` leaves out building the images.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from demo.records.sources import bundle
from deploy import prepare
from tests.how_to.pages import commands

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "health.localhost"
SERVICES = ("as", "rs", "portal", "requester")
COMPOSE = shlex.split(os.environ.get("HEART_UMA_COMPOSE", "docker compose"))
IMAGES_ARE_THERE = os.environ.get("HEART_UMA_IMAGES") == "there"
COPIED = ("docker-compose.yml", "Dockerfile", ".dockerignore", "requirements.txt", "deploy",
          "heart_uma", "heart_ground", "heart_ui", "heart_reading", "as_server", "fhir_rs",
          "patient_portal", "requester_app", "operator_tools")  # fmt: skip
LONGEST = 1800.0


def as_the_page_says(start: str) -> list[str]:
    """The words of a command of deploy-with-containers.md, for the domain of this trial."""
    (found,) = [one for one in commands("deploy-with-containers") if one.startswith(start)]
    return shlex.split(found.removeprefix(start).replace("health.example.org", DOMAIN))


def why_not() -> str | None:
    """Why containers cannot be run here; None where they can."""
    try:
        done = subprocess.run([*COMPOSE, "ps"], cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, "HEART_UMA_DOMAIN": DOMAIN})  # fmt: skip
    except OSError as problem:
        return f"{COMPOSE[0]}: {problem.strerror}"
    lines = done.stderr.strip().splitlines() or ["no engine answers"]
    return None if done.returncode == 0 else f"{shlex.join(COMPOSE)}: {lines[-1]}"


class ToTheProxy(httpx.HTTPTransport):
    """Every name leads to this machine; the certificate is still checked for the name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        return super().handle_request(sent)


@dataclass
class Deployment:
    """One copy of the deployment, in a folder and under a project name of its own."""

    folder: Path
    figures: dict[str, float] = field(default_factory=dict)

    def lay_out(self) -> None:
        """The files that an operator has after `deploy.prepare`, and a bundle to import."""
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "secrets", "state", "import")
                shutil.copytree(source, self.folder / name, ignore=left_out)
            else:
                shutil.copy(source, self.folder / name)
        arguments = as_the_page_says(".venv/bin/python -m deploy.prepare")
        arguments += ["--private-authority", "--folder", str(self.folder / "deploy")]
        assert prepare.main([*arguments, "--dotenv", str(self.folder / ".env")]) == 0
        (self.folder / "deploy/import").mkdir()
        text = json.dumps(bundle("cedar", datetime.now(UTC).date()))
        (self.folder / "deploy/import/bundle.json").write_text(text)

    def compose(self, *words: str, typed: str = "") -> str:
        """A compose command; what it printed."""
        done = subprocess.run([*COMPOSE, "-p", "heart-uma-trial", *words], cwd=self.folder,
                              input=typed, capture_output=True, text=True,
                              timeout=LONGEST)  # fmt: skip
        assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def operator(self, page: str, typed: str = "") -> str:
        """A command of the operator's image: the one of the page that begins with `page`."""
        start = f"docker compose run --rm operator {page} "
        return self.run_operator(*page.split(), *as_the_page_says(start), typed=typed)

    def run_operator(self, *words: str, typed: str = "") -> str:
        run = ("--profile", "operator", "run", "--rm", "-T", "operator")
        return self.compose(*run, *words, typed=typed)

    def up(self) -> None:
        words = as_the_page_says("docker compose up")
        if IMAGES_ARE_THERE:
            words = ["--no-build" if word == "--build" else word for word in words]
        self.compose("up", *words)

    def log(self, service: str) -> str:
        """What a service wrote, on both streams."""
        done = subprocess.run([*COMPOSE, "-p", "heart-uma-trial", "logs", service],
                              cwd=self.folder, capture_output=True, text=True)  # fmt: skip
        return done.stdout + done.stderr

    def client(self) -> httpx.Client:
        """A client of the world outside that trusts this deployment's authority, and no other."""
        trusted = ssl.create_default_context(
            cafile=str(self.folder / "deploy/secrets/authority.crt")
        )
        return httpx.Client(transport=ToTheProxy(verify=trusted), timeout=30)

    def address(self, service: str) -> str:
        return f"https://{service}.{DOMAIN}"

    def wait_ready(self, services: tuple[str, ...] = SERVICES, seconds: float = 240) -> float:
        """Until each answers `/readyz` with 200 through the proxy; the seconds it took."""
        began, waiting = time.monotonic(), list(services)
        with self.client() as http:
            while waiting:
                waiting = [name for name in waiting if not self._is_ready(http, name)]
                late = time.monotonic() - began > seconds
                assert not late, (waiting, self.log(waiting[0])[-4000:], self.log("proxy")[-2000:])
                time.sleep(0.5 if waiting else 0)
        return time.monotonic() - began

    def _is_ready(self, http: httpx.Client, service: str) -> bool:
        try:
            return http.get(f"{self.address(service)}/readyz").status_code == 200
        except httpx.HTTPError:
            return False
