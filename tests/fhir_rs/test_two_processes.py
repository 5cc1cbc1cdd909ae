"""What must hold between processes: one audit chain, one refresh of a PAT."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from fhir_rs.db import make_engine
from fhir_rs.verification.audit import verify
from heart_uma.jose import KeySet
from tests.conftest import Clock
from tests.fhir_rs.fake_as import BASE, ISSUER, FakeAs
from tests.fhir_rs.protected import Protected, add_records, link_record, start

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

_APPEND = """
import sys
from datetime import UTC, datetime
from fhir_rs.audit.log import AuditLog
from fhir_rs.db import make_engine
from fhir_rs.verification.audit import verify
from heart_uma.jose import KeySet
from tests.fhir_rs.audit.drafts import draft
log = AuditLog(make_engine(sys.argv[1]), KeySet.load(sys.argv[2]), sys.argv[3],
               lambda: datetime.now(UTC))
for number in range(60):
    log.append(draft(number))
"""
_RENEW = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import httpx
from pydantic import SecretStr
from fhir_rs.app import create_app
from fhir_rs.db import reading
from fhir_rs.models import link as links
from fhir_rs.protection import pat
from fhir_rs.settings import Settings
database, keys, base, issuer, port, record = sys.argv[1:]

class Wire(httpx.HTTPTransport):
    def handle_request(self, request):
        request.url = request.url.copy_with(host="127.0.0.1", port=int(port))
        return super().handle_request(request)

# A loaded machine may be slow; what is under test is who refreshes, not how fast.
pat.WAIT_SECONDS, pat.LEASE_SECONDS = 60.0, 120
settings = Settings(base_url=base, database_url=database, key_file=Path(keys),
                    secret=SecretStr("a secret that is long enough for tests"),
                    trusted_as=(issuer,))
app = create_app(settings, http=httpx.Client(transport=Wire(), timeout=10))
with reading(app.engine) as connection:
    before = links.find(connection, record)
print("ready", flush=True)
sys.stdin.readline()
print(app.pats.renewed(before, int(app.clock().timestamp())).tokens)
"""


def run(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def database(site: Protected) -> str:
    """Where its database really is, for another process."""
    return site.app.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def shared(tmp_path: Path, clock: Clock) -> Iterator[Protected]:
    fake = FakeAs(clock)
    app = start(tmp_path, clock, fake, database_url=f"sqlite:///{tmp_path}/rs.db")
    add_records(app)
    link_record(app, fake)
    yield Protected(app, fake, clock)
    app.engine.dispose()


@pytest.mark.attack("F-12")
def test_two_processes_write_one_audit_chain(tmp_path: Path, shared: Protected) -> None:
    settings = shared.app.settings
    writers = [run(_APPEND, database(shared), settings.key_file, BASE) for _ in range(2)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    entries = shared.audited()
    assert [entry.seq for entry in entries] == list(range(1, 121))
    keys = KeySet.load(settings.key_file)
    engine = make_engine(settings.database_url)
    assert verify(engine, keys, BASE, datetime.now(UTC)) == []
    engine.dispose()


@pytest.mark.spec("F-26")
def test_two_processes_renew_a_pat_once(shared: Protected) -> None:
    settings, fake = shared.app.settings, shared.fake
    server = make_server("127.0.0.1", 0, fake.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    record = shared.link().record
    arguments = (database(shared), settings.key_file, BASE, ISSUER, server.port, record)
    processes = [run(_RENEW, *arguments) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    found = set()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        found.add(output.strip())
    server.shutdown()
    assert len(found) == 1 and not fake.family_dead
    assert shared.link().connected
