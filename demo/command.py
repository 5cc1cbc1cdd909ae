"""The console script `heart-uma`: the demo, and the operator's commands, which know its servers."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - also run from a checkout, without an installer
    sys.exit(f"heart-uma needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import argparse
from collections.abc import Sequence
from pathlib import Path

from demo.house import DemoHouse, add_options, layout_of
from operator_tools import command as operators
from operator_tools import options


def main(arguments: Sequence[str] | None = None) -> int:
    return operators.run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="heart-uma",
        description="HEART / UMA 2.0 sharing of clinical records: the demo and its tools.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    _demo(commands)
    operators.add_commands(commands, DemoHouse())
    _test(commands)
    return top


def _demo(commands: options.Commands[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="start every service with Alice's records and rules")
    add_options(demo)
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo.add_argument("--reset", action="store_true", help="undo all changes since the seeding")
    demo.add_argument("--scenario", metavar="KEY", help="play a guided run (0, 1, 2, 6, 12, ...)")
    demo.add_argument(
        "--headless",
        action="store_true",
        help="with --scenario: print what crossed, and stop; 1 if an answer was not as expected",
    )
    demo.set_defaults(run=_run_demo)
    reset = commands.add_parser("reset", help="put the demo back to its start, running or not")
    add_options(reset)
    reset.set_defaults(run=_run_reset)


def _run_demo(options: argparse.Namespace) -> int:
    from demo import launcher
    from demo.ownership import is_running
    from demo.scenarios import headless
    from demo.welcome import open_browser, print_table

    layout = layout_of(options)
    if options.headless and not options.scenario:
        print("--headless needs --scenario.", file=sys.stderr)
        return 2
    if options.headless and is_running(layout):
        return headless.run(layout, options.scenario)

    def ready(seconds: float) -> int | None:
        if options.headless:
            return headless.run(layout, options.scenario)
        print_table(layout, seconds)
        if not options.no_browser:
            open_browser(headless.shown(layout, options.scenario) or layout.stage)
        return None

    return launcher.run(layout, reset=options.reset, ready=ready)


def _run_reset(options: argparse.Namespace) -> int:
    from demo import launcher

    return launcher.put_back(layout_of(options))


def _test(commands: options.Commands[argparse.ArgumentParser]) -> None:
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
