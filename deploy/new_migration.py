"""`python -m deploy.new_migration SERVICE "what changes"`: drafts a migration from the models.

For developers: the draft is read, corrected and committed with the change of the models.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel.sql.sqltypes import AutoString

from heart_ground.migrations import Migrations

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("as_server", "fhir_rs", "patient_portal", "requester_app")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.new_migration", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("words", help="what changes, in a few words")
    options = parser.parse_args()
    path = draft(options.service, options.words)
    print(f"wrote {path.relative_to(ROOT)}")
    return 0


def draft(service: str, words: str) -> Path:
    """Write the migration that leads from the newest one to the models as they are."""
    migrations = Migrations(service)
    versions = sorted(migrations.folder.glob("[0-9]*.py"))
    number = f"{len(versions) + 1:04}"
    before = f'"{len(versions):04}"' if versions else "None"
    script = _difference(migrations, bool(versions))
    up, down = (
        _indented(render_python_code(ops, render_item=_render_item, render_as_batch=bool(versions)))
        for ops in (script.upgrade_ops, script.downgrade_ops)
        if ops is not None
    )
    slug = re.sub("[^a-z0-9]+", "_", words.lower()).strip("_")
    path = migrations.folder / f"{number}_{slug}.py"
    path.write_text(
        f'"""{words}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{number}"\ndown_revision = {before}\n\n\n'
        f"def upgrade() -> None:\n{up}\n\n\n"
        f"def downgrade() -> None:\n{down}\n",
        "utf-8",
    )
    return path


def _difference(migrations: Migrations, any_yet: bool) -> MigrationScript:
    engine: Engine = import_module(f"{migrations.service}.db").make_engine("sqlite://")
    with engine.begin() as connection:
        if any_yet:
            migrations.upgrade(connection)
        options = {"render_as_batch": True, "compare_type": True}
        return produce_migrations(
            MigrationContext.configure(connection, opts=options), migrations.tables()
        )


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Plain SQLAlchemy types only: a migration must not change when a library does."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def _indented(code: str) -> str:
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("# ###")]
    return indent(dedent("\n".join(lines)), "    ")


if __name__ == "__main__":
    sys.exit(main())
