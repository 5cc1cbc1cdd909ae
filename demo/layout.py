"""Where everything of one demo lives: addresses from a port base, files in a data directory."""

from dataclasses import dataclass
from pathlib import Path

from demo.records.elements import CEDAR, HARBOR, HOME
from demo.records.sources import SOURCE_NAMES, SOURCES
from heart_ui.words import N_

DEFAULT_PORT_BASE = 8400
DEFAULT_DATA_DIR = Path(".demo")
_OFFSETS = {"as": 0, CEDAR: 1, "portal": 2, "requester": 3, "stage": 4, HARBOR: 5, HOME: 6}


def default_data_dir(port_base: int) -> Path:
    """Addresses are inside a demo's data: other ports are another demo, with its own folder."""
    if port_base == DEFAULT_PORT_BASE:
        return DEFAULT_DATA_DIR
    return DEFAULT_DATA_DIR.with_name(f"{DEFAULT_DATA_DIR.name}-{port_base}")


@dataclass(frozen=True)
class Layout:
    """One place for the fixed ports and paths, so that a test can move the whole demo."""

    port_base: int = DEFAULT_PORT_BASE
    data_dir: Path = DEFAULT_DATA_DIR

    def port(self, service: str) -> int:
        return self.port_base + _OFFSETS[service]

    def service_at(self, port: int | None) -> str:
        """Who listens there; empty for nobody of this demo."""
        return next((name for name in _OFFSETS if self.port(name) == port), "")

    def origin(self, service: str) -> str:
        return f"http://localhost:{self.port(service)}"

    @property
    def issuer(self) -> str:
        return self.origin("as")

    @property
    def portal(self) -> str:
        return self.origin("portal")

    @property
    def requester(self) -> str:
        return self.origin("requester")

    @property
    def stage(self) -> str:
        return self.origin("stage")

    def fhir_base(self, source: str) -> str:
        return f"{self.origin(source)}/fhir"

    def database(self, service: str) -> str:
        return f"sqlite:///{self.database_file(service)}"

    def database_file(self, service: str) -> Path:
        return self.data_dir.resolve() / f"{service}.sqlite3"

    def key_file(self, service: str) -> Path:
        return self.data_dir.resolve() / f"{service}.keys.json"

    def log_file(self, service: str) -> Path:
        return self.data_dir.resolve() / "logs" / f"{service}.log"

    @property
    def secrets_file(self) -> Path:
        return self.data_dir.resolve() / "secrets.json"

    @property
    def clients_file(self) -> Path:
        return self.data_dir.resolve() / "clients.json"

    @property
    def seed_file(self) -> Path:
        """Written last when seeding: its presence says that the databases are whole."""
        return self.data_dir.resolve() / "seed.json"

    @property
    def started_again_file(self) -> Path:
        """Which services stopped in this run and when each was started again: for the stage."""
        return self.data_dir.resolve() / "started_again.json"

    @property
    def lock_file(self) -> Path:
        return self.data_dir.resolve() / "demo.lock"

    @property
    def services(self) -> tuple[str, ...]:
        """In the order the table shows them; each is one process."""
        return ("as", *SOURCES, "portal", "requester", "stage")

    def title(self, service: str) -> str:
        return _TITLES.get(service) or SOURCE_NAMES[service]


_TITLES = {
    "as": N_("Sharing service"),
    "portal": N_("Patient portal"),
    "requester": N_("Clinic app"),
    "stage": N_("Demo stage"),
}
