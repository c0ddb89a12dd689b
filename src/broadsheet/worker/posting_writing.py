"""From a row of the log to the bytes of a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from hashlib import blake2b

import orjson

from broadsheet.catalog import Catalog, Readings
from broadsheet.editions import (
    Digest,
    MailError,
    MailTokens,
    MailWriter,
    Sender,
    is_address,
    paper_path,
    works_of,
)
from broadsheet.readers import LETTER, Reader
from broadsheet.settings import Settings
from broadsheet.worker.posting_log import Mail

# Where a file in the outbox is from and to, when nobody has an address.
_NOWHERE = "paper@localhost"


class Writing:
    """Writes the mails of one home."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self.tokens = MailTokens.of(settings)
        sender = Sender(
            name=settings.name,
            address=settings.mail_from or _NOWHERE,
            site=settings.public_address,
            mail_unsubscribe=settings.mail_unsubscribe,
        )
        self._writer = MailWriter(sender, self.tokens)

    def message_id(self, reader_id: int, key: str) -> str:
        """The id of a reader's mail, the same for ever."""
        return self._writer.message_id(reader_id, key)

    def written(self, mail: Mail, reader: Reader) -> tuple[str, bytes]:
        """Address and bytes of a mail in the log; raises `MailError` when it cannot go out."""
        if mail.key.startswith(LETTER):
            return mail.address, bytes(self._letter(mail))
        if self._settings.smtp_host and not reader.email_confirmed:
            raise MailError("the reader's address is not confirmed")
        message = self.digest(reader, Digest.loads(mail.content), mail.made_at)
        return self._digest_address(reader), bytes(message)

    def digest(self, reader: Reader, digest: Digest, made: str) -> EmailMessage:
        """A digest as the mail that goes out. Raises `MailError`."""
        papers = works_of(self._catalog, digest)
        if digest.picks and not papers:
            raise MailError("its papers were taken out of the catalog")
        paths = {work.id: paper_path(work.paper) for _, work in papers}
        addressed = replace(reader, email=self._digest_address(reader))
        moment = datetime.fromisoformat(made)
        read = Readings(self._catalog).get_many([work.id for _, work in papers])
        return self._writer.digest(addressed, digest, papers, paths, moment, read)

    def letter(
        self, reader: Reader, address: str, subject: str, lines: Sequence[str], link: str, now: str
    ) -> Mail:
        """A short mail about the account, ready for the log; asked for twice it is one mail."""
        told = blake2b(f"{address} {link}".encode(), digest_size=12).hexdigest()
        content = {"name": reader.display, "subject": subject, "lines": list(lines), "link": link}
        key = f"{LETTER}{told}"
        return Mail(
            reader_id=reader.id,
            key=key,
            state="prepared",
            message_id=self._writer.message_id(0, f"{address} {key}"),
            address=address,
            content=orjson.dumps(content).decode(),
            attempts=0,
            next_at=now,
            owner="",
            answer="",
            made_at=now,
            sent_at="",
        )

    def _digest_address(self, reader: Reader) -> str:
        if is_address(reader.email):
            return reader.email
        if self._settings.smtp_host:
            raise MailError("the reader has no address that mail can be sent to")
        return "reader@localhost"

    def _letter(self, mail: Mail) -> EmailMessage:
        content = orjson.loads(mail.content)
        return self._writer.letter(
            mail.address,
            content["name"],
            content["subject"],
            content["lines"],
            content["link"],
            mail.key,
            datetime.fromisoformat(mail.made_at),
        )
