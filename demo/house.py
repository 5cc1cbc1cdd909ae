"""The demo's servers, as the operator's commands find them: by name, at the ports of one demo."""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.layout import DEFAULT_PORT_BASE, Layout, default_data_dir
from operator_tools.servers import ResourceServer

SOURCE_CHOICES = ("cedar", "harbor", "home")


def add_options(command: argparse.ArgumentParser) -> None:
    """Which demo is meant."""
    command.add_argument(
        "--data-dir",
        type=Path,
        help="where the demo keeps its files (default .demo, or .demo-PORT for other ports)",
    )
    command.add_argument(
        "--port-base", type=int, default=DEFAULT_PORT_BASE, help="first of the seven ports"
    )


def layout_of(options: argparse.Namespace) -> Layout:
    """The demo that these options mean."""
    folder = options.data_dir or default_data_dir(options.port_base)
    return Layout(options.port_base, folder)


def server_of(layout: Layout, source: str) -> ResourceServer:
    """One of the demo's sources."""
    return ResourceServer(
        layout.title(source),
        layout.database(source),
        layout.fhir_base(source),
        layout.key_file(source),
    )


class DemoHouse:
    """What the operator's commands ask of the demo."""

    names = SOURCE_CHOICES
    services = {
        "stage": "demo.stage:create_app",
        "demo-as": "demo.capture.targets:as_server",
        "demo-rs": "demo.capture.targets:fhir_rs",
        "demo-portal": "demo.capture.targets:patient_portal",
        "demo-requester": "demo.capture.targets:requester_app",
    }
    how_to_start = "heart-uma demo"

    def add_options(self, command: argparse.ArgumentParser) -> None:
        add_options(command)

    def missing(self, options: argparse.Namespace) -> str | None:
        folder = layout_of(options).data_dir
        return None if folder.is_dir() else f"There is no demo in {folder}; start it once first."

    def server(self, options: argparse.Namespace, name: str) -> ResourceServer:
        return server_of(layout_of(options), name)

    def issuer(self, options: argparse.Namespace) -> str:
        return layout_of(options).issuer

    def people_database(self, options: argparse.Namespace) -> str:
        return layout_of(options).database("as")
