"""Short mails about an account, handed to the post: the worker sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from broadsheet.readers import Reader
from broadsheet.settings import Settings
from broadsheet.web.desk import State
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
