"""A real mail server on the loopback, and a home with readers and papers to send them."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from broadsheet.catalog import Catalog, ingest
from broadsheet.editions import DigestMaker
from broadsheet.papers import Identifier, Paper
from broadsheet.readers import Reader, Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from broadsheet.worker import PostOffice
from broadsheet.worker.posting_rest import Rest
from tests.web.papers import arrivals


@dataclass
class Mailbox:
    """What the server took, and what else it answers to some addresses."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        address = envelope.rcpt_tos[0]
        if address in self.data:
            return self.data[address]
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((address, message))
        return "250 taken"

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for _, message in self.taken]


@contextmanager
def mail_server(box: Mailbox | None = None, **options: Any) -> Iterator[tuple[Mailbox, int]]:
    """The server and its port."""
    box = box or Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port(), **options)
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


@contextmanager
def silent_server(say: bytes = b"") -> Iterator[int]:
    """A server that takes connections, says one thing at most, and then nothing for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.sendall(say)
            held.append(connection)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            connection.close()
        thread.join(5)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Clock:
    """A clock that tests set."""

    def __init__(self, iso: str) -> None:
        self.now = datetime.fromisoformat(iso)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Home:
    """A home with papers and readers, and its post office."""

    settings: Settings
    catalog: Catalog
    readers: Readers
    clock: Clock

    def office(self, *, rest: Rest | None = None, **changes: Any) -> PostOffice:
        settings = self.settings.model_copy(update=changes)
        return PostOffice(
            settings,
            self.catalog,
            self.readers,
            lambda: DigestMaker(self.catalog, self.readers),
            clock=self.clock,
            rest=rest,
        )

    def announce(self, day: str, title: str) -> None:
        """One more paper, announced on a day."""
        name = Identifier("arxiv", f"2609.{len(title):05}")
        paper = Paper(
            id=name.value,
            source="listings",
            title=title,
            abstract=f"{title}. " * 20,
            identifiers=(name,),
            categories=("cs.LG",),
            announced=day,
        )
        ingest(
            self.catalog,
            [Arrived(paper, 1)],
            path=Path(title),
            source="listings",
            rejected_dir=self.settings.rejected_path,
        )

    def reader(self, name: str, *follows: tuple[str, str], **settings: Any) -> Reader:
        """A reader with a confirmed address who wants a digest at seven."""
        found = self.readers.accounts.add(name, email=f"{name}@example.org")
        confirm(self.readers, found)
        for kind, value in follows:
            self.readers.follows.add(found.id, kind, value)
        values = {"digest": "daily", "digest_hour": 7, "timezone": "UTC", **settings}
        return self.readers.accounts.update(found.id, **values)


def confirm(readers: Readers, reader: Reader) -> None:
    """What the link in a confirmation does."""
    from sqlalchemy import text

    with readers.catalog.database.write() as connection:
        connection.execute(
            text("UPDATE readers SET email_confirmed = 1 WHERE id = :id"), {"id": reader.id}
        )


@contextmanager
def home(folder: Path, port: int = 0, **changes: Any) -> Iterator[Home]:
    """Three days of papers, the last one 2026-08-20; it is eight o'clock of that day."""
    mail = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "mail_from": "paper@example.org",
        "smtp_timeout": 5.0,
    }
    values = {"public_url": "https://paper.example.org", **(mail if port else {}), **changes}
    settings = Settings(home=folder, **values)
    with closing(Catalog.open(settings)) as catalog:
        if not catalog.count():
            ingest(
                catalog,
                arrivals(),
                path=Path("listings"),
                source="listings",
                rejected_dir=settings.rejected_path,
            )
        yield Home(settings, catalog, Readers(catalog), Clock("2026-08-20T08:00:00+00:00"))


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.01)
