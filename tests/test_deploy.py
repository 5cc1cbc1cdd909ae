"""The image and the compose file, read as an engine reads them, and each service started alone."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import prepare
from heart_uma.jose import KeySet
from tests import postgres

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parent.parent
SERVICES = {"as": "as_server", "rs": "fhir_rs", "portal": "patient_portal",
            "requester": "requester_app"}  # fmt: skip
SECRET_WORDS = re.compile(r"SECRET|PASSWORD|TOKEN|DATABASE_URL", re.IGNORECASE)


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments), continuation lines joined, comments dropped."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    pairs = [line.strip().partition(" ") for line in lines if line.strip()]
    return [(word, rest.strip()) for word, _, rest in pairs]


def stage(name: str) -> list[tuple[str, str]]:
    found = dockerfile()
    starts = [i for i, (word, rest) in enumerate(found) if word == "FROM"]
    for start, end in zip(starts, [*starts[1:], len(found)], strict=True):
        if found[start][1].endswith(f"AS {name}"):
            return found[start:end]
    raise AssertionError(f"no stage {name}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_an_image_holds_the_shared_packages_and_one_service() -> None:
    copied = [rest.split()[0] for word, rest in [*stage("ground"), *stage("service")]
              if word == "COPY" and "--from" not in rest]  # fmt: skip
    assert copied == ["heart_uma/", "heart_ground/", "heart_ui/", "heart_reading/", "${SERVICE}/"]


def test_the_builder_gets_what_it_copies() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    copied = [rest.split()[0] for word, rest in dockerfile()
              if word == "COPY" and "--from" not in rest]  # fmt: skip
    wanted = {"${SERVICE}/": [*SERVICES.values()]}
    for source in copied:
        for each in wanted.get(source, [source]):
            assert each.rstrip("/") in allowed, each


@pytest.mark.parametrize("name", ["service", "operator"])
def test_an_image_does_not_run_as_root(name: str) -> None:
    users = [rest for word, rest in stage(name) if word == "USER"]
    assert users and users[-1].isdecimal() and int(users[-1]) > 0


def test_an_image_says_whether_it_is_well() -> None:
    assert any(word == "HEALTHCHECK" and "/healthz" in rest for word, rest in stage("service"))


def test_no_secret_is_written_into_an_image() -> None:
    for word, rest in dockerfile():
        assert word != "ADD"
        if word in ("ENV", "ARG", "LABEL"):
            assert not SECRET_WORDS.search(rest), rest
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in ignored and "!deploy" not in ignored and "!tests" not in ignored


def test_only_the_proxy_listens_to_the_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, one in services.items() if one.get("ports")] == ["proxy"]
    assert [name for name, one in services.items() if "outside" in one["networks"]] == ["proxy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["networks"]["storage"] == {"internal": True}
    assert "storage" not in services["proxy"]["networks"]


def test_every_container_is_contained(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one.get("cap_add", []) in ([], ["NET_BIND_SERVICE"]), name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert not one["user"].startswith(("0", "root")), name
        assert one["pids_limit"] and one["mem_limit"] and one["tmpfs"], name
        assert "privileged" not in one and "network_mode" not in one, name


def test_every_long_running_service_is_watched(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert "operator" in one.get("profiles", []) or one["healthcheck"]["test"], name


def test_secrets_are_files_and_only_where_they_are_used(compose: dict[str, Any]) -> None:
    services, declared = compose["services"], compose["secrets"]
    for name, one in services.items():
        for variable, value in one.get("environment", {}).items():
            by_file = variable.endswith("_FILE") and str(value).startswith("/run/secrets/")
            assert by_file or not SECRET_WORDS.search(variable), f"{name}: {variable}"
        assert set(one.get("secrets", [])) <= set(declared), name
    for name in SERVICES:
        assert all(secret.startswith(f"{name}_") for secret in services[name]["secrets"]), name
    used = {secret for one in services.values() for secret in one.get("secrets", [])}
    assert used == set(declared)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_given_settings_that_exist(compose: dict[str, Any], name: str) -> None:
    module = importlib.import_module(f"{SERVICES[name]}.settings")
    known = {
        f"{value.model_config.get('env_prefix', '')}{field.upper()}"
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
        for field in getattr(value, "model_fields", ())
    }
    one = compose["services"][name]
    assert set(one["environment"]) - {"SSL_CERT_FILE"} <= known
    assert one["build"]["args"]["SERVICE"] == SERVICES[name]
    mounted = {secret.upper() for secret in one["secrets"] if not secret.endswith("_keys")}
    assert mounted <= known


def test_preparing_makes_every_file_that_is_mounted(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    arguments = ["--domain", "health.example.org", "--private-authority"]
    arguments += ["--folder", str(tmp_path), "--dotenv", str(tmp_path / ".env")]
    assert prepare.main(arguments) == 0
    files = [entry["file"] for entry in compose["secrets"].values()]
    for one in compose["services"].values():
        mounted = [text.partition(":") for text in one.get("volumes", [])]
        assert all(
            ":ro" in rest for file, _, rest in mounted if file.startswith("./deploy/secrets/")
        )
        files += [file for file, _, _ in mounted if file.startswith("./deploy/secrets/")]
    assert {"./deploy/secrets/authority.crt", "./deploy/secrets/clients.json"} < set(files)
    for file in files:
        path = tmp_path / file.removeprefix("./deploy/")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path.name.endswith("_keys"):
            KeySet.load(path)
    clients = json.loads((tmp_path / "secrets/clients.json").read_text())
    assert clients[0]["redirect_uris"] == ["https://portal.health.example.org/login/return"]
    text = (tmp_path / ".env").read_text()
    assert "HEART_UMA_DOMAIN=health.example.org" in text and "TLS" in text
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert prepare.main(arguments) == 0
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("domain", ["", "nodots", "a b.org", "x.org/..", "-x.org\n"])
def test_a_domain_that_is_none_is_refused(domain: str, tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    arguments = [f"--domain={domain}", f"--folder={tmp_path}", f"--dotenv={dotenv}"]
    assert prepare.main(arguments) == 1
    assert not dotenv.exists()


def test_a_secret_is_read_from_its_mounted_file(tmp_path: Path) -> None:
    from as_server.settings import AsSettings

    (tmp_path / "as_secret").write_text("0123456789 abcdef 0123456789 ABCDEF\n")
    (tmp_path / "as_database_url").write_text("postgresql://heart_as:x@postgres/heart_as")
    read = AsSettings(_secrets_dir=tmp_path)  # type: ignore[call-arg]
    assert read.secret.get_secret_value().endswith("ABCDEF")
    assert read.database_url.startswith("postgresql://heart_as")


@pytest.mark.postgres
def test_each_role_reaches_its_own_database_only(postgres_server: str, tmp_path: Path) -> None:
    import psycopg

    for name in SERVICES:
        (tmp_path / f"{name}_database_password").write_text(f"it's {name}")
    host, _, port = postgres_server.partition("@")[2].partition(":")
    found = postgres.binaries()
    environment = {"PATH": f"{found}:{os.environ['PATH']}", "PGHOST": host, "PGPORT": port,
                   "POSTGRES_USER": "heart", "SECRETS_FOLDER": str(tmp_path)}  # fmt: skip
    script = ROOT / "deploy/postgres/roles.sh"
    done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    own = f"postgresql://heart_as@{host}:{port}"
    with psycopg.connect(f"{own}/heart_as") as connection:
        connection.execute("CREATE TABLE one (id integer)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"{own}/heart_rs")


@pytest.mark.slow
def test_the_proxy_understands_its_configuration(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no Caddy is installed")
    prepare.prepare(tmp_path, "health.example.org")
    version = subprocess.run([caddy, "version"], capture_output=True, text=True).stdout
    older = re.match(r"v?2\.[0-6]\.", version)
    buffers = "buffer_requests" if older else "request_buffers 17MB"
    command = [caddy, "validate", "--adapter", "caddyfile", "--config"]
    for tls in ("", f"tls {tmp_path}/tls_certificate {tmp_path}/tls_key"):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HEART_UMA_TLS": tls,
                       "HEART_UMA_DOMAIN": "health.example.org",
                       "HEART_UMA_BUFFERS": buffers}  # fmt: skip
        done = subprocess.run([*command, ROOT / "deploy/Caddyfile"], env=environment,
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stderr


def start_command(port: int) -> list[str]:
    """The image's own command, with this interpreter and a free port on loopback."""
    command = json.loads(next(rest for word, rest in stage("service") if word == "CMD"))
    assert command[:2] == ["sh", "-c"]
    words = shlex.split(command[2].removeprefix("exec "))
    values = {"${PORT}": str(port), "${WORKERS}": "1", "${THREADS}": "4", "0.0.0.0": "127.0.0.1"}
    words = [values.get(word, word) for word in words]
    # -S: the checkout is installed in this environment, and must not be found from there.
    return [sys.executable, "-S", *words[1:]]


