"""Print the shape of the house: `python -m tests.shape`; with `--files` each long file too."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.shape import flows, rooms, runs, sizes
from tests.world import World, seed

LONG = 80


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.shape", description=__doc__)
    options.add_argument("--files", action="store_true", help="name each file over 80 lines")
    asked = options.parse_args()
    print_sizes(each=asked.files)
    print_rooms()
    print_runs()
    print_flows()


def print_sizes(*, each: bool) -> None:
    print("Files and functions (lines; migrations and files that only name a folder left out)")
    for package in sizes.PACKAGES:
        files, middle, most, longest = sizes.of(package)
        function = sizes.functions(package)[0] if files else (0, "")
        print(
            f"  {package:15} {files:4} files, median {middle:5.1f}, longest {most:3} ({longest}), "
            f"longest function {function[0]}"
        )
    every = [sizes.lines(path) for path in sizes.rooms_only(list(sizes.modules(*sizes.PACKAGES)))]
    print(f"  all together    {len(every):4} files, median {median(every)}, longest {max(every)}")
    if each:
        for path in sizes.modules(*sizes.PACKAGES):
            if sizes.lines(path) > LONG:
                print(f"    {sizes.lines(path):4} {path.relative_to(sizes.ROOT)}")


def print_rooms() -> None:
    print("\nRooms (folders with code) and circles of imports, type imports included")
    for package in sizes.PACKAGES:
        of_rooms = rooms.circles(rooms.between_rooms(package))
        of_files = rooms.circles(rooms.imports(package))
        print(f"  {package:15} {len(rooms.folders(package)):2} rooms", end="")
        print(f", {len(of_rooms)} circles of rooms, {len(of_files)} of files")
        for circle in [*of_rooms, *of_files]:
            print(f"    {' '.join(circle)}")


def print_runs() -> None:
    found = runs.between_services()
    print(f"\nThe same code in two services, {runs.LONG_ENOUGH} lines or more: {len(found)}")
    for length, left, right in found:
        print(f"  {length:3} lines  {left}  {right}")


def print_flows() -> None:
    print("\nOne parameter from its endpoint to the store")
    with TemporaryDirectory() as folder:
        seed(World(Path(folder)))
        for name, flow in flows.FLOWS.items():
            walk = flow(World(Path(folder)))
            print(f"  {name}: {len(walk.rooms)} rooms: {', '.join(walk.rooms)}")
            for each in walk.passed:
                print(f"    {each}")


if __name__ == "__main__":
    main()
