"""Short mails about an account, handed to the post: the worker sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from broadsheet.editions import public_name
from broadsheet.readers import LOCAL, Reader
from broadsheet.settings import Settings
from broadsheet.text import plain
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
    settings: Settings, state: State, reader: Reader, email: str, here: str
) -> str:
    """Asks the owner of an address whether a reader's mail may go there; what is said of that.

    It may be anybody's: the mail says who gave it, and that nothing follows without an answer.
    ``here`` is where its link leads. '' where the address is empty: it is removed.
    """
    secret = state.readers.letters.change_email(reader.id, email)
    if not secret:
        return ""
    link = f"{here}/mail/confirm/{secret}"
    by = "" if reader.id == LOCAL else f" by {named(reader.display, reader.name)}"
    lines = [
        f"This address was given{by} for the digests of {settings.name}. If that was you, open "
        "this link within two days, and they are sent here.",
        "If it was not you, there is nothing to do: nothing more is sent to you.",
    ]
    send_letter(settings, state, reader, email, "Confirm your address", lines, link)
    return posted(settings, email)


def send_claim(
    settings: Settings, state: State, reader: Reader, address: str, secret: str, here: str
) -> None:
    """Asks whoever reads an address that stands in a paper whether the reader who claims it wrote
    it. They may be another of its authors, or not know what this is: the mail says which paper it
    is, and that nothing follows without an answer."""
    claim = state.readers.community.claims.mailed(secret)
    work = state.catalog.get(claim.work_id)
    title = plain(work.paper.title[:500]) if work else ""
    paper = f"“{title}” ({public_name(work.paper)})" if work and title else "a paper"
    by = named(reader.display, reader.name)
    lines = [
        f"{by} says that {paper}, in which this address stands, is theirs. If that was you, open "
        f"this link within two days where you are logged in to {settings.name}.",
        "If it was not you, there is nothing to do: the link is good for that account alone.",
    ]
    link = f"{here}/claims/confirm?code={secret}"
    send_letter(settings, state, reader, address, "Is this paper yours?", lines, link)


def posted(settings: Settings, address: str) -> str:
    """What is said of a mail that was handed to the post."""
    if settings.smtp_host:
        return f"A mail is on its way to {address}; open the link in it"
    return "The mail lies in the outbox folder, because no mail server is set up"
