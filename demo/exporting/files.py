"""The files that a page of the stage offers: what they are called, and what is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, render_template

from demo.exporting.har import SYNTHETIC, archive
from demo.exporting.message import as_data
from demo.wire.arrows import Arrow
from demo.wire.drawing import drawn
from demo.wire.inspected import curl, inspected


@dataclass(frozen=True, slots=True)
class File:
    words: str
    media: str
    text: Callable[[str, Sequence[Arrow]], str]


def _svg(_title: str, arrows: Sequence[Arrow]) -> str:
    return str(drawn(arrows, len(arrows)))


def _html(title: str, arrows: Sequence[Arrow]) -> str:
    messages = [inspected(arrow) for arrow in arrows]
    drawing = drawn(arrows, len(arrows))
    return render_template(
        "wire/alone.html", title=title, drawing=drawing, messages=messages, note=SYNTHETIC
    )


def _har(_title: str, arrows: Sequence[Arrow]) -> str:
    return json.dumps(archive(arrows), indent=1, ensure_ascii=False)


def _json(title: str, arrows: Sequence[Arrow]) -> str:
    data = {"title": title, "note": SYNTHETIC, "messages": [*map(as_data, arrows)]}
    return json.dumps(data, indent=1, ensure_ascii=False)


def _script(title: str, arrows: Sequence[Arrow]) -> str:
    """Commands to read and to adapt: their tokens are cut, so none opens anything."""
    lines = ["#!/bin/sh", f"# {title}. {SYNTHETIC}", "# Put your own in their places."]
    for arrow in arrows:
        if not arrow.is_answer:
            section = f" ({arrow.named.section})" if arrow.named.section else ""
            lines += ["", f"# {arrow.number}. {arrow.named.label}{section}", curl(arrow.crossing)]
    return "\n".join(lines) + "\n"


# A page that came from here would count as one of the stage's own; as mere bytes it is kept first.
FILES: Mapping[str, File] = {
    "svg": File("Diagram (SVG)", "image/svg+xml", _svg),
    "html": File("One page (HTML)", "application/octet-stream", _html),
    "har": File("HTTP archive (HAR)", "application/json", _har),
    "sh": File("Commands (curl)", "text/x-shellscript", _script),
    "json": File("Data (JSON)", "application/json", _json),
}


def download(kind: str, title: str, name: str, arrows: Sequence[Arrow]) -> Response:
    """The file, for a browser to keep; no page of the stage runs it."""
    file = FILES[kind]
    answer = Response(file.text(title, arrows), mimetype=file.media)
    answer.headers["Content-Disposition"] = f'attachment; filename="heart-uma-{name}.{kind}"'
    return answer
