"""`docs/reference/endpoints.md`: every address of the two servers, and the file that answers it.

The rows are those of `routes.py` of each server, which are its address map too.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from flask import Blueprint

from as_server import routes as as_routes
from as_server.route import Needs
from as_server.route import Route as AsRoute
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
_PAT_OR_KEY = "PAT, or the server's own key"
_AS_AUTH = {
    None: "",
    Needs.PAT: "PAT",
    Needs.POLICY: "token with `uma_policy`",
    Needs.OPENID: "token with `openid`",
    Needs.CLIENT: "client assertion",
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
    keys = {path: key for key, path in as_routes.addresses().items()}
    rows = [
        (
            code(route.method),
            code(route.written),
            route.summary,
            _PAT_OR_KEY if route.path == "/introspect" else _AS_AUTH[route.needs],
            " ".join(str(status) for status in (route.ok, *route.refuses)),
            code(keys.get(route.path, "")),
            _file(route),
        )
        for route in as_routes.ROUTES
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


def _file(route: AsRoute) -> str:
    folder = "pages" if (ROOT / f"as_server/pages/{route.room}.py").is_file() else "endpoints"
    return f"[{route.room}.py](../../as_server/{folder}/{route.room}.py)"


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
