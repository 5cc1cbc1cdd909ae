"""An operator's commands: `python -m operator_tools.command`, and the same within `heart-uma`.

A server is named by its database and its base. A house (such as the demo) may know some by name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from operator_tools.options import Commands, add_database, add_server, is_missing, servers_of
from operator_tools.servers import House, ResourceServer

SERVICE_CHOICES = ("as", "rs", "portal", "requester")


def main(arguments: Sequence[str] | None = None) -> int:
    top = argparse.ArgumentParser(
        prog="operator_tools", description="Tools for operators of HEART / UMA 2.0 services."
    )
    add_commands(top.add_subparsers(title="commands", metavar="COMMAND"), None)
    return run(top, arguments)


def run(top: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Run the command that `arguments` name; the exit code."""
    options = top.parse_args(arguments)
    if not hasattr(options, "run"):
        top.print_help()
        return 2
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130


def add_commands(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    """Every command; without a house, each is given the addresses it needs."""
    for add in (_import, _describe, _link, _account, _audit, _labels, _serve, _keys):
        add(commands, house)


def _import(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    command = commands.add_parser(
        "import", help="read FHIR R4 Bundles or NDJSON and print a claim code for each patient"
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add_server(command, house, all_of_it=False)
    command.set_defaults(run=partial(_run_import, house))


def _run_import(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import importing

    if is_missing(house, options):
        return 1
    (server,) = servers_of(house, options)
    page = f"{server.root}/link" if server.root else None
    return importing.run(server.database, options.paths, page, server.base)


def _describe(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    command = commands.add_parser(
        "describe",
        help="after an upgrade: label and index again what is stored; can be stopped and resumed",
    )
    add_server(command, house, all_of_it=True)
    command.set_defaults(run=partial(_run_describe, house))


def _run_describe(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import describing

    return 1 if is_missing(house, options) else describing.run(servers_of(house, options))


def _link(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    command = commands.add_parser(
        "link", help="put a record under a person's own sign-in, through the same pages as people"
    )
    command.add_argument("record", metavar="RECORD|CODE", help="a record id or its claim code")
    command.add_argument("--login", required=True, metavar="NAME", help="who owns the record")
    target = command.add_mutually_exclusive_group(required=house is None)
    if house:
        target.add_argument(
            "--rs", choices=house.names, default=house.names[0], help="source of the demo"
        )
        house.add_options(command)
    target.add_argument("--base", metavar="URL", help="FHIR base of another resource server")
    command.add_argument(
        "--issuer", metavar="URL", required=house is None, help="her authorization server"
    )
    add_database(command, "with --base and a record id: that server's database", required=False)
    command.set_defaults(run=partial(_run_link, house))


def _run_link(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import linking

    if options.base or house is None:
        if not options.issuer:
            print("--base needs --issuer as well.", file=sys.stderr)
            return 2
        server = ResourceServer(options.base, options.database or "", options.base)
        return linking.run(server, options.issuer, options.record, options.login)
    server = house.server(options, options.rs)
    issuer = options.issuer or house.issuer(options)
    return linking.run(server, issuer, options.record, options.login, house.how_to_start)


def _account(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    account = commands.add_parser("account", help="people who can sign in")
    inner = account.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = inner.add_parser("add", help="add a person with a password of their own")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True, help="the name people see")
    add.add_argument("--email", help="their e-mail address")
    add.add_argument("--email-verified", action="store_true", help="you checked the address")
    add.add_argument("--role", default="", help='for instance "Family doctor"')
    add.add_argument("--role-code", default="", help="for instance family_doctor")
    add.add_argument("--organization", default="", help="where they work")
    add.add_argument("--place", default="", help="town or region")
    add.add_argument("--clinician", action="store_true", help="list them for everyone to find")
    add.add_argument("--checked-by", metavar="WHO", help="who checked the identity")
    add_database(add, "database of the authorization server", required=house is None)
    if house:
        house.add_options(add)
    add.set_defaults(run=partial(_run_account_add, house))


def _run_account_add(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import accounts

    named = options.database or (house.people_database(options) if house else "")
    return accounts.add_from_command(named, options)


def _audit(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    audit = commands.add_parser("audit", help="the log of disclosures")
    inner = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verify = inner.add_parser("verify", help="check that no entry was changed or removed")
    add_server(verify, house, all_of_it=True)
    verify.add_argument("--key-file", type=Path, help="with --database: keys of that server")
    verify.set_defaults(run=partial(_run_audit_verify, house))


def _run_audit_verify(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import auditing

    if options.database and not (options.key_file and options.base):
        print("--database needs --key-file and --base as well.", file=sys.stderr)
        return 2
    return auditing.verify(servers_of(house, options))


def _labels(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    labels = commands.add_parser("labels", help="what patients report about private topics")
    inner = labels.add_subparsers(title="commands", metavar="COMMAND", required=True)
    reports = inner.add_parser("reports", help="the reports that wait for an answer")
    add_server(reports, house, all_of_it=True)
    reports.set_defaults(run=partial(_run_label_reports, house))
    for name, words, accepted in (
        ("accept", "take the topic off the record; the patient reads the answer", True),
        ("decline", "keep the topic; the patient reads why", False),
    ):
        command = inner.add_parser(name, help=words)
        command.add_argument("record", metavar="RECORD")
        command.add_argument("number", metavar="NUMBER", type=int)
        command.add_argument("--because", required=not accepted, default="", metavar="WORDS")
        add_server(command, house, all_of_it=False)
        command.add_argument("--key-file", type=Path, help="with --database: keys of that server")
        command.set_defaults(run=partial(_run_label_answer, house, accepted))


def _run_label_reports(house: House | None, options: argparse.Namespace) -> int:
    from operator_tools import label_reports

    return 1 if is_missing(house, options) else label_reports.reports(servers_of(house, options))


def _run_label_answer(house: House | None, accepted: bool, options: argparse.Namespace) -> int:
    from fhir_rs.writes.label_answers import Answer
    from operator_tools import label_reports

    if options.database and not (options.key_file and options.base):
        print("--database needs --key-file and --base as well.", file=sys.stderr)
        return 2
    if is_missing(house, options):
        return 1
    (server,) = servers_of(house, options)
    given = Answer(options.record, options.number, accepted, options.because)
    return label_reports.answer(server, given)


def _serve(commands: Commands[argparse.ArgumentParser], house: House | None) -> None:
    command = commands.add_parser("serve", help="run one service, set up by its environment")
    more = dict(house.services) if house else {}
    command.add_argument("service", choices=(*SERVICE_CHOICES, *more))
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", type=int, default=8000, help="port to listen on")
    command.add_argument("--workers", type=int, default=1, help="processes")
    command.add_argument("--threads", type=int, default=8, help="threads of each process")
    command.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    command.set_defaults(run=partial(_run_serve, more))


def _run_serve(more: dict[str, str], options: argparse.Namespace) -> int:
    from operator_tools import serving

    serving.serve(
        (serving.SERVICES | more)[options.service],
        options.host,
        options.port,
        workers=options.workers,
        threads=options.threads,
        with_parent=options.with_parent,
    )
    return 0


def _keys(commands: Commands[argparse.ArgumentParser], _: House | None) -> None:
    command = commands.add_parser("keys", help="make a signing key in a file only you can read")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--algorithm", choices=("RS256", "ES256", "ES384"), default="RS256")
    command.set_defaults(run=_run_keys)


def _run_keys(options: argparse.Namespace) -> int:
    from operator_tools import keys

    return keys.make_from_command(options.file, options.algorithm)


if __name__ == "__main__":
    sys.exit(main())
