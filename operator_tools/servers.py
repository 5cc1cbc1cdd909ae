"""What a command works on: a server by its own addresses, or by the name that a house gives it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class ResourceServer:
    """One resource server as its operator reaches it; `base` is its FHIR base."""

    title: str
    database: str
    base: str | None = None
    key_file: Path | None = None

    @property
    def root(self) -> str:
        """The base without its last step: where the linking pages are; empty if not known."""
        return self.base.rsplit("/", 1)[0] if self.base else ""


class House(Protocol):
    """Services of one machine that are known by name, so that nobody types their addresses."""

    @property
    def names(self) -> tuple[str, ...]:
        """Resource servers; the first is meant where a command needs one and is given none."""

    @property
    def services(self) -> Mapping[str, str]:
        """Application factories that `serve` can run, besides the four services."""

    @property
    def how_to_start(self) -> str:
        """What somebody types to start it."""

    def add_options(self, command: argparse.ArgumentParser) -> None:
        """The options that say which house is meant."""

    def missing(self, options: argparse.Namespace) -> str | None:
        """A sentence where there is no such house yet."""

    def server(self, options: argparse.Namespace, name: str) -> ResourceServer:
        """The resource server of that name."""

    def issuer(self, options: argparse.Namespace) -> str:
        """The authorization server."""

    def people_database(self, options: argparse.Namespace) -> str:
        """The database of the authorization server."""
