"""The operator's tools of the code under test: an older checkout has them under its demo."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bench.servers import code_under_test

if TYPE_CHECKING:
    from demo.seeding import import_one
    from operator_tools.browser import Browser
    from operator_tools.linking import link_record
    from operator_tools.signing_in import sign_in_and_allow
else:
    ROOM = "operator_tools" if (code_under_test() / "operator_tools").is_dir() else "demo"

    def _tool(module: str, name: str) -> Any:
        return getattr(import_module(module), name)

    Browser = _tool(f"{ROOM}.browser", "Browser")
    link_record = _tool(f"{ROOM}.linking", "link_record")
    sign_in_and_allow = _tool(f"{ROOM}.signing_in", "sign_in_and_allow")
    import_one = _tool("demo.importing" if ROOM == "demo" else "demo.seeding", "import_one")

__all__ = ["Browser", "import_one", "link_record", "sign_in_and_allow"]
