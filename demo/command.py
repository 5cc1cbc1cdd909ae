"""The console script `heart-uma`: every command in one place, each with one line of help."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - also run from a checkout, without an installer
    sys.exit(f"heart-uma needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import argparse
from collections.abc import Sequence
from pathlib import Path

from demo.layout import DEFAULT_PORT_BASE, Layout, default_data_dir

SOURCE_CHOICES = ("cedar", "harbor", "home")
SERVICE_CHOICES = ("as", "rs", "portal", "requester", "stage")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if not hasattr(options, "run"):
        parser().print_help()
        return 2
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="heart-uma",
        description="HEART / UMA 2.0 sharing of clinical records: the demo and its tools.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    _demo(commands)
    _import(commands)
    _describe(commands)
    _link(commands)
    _account(commands)
    _audit(commands)
    _serve(commands)
    _keys(commands)
    _test(commands)
    return top


def _place(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data-dir",
        type=Path,
        help="where the demo keeps its files (default .demo, or .demo-PORT for other ports)",
    )
    command.add_argument(
        "--port-base", type=int, default=DEFAULT_PORT_BASE, help="first of the seven ports"
    )


def _layout(options: argparse.Namespace) -> Layout:
    folder = options.data_dir or default_data_dir(options.port_base)
    return Layout(options.port_base, folder)


def _demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="start every service with Alice's records and rules")
    _place(demo)
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo.add_argument("--reset", action="store_true", help="undo all changes since the seeding")
    demo.set_defaults(run=_run_demo)
    reset = commands.add_parser("reset", help="put the demo back to its start, running or not")
    _place(reset)
    reset.set_defaults(run=_run_reset)


def _run_demo(options: argparse.Namespace) -> int:
    from demo import launcher

    return launcher.run(_layout(options), reset=options.reset, browser=not options.no_browser)


def _run_reset(options: argparse.Namespace) -> int:
    from demo import launcher

    return launcher.put_back(_layout(options))


def _database_option(target: argparse._ActionsContainer, purpose: str) -> None:
    target.add_argument("--database", metavar="URL|@FILE", type=_database, help=purpose)


def _database(text: str) -> str:
    """A database's URL, or `@FILE` that holds it: a password has no place in a command line."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text("utf-8").strip()
    except OSError as problem:
        raise argparse.ArgumentTypeError(f"{text[1:]}: {problem.strerror}") from None


def _import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "import", help="read FHIR R4 Bundles or NDJSON and print a claim code per patient"
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    target = command.add_mutually_exclusive_group()
    target.add_argument("--rs", choices=SOURCE_CHOICES, default="cedar", help="source of the demo")
    _database_option(target, "database of another resource server")
    command.add_argument("--base", metavar="URL", help="with --database: FHIR base of that server")
    _place(command)
    command.set_defaults(run=_run_import)


def _run_import(options: argparse.Namespace) -> int:
    from operator_tools import importing

    layout = _layout(options)
    if options.database:
        page = f"{options.base.rsplit('/', 1)[0]}/link" if options.base else None
        return importing.run(options.database, options.paths, page, options.base)
    if not layout.data_dir.is_dir():
        print(f"There is no demo in {layout.data_dir}; start it once first.", file=sys.stderr)
        return 1
    page, base = f"{layout.origin(options.rs)}/link", layout.fhir_base(options.rs)
    return importing.run(layout.database(options.rs), options.paths, page, base)


def _describe(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "describe",
        help="after an upgrade: label and index again what is stored; can be stopped and resumed",
    )
    target = command.add_mutually_exclusive_group()
    target.add_argument("--rs", choices=SOURCE_CHOICES, help="one source of the demo; all without")
    _database_option(target, "database of another resource server")
    command.add_argument("--base", metavar="URL", help="with --database: FHIR base of that server")
    _place(command)
    command.set_defaults(run=_run_describe)


