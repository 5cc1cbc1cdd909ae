"""Options that name a server: by name within a house, by its database and base anywhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from operator_tools.servers import House, ResourceServer

Commands = argparse._SubParsersAction  # argparse has no public name for it


def _database(text: str) -> str:
    """A database's URL, or `@FILE` that holds it: a password has no place in a command line."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text("utf-8").strip()
    except OSError as problem:
        raise argparse.ArgumentTypeError(f"{text[1:]}: {problem.strerror}") from None


def add_database(target: argparse._ActionsContainer, purpose: str, *, required: bool) -> None:
    target.add_argument(
        "--database", metavar="URL|@FILE", type=_database, help=purpose, required=required
    )


def add_server(command: argparse.ArgumentParser, house: House | None, *, all_of_it: bool) -> None:
    """`--rs NAME` for a server of the house, `--database` and `--base` for any other."""
    if house is None:
        add_database(command, "database of the resource server", required=True)
        command.add_argument("--base", metavar="URL", help="FHIR base of that server")
        return
    target = command.add_mutually_exclusive_group()
    chosen = None if all_of_it else house.names[0]
    words = "one source of the demo; all without it" if all_of_it else "source of the demo"
    target.add_argument("--rs", choices=house.names, default=chosen, help=words)
    add_database(target, "database of another resource server", required=False)
    command.add_argument("--base", metavar="URL", help="with --database: FHIR base of that server")
    house.add_options(command)


def servers_of(house: House | None, options: argparse.Namespace) -> list[ResourceServer]:
    """The servers that the options of `add_server` name."""
    if options.database or house is None:
        key_file = getattr(options, "key_file", None)
        return [ResourceServer(options.base or "", options.database, options.base, key_file)]
    return [house.server(options, name) for name in ((options.rs,) if options.rs else house.names)]


def is_missing(house: House | None, options: argparse.Namespace) -> bool:
    """True, and said, where a server of a house is meant that is not there."""
    words = house.missing(options) if house and not options.database else None
    if words:
        print(words, file=sys.stderr)
    return words is not None