def environment_of(name: str, folder: Path, port: int) -> dict[str, str]:
    KeySet.generate().save(folder / "keys")
    origin, prefix = f"http://localhost:{port}", name.upper()
    own = {
        "as": {"AS_ISSUER": origin},
        "rs": {"RS_BASE_URL": f"{origin}/fhir"},
        "portal": {"PORTAL_URL": origin},
        "requester": {"REQUESTER_URL": origin},
    }[name]
    return own | {
        f"{prefix}_KEY_FILE": str(folder / "keys"),
        f"{prefix}_SECRET": "0123456789 abcdef 0123456789 ABCDEF",
        f"{prefix}_DATABASE_URL": f"sqlite:///{folder}/data.sqlite3",
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_without_the_others(name: str, tmp_path: Path) -> None:
    service, tree = SERVICES[name], tmp_path / "srv"
    for package in ("heart_uma", "heart_ground", "heart_ui", "heart_reading", service):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tree / package, ignore=ignore)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tree}:{sysconfig.get_path('purelib')}",
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment_of(name, tmp_path, port),
    }
    command = [word.replace("${SERVICE}", service) for word in start_command(port)]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=tree, stdout=output,
                                   stderr=output, start_new_session=True)  # fmt: skip
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", process), log.read_text()[-3000:]
        siblings = [
            other for other in (*SERVICES.values(), "operator_tools", "demo") if other != service
        ]
        for other in siblings:
            alone = [sys.executable, "-S", "-c", f"import {other}"]
            assert subprocess.run(alone, env=environment, cwd=tree, capture_output=True).returncode
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=15)


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url, trust_env=False).json() == {"status": "ok"}
        except httpx.HTTPError:
            time.sleep(0.05)
    return False
