"""Who someone is to others, wherever they picked, added, handed in or speak for something."""

from __future__ import annotations

from markupsafe import Markup

from broadsheet.readers import Readers


def signature(display: str, name: str) -> Markup:
    """The name that someone shows and, where it is another, that of their account: the first
    anyone may choose, the second is theirs alone."""
    shown = Markup("<bdi>{}</bdi>").format(display)
    return shown if name == display else Markup("{} {}").format(shown, name)


def named(display: str, name: str) -> str:
    """The same where nothing but text can stand: in mails."""
    return name if display == name else f"{display} ({name})"


def signature_of(readers: Readers, reader_id: int) -> Markup:
    """The `signature` of a reader by number."""
    found = readers.accounts.get(reader_id)
    return signature(found.display, found.name) if found else Markup("someone who has left")