def _run_describe(options: argparse.Namespace) -> int:
    from operator_tools import describing

    if options.database:
        return describing.run(
            [describing.Store(options.base or "", options.database, options.base)]
        )
    layout = _layout(options)
    if not layout.data_dir.is_dir():
        print(f"There is no demo in {layout.data_dir}; start it once first.", file=sys.stderr)
        return 1
    sources = (options.rs,) if options.rs else SOURCE_CHOICES
    return describing.run(
        describing.Store(layout.title(s), layout.database(s), layout.fhir_base(s)) for s in sources
    )


def _link(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "link", help="put a record under a person's own sign-in, through the same pages as people"
    )
    command.add_argument("record", metavar="RECORD|CODE", help="a record id or its claim code")
    command.add_argument("--login", required=True, metavar="NAME", help="who owns the record")
    command.add_argument("--rs", choices=SOURCE_CHOICES, default="cedar", help="source of the demo")
    _place(command)
    command.set_defaults(run=_run_link)


def _run_link(options: argparse.Namespace) -> int:
    from operator_tools import linking

    return linking.run(_layout(options), options.rs, options.record, options.login)


def _account(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
    add.add_argument(
        "--database",
        metavar="URL|@FILE",
        type=_database,
        help="database of the authorization server",
    )
    _place(add)
    add.set_defaults(run=_run_account_add)


def _run_account_add(options: argparse.Namespace) -> int:
    from operator_tools import accounts

    return accounts.add_from_command(options.database or _layout(options).database("as"), options)


def _audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="the log of disclosures")
    inner = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verify = inner.add_parser("verify", help="check that no entry was changed or removed")
    target = verify.add_mutually_exclusive_group()
    target.add_argument("--rs", choices=SOURCE_CHOICES, help="one source; all without it")
    target.add_argument(
        "--database",
        metavar="URL|@FILE",
        type=_database,
        help="database of another resource server",
    )
    verify.add_argument("--key-file", type=Path, help="with --database: keys of that server")
    verify.add_argument("--base", metavar="URL", help="with --database: FHIR base of that server")
    _place(verify)
    verify.set_defaults(run=_run_audit_verify)


def _run_audit_verify(options: argparse.Namespace) -> int:
    from operator_tools import auditing

    if options.database:
        if not (options.key_file and options.base):
            print("--database needs --key-file and --base as well.", file=sys.stderr)
            return 2
        log = auditing.Log(options.base, options.database, options.key_file, options.base)
        return auditing.verify([log])
    layout = _layout(options)
    return auditing.verify(
        auditing.Log(layout.title(s), layout.database(s), layout.key_file(s), layout.fhir_base(s))
        for s in ((options.rs,) if options.rs else SOURCE_CHOICES)
    )


def _serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("serve", help="run one service, set up by its environment")
    command.add_argument("service", choices=SERVICE_CHOICES)
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", type=int, default=8000, help="port to listen on")
    command.add_argument("--workers", type=int, default=1, help="processes")
    command.add_argument("--threads", type=int, default=8, help="threads of each process")
    command.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    command.set_defaults(run=_run_serve)


def _run_serve(options: argparse.Namespace) -> int:
    from operator_tools import serving

    serving.serve(
        options.service,
        options.host,
        options.port,
        workers=options.workers,
        threads=options.threads,
        with_parent=options.with_parent,
    )
    return 0


def _keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("keys", help="make a signing key in a file only you can read")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--algorithm", choices=("RS256", "ES256", "ES384"), default="RS256")
    command.set_defaults(run=_run_keys)


def _run_keys(options: argparse.Namespace) -> int:
    from operator_tools import keys

    return keys.make_from_command(options.file, options.algorithm)


def _test(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("test", help="run every test of a checkout (more: after --)")
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    command.set_defaults(run=_run_test)


def _run_test(options: argparse.Namespace) -> int:
    import subprocess

    root = Path(__file__).resolve().parent.parent
    if not (root / "tests" / "prepare.py").exists():
        print("The tests are in the source checkout; run it there: make test", file=sys.stderr)
        return 1
    more = [given for given in options.arguments if given != "--"]
    for module in (["tests.prepare"], ["pytest", "-n", "2", "--dist", "loadgroup", *more]):
        done = subprocess.run([sys.executable, "-m", *module], cwd=root, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
