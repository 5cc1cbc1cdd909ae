"""Small real attachments: plain text, and a one-page PDF 1.4 written by hand (ISO 32000-1 7.5)."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha1

from demo.records.elements import Element

_FOOTER = "Made-up document of the heart-uma demo. Not a real person."


def text_attachment(title: str, text: str, created: str) -> Element:
    return _attachment("text/plain; charset=utf-8", title, f"{title}\n\n{text}\n".encode(), created)


def pdf_attachment(title: str, lines: Sequence[str], created: str) -> Element:
    return _attachment("application/pdf", title, pdf(title, lines), created)


def _attachment(content_type: str, title: str, content: bytes, created: str) -> Element:
    return {
        "contentType": content_type,
        "language": "en",
        "data": b64encode(content).decode(),
        "size": len(content),
        # FHIR fixes SHA-1 for Attachment.hash; it detects accidents, it is no signature.
        "hash": b64encode(sha1(content, usedforsecurity=False).digest()).decode(),
        "title": title,
        "creation": created,
    }


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """A page any reader opens: catalog, pages, page, font, content, and a true xref table."""
    rows = [f"({_escape(line)}) Tj T*" for line in ("", *lines, "", _FOOTER)]
    drawn = "\n".join(
        [
            "BT /F1 18 Tf 72 720 Td",
            f"({_escape(title)}) Tj",
            "/F1 12 Tf 0 -28 Td 18 TL",
            *rows,
            "ET",
        ]
    ).encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Title (%s) >>" % _escape(title).encode("latin-1"),
    ]
    return _assemble(objects)


def _assemble(objects: Sequence[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    written += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n" % size
    written += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(written)


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
