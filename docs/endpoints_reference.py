"""`docs/reference/endpoints.md`: every address of the two servers, and the file that answers it.

The operations come from the tables behind `/openapi.json`, which tests hold against the routes.
The files come from the blueprints themselves.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from flask import Blueprint, Flask

import as_server.app
from as_server import openapi_table
from as_server.endpoints.discovery import PATHS
from docs.tables import WRITTEN, code, table
from fhir_rs import routes as rs_routes
from fhir_rs.answers.described import Route, written

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/endpoints.md"
_SPECIFICATION = re.compile(
    r"\b(?:RFC [0-9]+(?: [0-9.]+)?|Grant(?: [0-9.]+)?|FedAuthz(?: [0-9.]+)?"
    r"|OIDC (?:Core|Discovery)(?: [0-9.]+)?|RP-Initiated Logout|FHIR R4 [\w/$.]+(?: [0-9.]+[0-9])?"
    r"|SMART App Launch 2\.2)"
)
_BASE = "/base"
_PAT_OR_KEY = "PAT, or the server's own key"
_AS_AUTH = {
    None: "",
    openapi_table.PAT: "PAT",
    openapi_table.POLICY: "token with `uma_policy`",
    openapi_table.OPENID: "token with `openid`",
    openapi_table.CLIENT: "client assertion",
}
_RS_AUTH = {
    "rpt": "RPT, or the owner's token",
    "owner": "the owner's token",
    "bearer": "refused: Bearer challenge",
    "none": "",
}
_INTRO = """
`make demo` serves the authorization server at <http://localhost:8400> and the first resource server
at <http://localhost:8401>. The same tables as OpenAPI 3.1: `/openapi.json` of each server.

An owner's own token (scope `owner`) opens every address that an RPT opens, and shows everything.
`HEAD` answers wherever `GET` does.
"""
_PLAIN_BASE = (
    "The plain base serves discovery, and nothing else yet: every interaction there gets a Bearer "
    "challenge and no ticket, because no owner is named."
)


def page() -> str:
    """The page as Markdown."""
    parts = ["# Endpoints", "", WRITTEN, _INTRO.rstrip()]
    parts += ["", "## Authorization server", ""]
    parts += ["Paths are under the issuer. The metadata key names the file.", ""]
    keys = {path: key for key, path in PATHS.items()}
    files = _files("as_server", as_server.app.BLUEPRINTS)
    rows = [
        (
            code(operation.method),
            code(operation.path),
            operation.summary,
            _PAT_OR_KEY if operation.path == "/introspect" else _AS_AUTH[operation.auth],
            " ".join(str(status) for status in (operation.ok, *operation.refuses)),
            code(keys.get(operation.path, "")),
            files[operation.method, operation.path],
        )
        for operation in openapi_table.OPERATIONS
        if (operation.method, operation.path) in files
    ]
    header = ("method", "path", "what", "needs", "answers", "metadata key", "file")
    parts += table(header, rows)
    parts += ["", "## Resource server, one record", ""]
    parts += ["Paths are under the FHIR base, for instance `http://localhost:8401/fhir`.", ""]
    parts += _rs_rows(rs_routes.UNDER_A_RECORD, "/r/<record>")
    parts += ["", "## Resource server, the plain base", "", *textwrap.wrap(_PLAIN_BASE, 100), ""]
    parts += _rs_rows(rs_routes.AT_THE_PLAIN_BASE)
    parts += ["", "## Resource server, its root", ""]
    parts += ["The pages of linking are for people and are not in `/openapi.json`.", ""]
    parts += _rs_rows(rs_routes.AT_THE_ROOT)
    parts += ["", "## Which section is in which file", ""]
    parts += ["What the first lines of each endpoint cite.", ""]
    parts += table(("file", "implements"), _sections())
    return "\n".join(parts) + "\n"


def _rs_rows(routes: Iterable[Route], prefix: str = "") -> list[str]:
    rows = [
        (
            code(each.method),
            code(written(f"{prefix}{each.path}") or "(the base itself)"),
            each.summary,
            _RS_AUTH[each.needs],
            " ".join(map(str, each.statuses)),
            _room(each.room),
        )
        for each in routes
    ]
    return table(("method", "path", "what", "needs", "answers", "file"), rows)


def _room(room: Blueprint) -> str:
    return f"[{room.name}.py](../../fhir_rs/endpoints/{room.name}.py)"


def _files(
    service: str, blueprints: Iterable[Blueprint], prefix: str = ""
) -> Mapping[tuple[str, str], str]:
    """The file behind each method and path, as a link."""
    app = Flask(service, static_folder=None)
    for blueprint in blueprints:
        # The base itself has no path, and Flask wants one.
        app.register_blueprint(blueprint, url_prefix=f"{_BASE}{prefix}")
    found = {}
    for rule in app.url_map.iter_rules():
        module = app.view_functions[rule.endpoint].__module__
        path = re.sub(r"<(?:\w+:)?(\w+?)_?>", r"{\1}", rule.rule.removeprefix(_BASE))
        name = module.rpartition(".")[2]
        link = f"[{name}.py](../../{module.replace('.', '/')}.py)"
        found.update({(method, path): link for method in rule.methods or ()})
    return found


def _sections() -> list[tuple[str, str]]:
    rows = []
    for service in ("as_server", "fhir_rs"):
        rooms = [ROOT / service / room for room in ("endpoints", "pages")]
        for path in sorted(path for room in rooms for path in room.glob("*.py")):
            head = path.read_text("utf-8").split('"""')[1]
            cited = dict.fromkeys(each.strip() for each in _SPECIFICATION.findall(head))
            if cited:
                place = path.relative_to(ROOT)
                link = f"[{place}](../../{place})"
                rows.append((link, ", ".join(cited)))
    return rows


def pages() -> dict[Path, str]:
    return {PAGE: page()}
