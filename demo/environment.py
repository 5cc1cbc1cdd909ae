"""The settings each service of the demo starts with, as environment variables."""

from collections.abc import Mapping

from demo.layout import Layout
from demo.records.sources import SOURCE_NAMES, SOURCES
from operator_tools.serving import SERVICES

PREFIXES = ("AS_", "RS_", "PORTAL_", "REQUESTER_", "STAGE_", "CAPTURE_")
TARGETS = {
    **{name: SERVICES[name] for name in ("as", "portal", "requester")},
    **dict.fromkeys(SOURCES, SERVICES["rs"]),
    "stage": "demo.stage:create_app",
}


def environment(
    service: str, layout: Layout, secrets: Mapping[str, str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """What the child sees; settings left in the caller's shell must not reach it."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(PREFIXES)}
    return kept | settings_of(service, layout, secrets) | _heard(service, layout, secrets)


def _heard(service: str, layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    """Where it tells the stage what crossed its edge; the stage itself knows by whom."""
    if service == "stage":
        return {"STAGE_SECRET": secrets["stage"]}
    return {
        "CAPTURE_SERVICE": service,
        "CAPTURE_STAGE": layout.stage,
        "CAPTURE_SECRET": secrets["stage"],
        "CAPTURE_ISSUER": layout.issuer,
    }


def settings_of(service: str, layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    if service == "as":
        return _authorization_server(layout, secrets)
    if service in SOURCES:
        return _resource_server(service, layout, secrets)
    if service == "portal":
        return _app("PORTAL", "portal", layout, secrets) | {
            "PORTAL_REQUESTER_URL": layout.requester,
            "PORTAL_CLINICS": ",".join(f"{SOURCE_NAMES[s]}={layout.origin(s)}" for s in SOURCES),
        }
    if service == "requester":
        return _app("REQUESTER", "requester", layout, secrets)
    return {"STAGE_DATA_DIR": str(layout.data_dir), "STAGE_PORT_BASE": str(layout.port_base)}


def _authorization_server(layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "AS_ISSUER": layout.issuer,
        "AS_DATABASE_URL": layout.database("as"),
        "AS_KEY_FILE": str(layout.key_file("as")),
        "AS_SECRET": secrets["as"],
        "AS_DEMO_MODE": "true",
        "AS_CLIENTS_FILE": str(layout.clients_file),
        "AS_PORTAL_URL": layout.portal,
        # The demo's one password is printed on its first page: a slow hash would protect nothing.
        "AS_ARGON2_TIME_COST": "1",
        "AS_ARGON2_MEMORY_KIB": "64",
    }


def _resource_server(source: str, layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "RS_BASE_URL": layout.fhir_base(source),
        "RS_NAME": SOURCE_NAMES[source],
        "RS_DATABASE_URL": layout.database(source),
        "RS_KEY_FILE": str(layout.key_file(source)),
        "RS_SECRET": secrets[source],
        "RS_TRUSTED_AS": layout.issuer,
        "RS_DATABASE_PUT_BACK": "true",
    }


def _app(prefix: str, service: str, layout: Layout, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        f"{prefix}_URL": layout.origin(service),
        f"{prefix}_AS_ISSUER": layout.issuer,
        f"{prefix}_CLIENT_ID": service,
        f"{prefix}_KEY_FILE": str(layout.key_file(service)),
        f"{prefix}_SECRET": secrets[service],
        f"{prefix}_DATABASE_URL": layout.database(service),
        f"{prefix}_DEMO_MODE": "true",
    }
