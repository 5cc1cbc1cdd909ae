"""Where a container finds its secrets: a file each, named like the setting.

A secret in a file reaches one process; in an environment variable it reaches every child and dump.
"""

from __future__ import annotations

from pathlib import Path

MOUNT = Path("/run/secrets")


def folder() -> Path | None:
    """The mounted folder, for `secrets_dir` of a settings class; None outside a container."""
    return MOUNT if MOUNT.is_dir() else None
