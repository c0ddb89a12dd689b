"""Short mails about an account, handed to the post: the worker sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from broadsheet.readers import LOCAL, Reader
from broadsheet.settings import Settings
from broadsheet.web.desk import State
from broadsheet.web.signatures import named
from broadsheet.worker import PostLog, Writing


def send_letter(
    settings: Settings,
    state: State,
    reader: Reader,
    address: str,
    subject: str,
    lines: Sequence[str],
    link: str,
) -> None:
    """Puts a mail into the post's log; asked for twice it is one mail."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mail = Writing(settings, state.catalog).letter(reader, address, subject, lines, link, now)
    PostLog(state.catalog.database).put(mail)


def send_confirmation(
    settings: Settings, state: State, reader: Reader, email: str, link: str
) -> None:
    """Asks the owner of an address whether a reader's mail may go there. It may be anybody's: the
    mail says who gave it, and that nothing follows without an answer."""
    by = "" if reader.id == LOCAL else f" by {named(reader)}"
    lines = [
        f"This address was given{by} for the digests of {settings.name}. If that was you, open "
        "this link within two days, and they are sent here.",
        "If it was not you, there is nothing to do: nothing more is sent to you.",
    ]
    send_letter(settings, state, reader, email, "Confirm your address", lines, link)


def posted(settings: Settings, address: str) -> str:
    """What is said of a mail that was handed to the post."""
    if settings.smtp_host:
        return f"A mail is on its way to {address}; open the link in it"
    return "The mail lies in the outbox folder, because no mail server is set up"
