"""The mail server: one connection, messages handed over one by one, each answer accounted for."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Literal, Self

from broadsheet.settings import Settings
from broadsheet.worker.posting_journal import Journal

# sent: the server has it. later: it may be tried again. refused: never for this address.
# closed: the server cannot be used now, whoever the mail is for. unanswered: it was handed over
# whole, and no answer came: only the server knows.
Outcome = Literal["sent", "later", "refused", "closed", "unanswered"]

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)
# A server may look through a message for minutes before it answers (RFC 5321, 4.5.3.2.6).
_DOT_PATIENCE = 5
_LONGEST_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message, and the server's words."""

    outcome: Outcome
    words: str


class _Client(smtplib.SMTP):
    """A message is sent with its final dot apart, so that the journal can note it."""

    patience: float

    def hand_over(self, message: bytes, journal: Journal) -> tuple[int, bytes]:
        """DATA, the message, the dot; returns the server's answer to the whole.

        Raises `smtplib.SMTPDataError` when DATA itself is refused, and `_Unanswered` when the
        dot went out and no answer came.
        """
        code, words = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, words)
        self.send(_LINE_START_DOT.sub(b"..", message))
        assert self.sock is not None  # noqa: S101  # the server has just answered on it
        send, last = self.sock.send, b".\r\n"
        mapped, place, value = journal.dot
        # These two belong together: see posting_journal.
        mapped[place] = value
        sent = send(last)
        try:
            if sent < len(last):
                self.send(last[sent:])
            journal.flush()
            self.sock.settimeout(self.patience * _DOT_PATIENCE)
            code, words = self.getreply()
            self.sock.settimeout(self.patience)
        except (OSError, smtplib.SMTPException) as error:
            raise _UnansweredError(str(error)) from error
        if code == -1:
            raise _UnansweredError("the connection ended")
        return code, words


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class _UnansweredError(Exception):
    """The whole message went out, and the server said nothing."""


class Courier:
    """Hands messages to the mail server of the settings; opens one connection when needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: _Client | None = None

    def send(
        self, sender: str, recipient: str, message: bytes, journal: Journal, message_id: str
    ) -> Answer:
        """Hands one message over. Never raises for what a server or a network does."""
        try:
            client = self._connected()
        except (OSError, smtplib.SMTPException, ssl.SSLError, UnicodeError) as error:
            self._drop()
            return Answer("closed", self._where(error))
        journal.begin(message_id)
        try:
            code, words = _step(client.mail(sender))
            if code >= 400:
                # It is us whom the server does not take mail from, whoever it is for.
                self._reset()
                return Answer("closed", f"the sender is refused: {_said(code, words)}")
            code, words = _step(client.rcpt(recipient))
            if code >= 400:
                self._reset()
                return Answer(_by_code(code), _said(code, words))
            code, words = client.hand_over(message, journal)
        except _UnansweredError as error:
            self._drop()
            return Answer("unanswered", self._where(error))
        except smtplib.SMTPResponseException as error:
            self._drop()
            return Answer(_by_code(error.smtp_code), _said(error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer("closed", self._where(error))
        said = _said(code, words)
        journal.answered(said)
        if code == 421:
            self._drop()
        return Answer(outcome_of(said), said)

    def _connected(self) -> _Client:
        if self._client is None:
            self._client = _open(self._settings)
        return self._client

    def _reset(self) -> None:
        """Forgets a message that was begun, or the connection when that cannot be done."""
        try:
            if self._client is not None:
                self._client.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _where(self, error: BaseException) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            words = _said(error.smtp_code, error.smtp_error)
        else:
            words = " ".join(str(error).split()) or type(error).__name__
        return f"{self._settings.smtp_host}: {words}"[:_LONGEST_ANSWER]

    def close(self) -> None:
        """Says goodbye, without waiting long for the answer."""
        if self._client is not None and self._client.sock is not None:
            try:
                self._client.sock.settimeout(2.0)
                self._client.quit()
            except (OSError, smtplib.SMTPException):
                self._client.close()
        self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def trouble(settings: Settings) -> str:
    """What in the settings keeps mail from being sent, in one line; '' when nothing does."""
    if not settings.smtp_host:
        return ""
    if not settings.mail_from:
        return "setting 'mail_from': name the address digests come from, e.g. paper@example.org"
    plain = settings.smtp_security == "none" and settings.smtp_host not in _LOOPBACK
    if plain and settings.smtp_user:
        return (
            "setting 'smtp_security': a password is never sent unencrypted; "
            "use starttls or tls, or no smtp_user"
        )
    return ""


def outcome_of(answer: str) -> Outcome:
    """What an answer to a whole message means (``250 OK`` -> sent)."""
    return _by_code(int(answer[:3]) if answer[:3].isdecimal() else 400)


def _by_code(code: int) -> Outcome:
    if 200 <= code < 300:
        return "sent"
    return "refused" if code >= 500 else "later"


def _open(settings: Settings) -> _Client:
    port = settings.smtp_port or _PORTS[settings.smtp_security]
    context = ssl.create_default_context()
    client: _Client
    if settings.smtp_security == "tls":
        client = _TlsClient(
            settings.smtp_host, port, timeout=settings.smtp_timeout, context=context
        )
    else:
        client = _Client(settings.smtp_host, port, timeout=settings.smtp_timeout)
    client.patience = settings.smtp_timeout
    try:
        if settings.smtp_security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        client.close()
        raise
    return client


def _step(reply: tuple[int, bytes]) -> tuple[int, bytes]:
    """A reply; raises where the connection ended instead of one."""
    if reply[0] in (-1, 421):
        raise smtplib.SMTPServerDisconnected(_said(*reply) if reply[0] == 421 else "it hung up")
    return reply


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    printable = "".join(c if c.isprintable() else " " for c in text)
    return f"{code} {' '.join(printable.split())}"[:_LONGEST_ANSWER]
