"""`make docs`: writes the pages that follow from code and tests; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs import (
    catalogue,
    endpoints_reference,
    errors_reference,
    permissions_reference,
    scopes_reference,
    screenshots,
    settings_reference,
    spec_coverage,
)

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[Path, str]:
    """Every generated page and what it should hold."""
    return (
        settings_reference.pages()
        | endpoints_reference.pages()
        | permissions_reference.pages()
        | scopes_reference.pages()
        | errors_reference.pages()
        | spec_coverage.pages()
        | catalogue.pages()
    )


def stale() -> list[Path]:
    """The pages that do not hold what they should."""
    return [
        path
        for path, text in generated().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a page is stale"
    )
    parser.add_argument("--screenshots", action="store_true", help="take the pictures as well")
    options = parser.parse_args()
    if options.screenshots:
        print(f"took {screenshots.take().relative_to(ROOT)}")
    try:
        pages, old = generated(), stale()
    except spec_coverage.MarkError as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in old:
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], "utf-8")
        print(f"{'stale' if options.check else 'wrote'} {path.relative_to(ROOT)}")
    return 1 if options.check and old else 0


if __name__ == "__main__":
    sys.exit(main())
