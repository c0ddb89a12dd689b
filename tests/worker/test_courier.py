"""Handing mail to a server: encrypted, counted, and never handed over twice in doubt."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from broadsheet.settings import Settings
from broadsheet.worker.posting_journal import Journal
from broadsheet.worker.posting_smtp import Answer, Courier
from tests.worker import mailroom
from tests.worker.mailroom import Mailbox

MESSAGE = b"Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend.\r\n"


class Raw(Mailbox):
    """Keeps the bytes; may take its time before it answers."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self.bytes: list[bytes] = []
        self.pause = pause

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.bytes.append(envelope.content)
        await asyncio.sleep(self.pause)
        return "250 taken"


def settings(folder: Path, port: int, **changes: object) -> Settings:
    values = {"smtp_host": "localhost", "smtp_port": port, "smtp_security": "none"}
    return Settings(home=folder, mail_from="paper@example.org", **{**values, **changes})  # type: ignore[arg-type]


def sent(folder: Path, given: Settings, name: str = "<1@x>", message: bytes = MESSAGE) -> Answer:
    with Journal(folder / "post.journal") as journal, Courier(given) as courier:
        return courier.send("paper@example.org", "ada@example.org", message, journal, name)


def test_a_message_arrives_as_it_was_written(tmp_path: Path) -> None:
    with mailroom.mail_server(Raw()) as (box, port):
        assert isinstance(box, Raw)
        assert sent(tmp_path, settings(tmp_path, port)) == Answer("sent", "250 taken")
        assert box.bytes == [MESSAGE]


def test_the_journal_knows_the_answer_and_nothing_of_other_mails(tmp_path: Path) -> None:
    with mailroom.mail_server(Raw()) as (_, port):
        sent(tmp_path, settings(tmp_path, port))
    with Journal(tmp_path / "post.journal") as journal:
        assert journal.last_seen("<1@x>").answer == "250 taken"
        assert not journal.last_seen("<2@x>").given
        owner = journal.owner
        journal.begin("<2@x>")
        assert not journal.last_seen("<2@x>").given
        mapped, place, value = journal.dot
        mapped[place] = value
        assert journal.last_seen("<2@x>").given and not journal.last_seen("<2@x>").answer
    with Journal(tmp_path / "post.journal") as journal:
        assert journal.owner == owner
        assert journal.last_seen("<2@x>").given


def test_a_mail_that_was_never_answered_is_not_sent_again_but_its_papers_are_told(
    tmp_path: Path,
) -> None:
    with (
        mailroom.mail_server(Raw(pause=5.0)) as (box, port),
        mailroom.home(tmp_path / "home", port, smtp_timeout=0.1) as home,
    ):
        ada = home.reader("ada", ("term", "galaxies"))
        home.office().run()
        mail = home.office().log.get(ada.id, "daily 2026-08-20")
        assert mail is not None and mail.state == "unanswered"
        home.office().run()
        assert isinstance(box, Raw) and len(box.bytes) == 1
        box.pause = 0.0
        home.clock.now += timedelta(days=1)
        assert home.office().run().sent == 1
        assert len(box.bytes) == 2 and b"galaxies" in box.bytes[1]


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"right"
    return AuthResult(success=good, handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize(("password", "outcome"), [("right", "sent"), ("wrong", "closed")])
def test_a_wrong_password_is_the_server_s_trouble_and_not_the_reader_s(
    tmp_path: Path, password: str, outcome: str
) -> None:
    options = {"authenticator": authenticate, "auth_require_tls": False, "auth_required": True}
    with mailroom.mail_server(Raw(), **options) as (_, port):
        given = settings(tmp_path, port, smtp_user="paper", smtp_password=password)
        answer = sent(tmp_path, given)
    assert answer.outcome == outcome
    assert password not in answer.words
    assert answer.words.startswith({"sent": "250 ", "closed": "localhost: 535 "}[outcome])
    assert "b'" not in answer.words


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@contextmanager
def tls_server(certificate: tuple[Path, Path], security: str) -> Iterator[tuple[Mailbox, int]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    options = (
        {"ssl_context": context}
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    with mailroom.mail_server(Raw(), **options) as found:
        yield found


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_encrypted_to_a_server_that_can_be_trusted(
    tmp_path: Path,
    certificate: tuple[Path, Path],
    security: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with tls_server(certificate, security) as (box, port):
        assert sent(tmp_path, settings(tmp_path, port, smtp_security=security)).outcome == "sent"
        assert isinstance(box, Raw) and box.bytes == [MESSAGE]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_no_word_goes_to_a_server_whose_certificate_nobody_vouches_for(
    tmp_path: Path, certificate: tuple[Path, Path], security: str
) -> None:
    with tls_server(certificate, security) as (box, port):
        answer = sent(tmp_path, settings(tmp_path, port, smtp_security=security))
        assert answer.outcome == "closed" and "certificate" in answer.words
        assert isinstance(box, Raw) and box.bytes == []


def test_a_server_that_cannot_encrypt_is_not_used_in_the_open(tmp_path: Path) -> None:
    with mailroom.mail_server(Raw()) as (box, port):
        answer = sent(tmp_path, settings(tmp_path, port, smtp_security="starttls"))
        assert answer.outcome == "closed" and "STARTTLS" in answer.words
        assert isinstance(box, Raw) and box.bytes == []
