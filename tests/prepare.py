"""Before the tests: a Chromium and a PostgreSQL, found or installed; one sentence when not."""

from __future__ import annotations

from tests import chromium, postgres


def main() -> None:
    """Say what is there; what is missing makes the tests that need it skip with a reason."""
    if chromium.find_or_install() is None:
        print("No Chromium: the browser tests are skipped; install one, or set CHROMIUM_PATH.")
    if postgres.find_or_install() is None:
        print("No PostgreSQL: its tests are skipped; install Debian's postgresql package.")


if __name__ == "__main__":
    main()
