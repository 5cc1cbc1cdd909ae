"""`python -m deploy.licences`: under which licence each installed package of the lock stands.

Every package of `requirements.txt` (or of the file that is named) in its version, as its own
metadata tell; 1 if one tells none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
_LONGEST = 60


def main(arguments: Sequence[str] | None = None) -> int:
    names = list(sys.argv[1:] if arguments is None else arguments)
    file = Path(names[0]) if names else ROOT / "requirements.txt"
    silent = 0
    for package in installed(file):
        told = licence(package)
        silent += told is None
        print(f"{package.metadata['Name']} {package.version}: {told or 'not told'}")
    return 1 if silent else 0


def pinned(text: str) -> dict[str, str]:
    """Package -> version, of every line of a lock file."""
    return dict(_PINNED.findall(text))


def installed(file: Path) -> Iterator[Distribution]:
    """The packages of the lock that are here; some are for other systems."""
    for name in sorted(pinned(file.read_text("utf-8")), key=str.lower):
        try:
            yield distribution(name)
        except PackageNotFoundError:
            continue


def licence(package: Distribution) -> str | None:
    """The SPDX expression, the classifiers, the free text of older metadata, or the file itself."""
    told = package.metadata
    if told["License-Expression"]:
        return str(told["License-Expression"])
    prefix = "License :: "
    classified = [c for c in told.get_all("Classifier") or () if c.startswith(prefix)]
    if classified:
        return ", ".join(text.rsplit(" :: ", 1)[-1] for text in classified)
    text = str(told["License"] or "").strip()
    if text and len(text) <= _LONGEST and "\n" not in text:
        return text
    return _title(package)


def _title(package: Distribution) -> str | None:
    """The first line of the licence that comes along."""
    for file in package.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            return next(
                (line.strip() for line in file.read_text().splitlines() if line.strip()), None
            )
    return None


if __name__ == "__main__":
    sys.exit(main())
