"""The shape of the house: sizes, names, who asks for the time, what each endpoint is called."""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

import as_server.routes
from tests.shape import rooms, runs, sizes
from tests.shape.sizes import ROOT, SERVICES, lines, modules

PACKAGES = (*sizes.PACKAGES, "operator_tools", "demo", "bench")
DRAWERS = re.compile(
    r"(^|_)(utils?|helpers?|common|managers?|handlers?|misc|processors?|base)(_|$)"
)
INTERACTIONS = {
    "read", "vread", "history", "search", "create", "update", "batch", "capabilities", "everything",
}  # fmt: skip
FACE = ("app.py", "context.py", "settings.py", "db.py", "errors.py")


def ceiling(path: Path) -> int:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "tests":
        return 500
    if "endpoints" in parts or "pages" in parts:
        return 220
    if "models" in parts:
        return 150
    if "policy" in parts or "enforcement" in parts:
        return 250
    return 300


def test_no_file_outgrows_its_ceiling() -> None:
    long = {
        str(path.relative_to(ROOT)): lines(path)
        for path in modules(*PACKAGES, "tests")
        if lines(path) > ceiling(path)
    }
    assert long == {}


def test_no_function_outgrows_forty_lines() -> None:
    long = [
        (length, where)
        for package in PACKAGES
        for length, where in sizes.functions(package)
        if length > 40
    ]
    assert long == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_go_in_a_circle(package: str) -> None:
    """Neither of files nor of rooms; what is imported for a type only counts too."""
    assert rooms.circles(rooms.imports(package)) == []
    assert rooms.circles(rooms.between_rooms(package)) == []
    assert len(rooms.folders(package)) <= 20


def test_no_two_services_have_the_same_code() -> None:
    assert runs.between_services() == []


def test_no_drawers() -> None:
    assert [str(p) for p in modules(*PACKAGES) if DRAWERS.search(p.stem)] == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(p) for p in modules(*PACKAGES) if not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


def test_comments_cite_what_a_reader_can_look_up() -> None:
    """A specification and its section; the ids of our own lists are for the marks of tests."""
    requirements = json.loads((ROOT / "docs/requirements.json").read_text("utf-8"))
    lists = {name.partition("-")[0] for name in requirements if re.fullmatch(r"[A-Z]+-\d+", name)}
    own = re.compile(rf"\b(?:{'|'.join(sorted(lists))})-\d+\b|\bDESIGN\b")
    citing = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules(*PACKAGES, "deploy")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if own.search(line)
    ]
    assert len(lists) > 3
    assert citing == []


def test_package_files_hold_a_docstring_and_nothing_else() -> None:
    for path in modules(*PACKAGES):
        if path.name == "__init__.py" and path.parent.name != "models":
            assert len(ast.parse(path.read_text()).body) == 1, path


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_face(service: str) -> None:
    assert [name for name in FACE if not (ROOT / service / name).exists()] == []


def test_endpoints_of_the_as_are_named_as_in_its_metadata() -> None:
    rows = [route for route in as_server.routes.ROUTES if route.key]
    assert len(rows) > 10
    assert [r.key for r in rows if r.room != re.sub(r"_(endpoint|uri)$", "", r.key)] == []


def test_endpoints_of_the_rs_are_named_as_interactions() -> None:
    files = {path.stem for path in (ROOT / "fhir_rs/endpoints").glob("*.py")}
    assert files >= INTERACTIONS


def test_endpoints_and_pages_never_import_their_neighbours() -> None:
    found = []
    for path in modules(*SERVICES):
        room = path.parent
        if room.name not in ("endpoints", "pages") or path.name == "__init__.py":
            continue
        package = ".".join(room.relative_to(ROOT).parts)
        if re.search(rf"^\s*(from|import) {re.escape(package)}\b", path.read_text(), re.MULTILINE):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_assess_has_exactly_its_callers() -> None:
    callers = set()
    for path in modules("as_server"):
        if path.parent.name == "policy":
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in (
                "as_server.policy.assessment",
                "as_server.policy.standing",
            ):
                callers.add(str(path.relative_to(ROOT)))
    for name in ("refresh_token", "presented_refresh_token"):
        assert (ROOT / f"as_server/grants/{name}.py").exists()
        assert f"as_server/grants/{name}.py" not in callers
    assert "as_server/grants/uma_ticket.py" in callers


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_documented(service: str) -> None:
    settings = importlib.import_module(f"{service}.settings")
    reference = (ROOT / "docs/reference/settings.md").read_text()
    for value in vars(settings).values():
        fields = getattr(value, "model_fields", None)
        if isinstance(value, type) and fields and value.__module__ == settings.__name__:
            prefix = value.model_config.get("env_prefix", "")  # type: ignore[attr-defined]
            missing = [name for name in fields if f"`{prefix}{name.upper()}`" not in reference]
            assert missing == []


def test_every_call_out_goes_through_the_ground() -> None:
    """One deadline, one bound, no call inside a transaction: only for clients that are made there.

    heart_uma is given its client; what it imports from httpx are names of errors and types.
    """
    calls = {"Client", "AsyncClient", "HTTPTransport", "request", "stream", "get", "post", "put",
             "patch", "delete", "head", "options", "urlopen", "create_connection"}  # fmt: skip
    outside = []
    for path in modules(*sizes.PACKAGES):
        if path == ROOT / "heart_ground/transport.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                room = node.func.value
                named = isinstance(room, ast.Name) and room.id in ("httpx", "socket", "urllib")
                if named and node.func.attr in calls:
                    outside.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                imported = [str(node.module)]
            if {name.partition(".")[0] for name in imported} & {"requests", "urllib3", "aiohttp"}:
                outside.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if "urllib.request" in imported or "http.client" in imported:
                outside.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert outside == []


def test_authlibs_clients_send_through_the_client_of_the_ground() -> None:
    """Their own HTTP clients know no deadline, no bound and no guard: one place uses Authlib as a
    client, and hands it the session to send with."""
    own = re.compile(
        r"authlib\.(integrations\.(base|httpx|requests|flask|starlette|django)_client|oauth2\.client)"
        r"|import (OAuth2Client|AsyncOAuth2Client|OAuth2Session|AssertionClient)"
    )
    place = ROOT / "heart_ground/oauth_client.py"
    using = {path for path in modules(*PACKAGES) if own.search(path.read_text())}
    assert using == {place}
    tree, sessions = ast.parse(place.read_text()), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("authlib"):
            assert not str(node.module).startswith("authlib.integrations"), node.module
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_Carrier":
            sessions.append(ast.unparse(node.args[0]))
    # The one that is given no session makes an address and sends nothing.
    assert sorted(sessions) == ["None", "http"]


def test_below_the_pages_of_the_apps_nobody_looks_at_the_request() -> None:
    """They take the session, the moment and the clients as arguments."""
    edge = {"app", "browser", "context", "error_pages", "frame", "guard", "locations",
            "look_filters", "my_pointer", "once", "page_words", "visit", "way_in", "wizard_step",
            "written"}  # fmt: skip
    looking = []
    for path in modules("patient_portal", "requester_app"):
        room = path.relative_to(ROOT).parts[1].removesuffix(".py")
        if room == "pages" or (room in edge and path != ROOT / "requester_app/visit.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                names = {alias.name for alias in node.names} - {"url_for"}
                looking += [f"{path.relative_to(ROOT)}: {name}" for name in sorted(names)]
    assert looking == []
