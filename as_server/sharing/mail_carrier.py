"""The way out for mail: one SMTP server, over TLS unless it is on this machine (RFC 5321, 8314).

Whoever sends holds no transaction and no lock: a mail server may take its time.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from heart_ground.durable import holding
from heart_uma.loopback import is_loopback_url

DEADLINE = 10.0
"""Seconds that each step of the conversation may take."""


class NotSent(Exception):
    """The mail was not taken, or nobody knows."""


@dataclass(frozen=True)
class Carrier:
    """Where mail is handed in, as `AS_SMTP_URL` says it."""

    host: str
    port: int
    at_once: bool
    """TLS from the first byte on (`smtps`), not by STARTTLS."""
    local: bool
    login: str
    password: str

    @classmethod
    def of(cls, url: str) -> Carrier:
        """ValueError for what is no address of a mail server."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be smtp://host:port or smtps://host:port")
        at_once = parts.scheme == "smtps"
        local = is_loopback_url(f"http://{parts.netloc.rpartition('@')[2]}")
        port = parts.port or (465 if at_once else 587)
        login, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, at_once, local, login, password)

    def send(self, mail: EmailMessage) -> None:
        """Hand it in; NotSent for whatever keeps it from being taken."""
        holding.refuse_to_wait()
        try:
            with self._connected() as server:
                if not self.at_once and (not self.local or server.has_extn("starttls")):
                    # Refused by a server without it: nothing is sent in clear.
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo()
                if self.login:
                    server.login(self.login, self.password)
                server.send_message(mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        if self.at_once:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=DEADLINE, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=DEADLINE)
        server.ehlo()
        return server
