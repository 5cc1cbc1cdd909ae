"""A translation in its reviewable text, gettext's `.po`, read as gettext reads a compiled one.

Nothing compiled lies in the tree or in a package: what a translator wrote is what is installed.
"""

from __future__ import annotations

import io
import json
import re
import struct
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[\d\])\s+)?(".*")')
_MAGIC, _HEAD = 0x950412DE, 28
Entry = dict[str, str]
"""One message by the words of the format: `msgid`, `msgstr`, `msgid_plural`, `msgstr[0]`..."""


def translations(path: Path) -> GNUTranslations:
    """What a file says; a message that is empty or marked fuzzy stays as the page has it."""
    return GNUTranslations(io.BytesIO(_compiled(dict(_said(path.read_text("utf-8"))))))


def _said(text: str) -> Iterator[tuple[str, str]]:
    for entry in _entries(text):
        forms = [words for name, words in sorted(entry.items()) if name.startswith("msgstr")]
        if all(forms):
            ids = (entry["msgid"], entry.get("msgid_plural"))
            yield "\0".join(one for one in ids if one is not None), "\0".join(forms)


def _entries(text: str) -> Iterator[Entry]:
    for block in re.split(r"\n\s*\n", text.strip()):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None or not (name := found[1] or name):
                raise ValueError(f"not a line of a translation: {line}")
            entry[name] = entry.get(name, "") + json.loads(found[2])
        # The head, which names the encoding and the plural, counts however it is marked.
        unsure = re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE)
        if entry and not (unsure and entry["msgid"]):
            yield entry


def _compiled(said: dict[str, str]) -> bytes:
    """The binary form (gettext manual 10.3), without the hash table that nothing here reads."""
    ids = sorted(said)
    texts = [one.encode() for one in (*ids, *(said[one] for one in ids))]
    index, at = [], _HEAD + 8 * len(texts)
    for one in texts:
        index.append(struct.pack("<II", len(one), at))
        at += len(one) + 1
    head = struct.pack("<7I", _MAGIC, 0, len(ids), _HEAD, _HEAD + 8 * len(ids), 0, _HEAD)
    return b"".join([head, *index, *(one + b"\0" for one in texts)])
