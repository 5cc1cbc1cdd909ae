"""A how-to page taken apart: its blocks, its changes, and a shell in which its commands run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/how-to"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACED = ("import", "link", "account", "audit", "describe")
"""Commands that work on the demo where they are given no database."""


def text_of(name: str) -> str:
    return (PAGES / f"{name}.md").read_text("utf-8")


def blocks(name: str, kind: str) -> list[str]:
    """The page's blocks of one kind, in order."""
    return [body for found, body in _BLOCK.findall(text_of(name)) if found == kind]


def commands(name: str) -> list[str]:
    """Each command line of the page's shell blocks, continued lines joined."""
    text = "".join(blocks(name, "sh")).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip()]


@dataclass
class Shell:
    """One shell for a page: its folder, what is exported, and `.venv/bin` as a reader has it.

    `heart-uma` and `flask` are this interpreter's. `place` says which demo is meant; a password is
    typed; `serve` goes on in the background until `close`, so that the next block can follow.
    """

    folder: Path
    place: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    password: str = "a pass phrase of her own"

    def __post_init__(self) -> None:
        bin_ = self.folder / ".venv/bin"
        bin_.mkdir(parents=True)
        placed = "|".join(PLACED)
        python = shlex.quote(sys.executable)
        self._write(
            bin_ / "heart-uma",
            f'''
            case "$1" in
            serve) {python} -m demo.command "$@" >"$2.log" 2>&1 & echo $! >>pids
                for _ in $(seq 300); do
                    curl -sf "http://localhost:$4/readyz" >/dev/null && exit 0; sleep 0.1
                done; cat "$2.log"; exit 1;;
            {placed}) case "$*" in *--database*) set -- "$@";;
                *) set -- "$@" {shlex.join(self.place)};; esac;;
            esac
            echo {shlex.quote(self.password)} | exec {python} -m demo.command "$@"''',
        )
        self._write(bin_ / "flask", f'exec {python} -m flask "$@"')

    def _write(self, file: Path, body: str) -> None:
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def run(self, script: str, changes: Mapping[str, str] | None = None) -> str:
        """Run a block with some words put in their places; what it printed."""
        for word, meant in (changes or {}).items():
            script = script.replace(word, meant)
        before = "[ ! -f variables ] || . ./variables\nset -eu -o pipefail\n"
        done = subprocess.run(
            ["bash"],
            input=f"{before}{script}\ndeclare -px > variables\n",
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8",
                 **self.variables},
            capture_output=True,
            text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def close(self) -> None:
        """End what `serve` started."""
        pids = self.folder / "pids"
        for pid in pids.read_text().split() if pids.exists() else []:
            subprocess.run(["kill", pid], check=False)
