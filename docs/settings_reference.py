"""`docs/reference/settings.md` and `.env.example`, from the settings classes themselves."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs/reference/settings.md"
EXAMPLE = ROOT / ".env.example"
SERVICES = {
    "as_server": "Authorization server",
    "fhir_rs": "Resource server",
    "patient_portal": "Patient portal",
    "requester_app": "Requester app",
}
COMPOSE = (
    (
        "HEART_UMA_DOMAIN",
        "health.example.org",
        "The services are `as.`, `rs.`, `portal.` and `requester.` of it.",
    ),
    ("HEART_UMA_UID", "10001", "User that owns `deploy/secrets/` and that the containers run as."),
    ("HEART_UMA_GID", "10001", "Its group."),
    (
        "HEART_UMA_TLS",
        "",
        "Empty: a public authority's certificates. A private one's: `tls CERTIFICATE KEY`.",
    ),
    ("HEART_UMA_CA_FILE", "", "The private authority that the services trust, if there is one."),
    (
        "HEART_UMA_RS_NAME",
        "Cedar Valley Family Practice",
        "Name of the practice, as people read it.",
    ),
    ("HEART_UMA_CONTACT", "", "Whom people may ask, as the help pages of all services say it."),
)


@dataclass(frozen=True)
class Setting:
    """One variable: its default as it would be written, or None when it has to be given."""

    variable: str
    default: str | None
    description: str


def settings_of(service: str) -> list[Setting]:
    """Every setting of a service, in the order in which its class names them."""
    module = import_module(f"{service}.settings")
    found = []
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, BaseModel)
            and value.__module__ == module.__name__
        ):
            prefix = str(value.model_config.get("env_prefix", ""))
            written = dict(_attribute_docstrings(value))
            for name, field in value.model_fields.items():
                text = " ".join((field.description or written.get(name, "")).split())
                if not text:
                    raise ValueError(f"{service}: the setting {name} says nothing about itself")
                found.append(Setting(f"{prefix}{name.upper()}", _default(field), text))
    return found


def _attribute_docstrings(cls: type) -> Iterator[tuple[str, str]]:
    """The string below an attribute, which Python itself does not keep."""
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
    for above, below in pairwise(body):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                yield name, str(text)


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    return _written(field.get_default(call_default_factory=True))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return ",".join(_written(item) for item in value)
    return str(value)


def reference() -> str:
    """The page of all settings."""
    parts = [
        "# Settings",
        "",
        "Written by `make docs` from the settings classes; do not edit.",
        "",
        "Each service reads its own variables once, at its start, and refuses to start on a value",
        "that would not be safe. In a container a variable may be a file instead:",
        "`/run/secrets/as_secret` for `AS_SECRET`. A setting without a default has to be given.",
    ]
    for service, title in SERVICES.items():
        parts += [
            "",
            f"## {title} (`{service}`)",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
        ]
        for one in settings_of(service):
            default = (
                "**required**"
                if one.default is None
                else f"`{one.default}`"
                if one.default
                else "none"
            )
            parts.append(f"| `{one.variable}` | {default} | {_cell(one.description)} |")
    parts += [
        "",
        "## `docker-compose.yml`",
        "",
        "`python -m deploy.prepare` writes them to `.env`.",
        "",
    ]
    parts += ["| variable | example | meaning |", "|---|---|---|"]
    parts += [
        f"| `{name}` | {f'`{value}`' if value else 'empty'} | {text} |"
        for name, value, text in COMPOSE
    ]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def example() -> str:
    """`.env.example`: what compose reads, then every variable of every service with its default."""
    lines = [
        "# Written by `make docs`; do not edit. docker compose reads the first block from .env,",
        "# which `python -m deploy.prepare` makes. The rest is what each service reads from its",
        "# environment.",
        "",
    ]
    for name, value, text in COMPOSE:
        lines += [f"# {text}", f"{name}={value}" if value else f"#{name}="]
    for service, title in SERVICES.items():
        lines += ["", f"# ---- {title} ({service}) ----"]
        for one in settings_of(service):
            need = " Has to be given." if one.default is None else ""
            lines += [f"# {one.description}{need}", f"#{one.variable}={one.default or ''}"]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    return {REFERENCE: reference(), EXAMPLE: example()}
