"""More owners in a scene, each with a record, rules and a protector of her own.

With one owner every request would wait for the same rows: a benchmark of a queue. Operators and
owners do what they always do; nothing is written behind a service's back.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from as_server import db
from as_server.models import account
from as_server.settings import AsSettings
from as_server.signing_in.passwords import Passwords
from bench import patients
from bench.owners import Owner, settled
from bench.scene import Scene
from bench.tools import import_one
from demo.cast import PASSWORD
from demo.records.elements import CEDAR
from heart_ground import orm

OBSERVATIONS = 20
"""In the record of each owner but the first."""
AT_A_TIME = 4
"""Owners who set themselves up at the same time."""


def gather(scene: Scene, owners: int) -> None:
    """Let the scene have `owners` in all, and the doctor an RPT for the record of each."""
    logins = [f"owner-{number}" for number in range(1, owners)]
    _add_accounts(scene, logins)
    codes = [_imported(scene, number) for number in range(1, owners)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        scene.owners += pool.map(partial(_settled, scene), range(1, owners), logins, codes)
    scene.take_rpt()


def _imported(scene: Scene, number: int) -> tuple[str, str]:
    """A record of the clinic, and the code that says whose it is."""
    file = scene.place.data_dir / f"patient-{number}.json"
    patients.write_measured_patient(file, number, OBSERVATIONS)
    found = import_one(scene.place.database(CEDAR), file, identity_copy=False)
    return found.record, found.code


def _settled(scene: Scene, number: int, login: str, imported: tuple[str, str]) -> Owner:
    record, code = imported
    return settled(
        scene.http,
        scene.place,
        login,
        record=record,
        code=code,
        observations=patients.observation_ids(number, OBSERVATIONS),
        now=scene.now(),
    )


def _add_accounts(scene: Scene, logins: list[str]) -> None:
    url = scene.place.database("as")
    settings = AsSettings(database_url=url, secret=scene.secrets["as"], argon2_memory_kib=64)  # type: ignore[arg-type]
    hashed, engine = Passwords(settings).hash(PASSWORD), db.make_engine(url)
    with orm.writing(engine) as session:
        for login in logins:
            account.create(
                session,
                login=login,
                password_hash=hashed,
                name=f"Owner {login}",
                created_at=int(datetime.now(UTC).timestamp()),
            )
    engine.dispose()
