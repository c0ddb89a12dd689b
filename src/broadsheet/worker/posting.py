"""The post: digests are made when they are due, and each is sent once.

The order of things is what keeps a crash from sending twice or not at all. A mail is written into
the send log before anything else; it is marked as being sent before a server hears of it; the
journal knows whether its last dot went out. Whoever starts next settles what was interrupted
before sending anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from broadsheet.catalog import Catalog, CatalogError
from broadsheet.editions import (
    Digest,
    DigestMaker,
    MailError,
    Missed,
    Slot,
    still_news,
    works_of,
)
from broadsheet.readers import LETTER, LOCAL, Reader, Readers
from broadsheet.settings import Settings
from broadsheet.worker.posting_journal import Journal
from broadsheet.worker.posting_log import Mail, Postbox, PostLog, State, stamp
from broadsheet.worker.posting_outbox import posting_lock, put_into_outbox, sweep_outbox
from broadsheet.worker.posting_rest import DigestsWait, Rest
from broadsheet.worker.posting_slots import slot_of, timely_slots
from broadsheet.worker.posting_smtp import Answer, Courier, outcome_of, trouble
from broadsheet.worker.posting_tally import Tally
from broadsheet.worker.posting_writing import Writing

log = logging.getLogger("broadsheet.post")

# In a row; then nothing more is sent to the address until its reader confirms it again.
MOST_REFUSALS = 3
_MOST_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
_BATCH = 50
# A quiet day is looked at again while papers may still come in.
_LOOK_AGAIN = timedelta(hours=6)
_KEEP_CONTENT = timedelta(days=60)
_NOT_ARRIVED: tuple[State, ...] = ("prepared", "sending", "failed", "unanswered")
_CUT_SHORT = "handed over whole; this program was ended before it saw the server's answer"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, with its zone."""
    return datetime.now(UTC)


class PostOffice:
    """Makes and sends the mail of one home. One process at a time does: it holds `post.lock`."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        readers: Readers,
        maker: Callable[[], DigestMaker],
        *,
        clock: Clock = utc_now,
        stop: threading.Event | None = None,
        rest: Rest | None = None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._readers = readers
        self._maker = maker
        self._clock = clock
        self._stop = stop or threading.Event()
        self.log = PostLog(catalog.database)
        self.writing = Writing(settings, catalog)
        self._rest = rest or Rest()

    def run(self) -> Tally:
        """One round: what was interrupted, what is due, what waits. Raises `PostingLocked`."""
        with self._open() as (journal, courier):
            tally = self._recover(journal)
            due = self._due()
            try:
                maker = self._maker() if due else None
            except DigestsWait as error:
                log.info("digests wait for %s", error)
                maker, tally = None, tally + Tally(waiting=len(due))
            for start in range(0, len(due), _BATCH):
                for reader, slot, box in due[start : start + _BATCH]:
                    if maker is None or self._stop.is_set():
                        break
                    tally += self._prepared(maker, reader, slot, box)
                tally += self._deliver_waiting(journal, courier)
            tally += self._deliver_waiting(journal, courier)
            self.log.forget(stamp(self._clock() - _KEEP_CONTENT))
            sweep_outbox(self._settings, {reader.id for reader in self._readers.accounts.all()})
            return tally

    def preview(self, reader: Reader) -> Digest | None:
        """A reader's newest digest: as it was made for them, else as it would be now; None where
        there is nothing for them."""
        return self.newest(reader)[0]

    def newest(self, reader: Reader) -> tuple[Digest | None, Mail | None]:
        """The same, and what the log says of it where it was made."""
        slot = self.slot(reader)
        mail = self.log.get(reader.id, slot.key)
        if mail is not None and mail.content:
            return Digest.loads(mail.content), mail
        return self._digest(self._maker(), reader, slot, self.log.postbox(reader.id)), None

    def written(self, reader: Reader, digest: Digest) -> str:
        """The plain text of a digest as it would be sent. Raises `MailError`."""
        message = self.writing.digest(reader, digest, stamp(self._clock()))
        body = message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    def slot(self, reader: Reader) -> Slot:
        """The newest digest of a reader whose hour has come; a daily one where they want none."""
        return slot_of(self.log, reader, self._clock())

    def send_now(self, reader: Reader) -> Mail | None:
        """Makes and sends a reader's newest digest now, if that has not been done or has failed;
        returns what the log says of it, None where there is nothing to send. Raises
        `PostingLocked`."""
        slot = self.slot(reader)
        with self._open() as (journal, courier):
            self._recover(journal)
            found = self.log.get(reader.id, slot.key)
            if found is not None and found.state == "failed" and not found.content:
                self.log.settle(found, "quiet", "")  # it could not be made: perhaps by now
            if found is None or found.state == "quiet" or not found.content:
                self._prepare(self._maker(), reader, slot, self.log.postbox(reader.id))
                found = self.log.get(reader.id, slot.key)
            if found is not None and found.state == "failed" and not self._came_later(found):
                self.log.settle(found, "prepared", found.answer)
                found = replace(found, state="prepared")
            if found is not None and found.state == "prepared":
                self._send(found, journal, courier, asked=True)
            found = self.log.get(reader.id, slot.key)
            return None if found is None or found.state == "quiet" else found

    def _came_later(self, mail: Mail) -> bool:
        """Whether a digest that was made after this one was sent: that brought what is in it."""
        sent = self.log.latest(mail.reader_id, ("sent",))
        return not mail.content or (sent is not None and sent.made_at >= mail.made_at)

    @contextmanager
    def _open(self) -> Iterator[tuple[Journal, Courier]]:
        with (
            posting_lock(self._settings),
            Journal(self._settings.home / "post.journal") as journal,
            Courier(self._settings) as courier,
        ):
            self.log.set_right(self._clock())
            yield journal, courier

    def _recover(self, journal: Journal) -> Tally:
        """Settles what a process was sending when it was killed."""
        tally = Tally()
        for mail in self.log.interrupted(journal.owner):
            seen = journal.last_seen(mail.message_id)
            if not seen.given:
                self.log.settle(mail, "prepared", "interrupted before the server had all of it")
                continue
            # The dot is with the kernel, which delivers it after our end: the server has it.
            answer = (
                Answer(outcome_of(seen.answer), seen.answer)
                if seen.answer
                else Answer("sent", _CUT_SHORT)
            )
            tally += self._settle(mail, answer)
        return tally

    def _due(self) -> list[tuple[Reader, Slot, Postbox]]:
        now = self._clock()
        readers = [
            reader
            for reader in self._readers.accounts.all()
            if self._subscribes(reader) and not reader.disabled
        ]
        boxes = self.log.postboxes()
        seq = str(self._catalog.seq())
        found = []
        for reader, slot, state, answer in timely_slots(self.log, readers, now):
            again = state == "quiet" and answer != seq and now < slot.at + _LOOK_AGAIN
            box = boxes.get(reader.id, Postbox(reader.id))
            if (not state or again) and self._reachable(reader, box):
                found.append((reader, slot, box))
        return found

    def _subscribes(self, reader: Reader) -> bool:
        """Whether a reader wants digests by themselves; where accounts are on, the local reader is
        nobody any more."""
        return reader.digest != "off" and self._is_somebody(reader)

    def _is_somebody(self, reader: Reader) -> bool:
        return reader.id != LOCAL or self._readers.accounts.mode() == "single"

    def obstacle(self, reader: Reader) -> str:
        """Why nothing can be sent to a reader, in one line; '' when it can."""
        if why := trouble(self._settings):
            return why
        if not self._is_somebody(reader):
            return f"'{reader.name}' is sent nothing while accounts are on; name an account"
        if not self._reachable(reader, self.log.postbox(reader.id)):
            return (
                f"'{reader.name}' has no confirmed address that takes mail; "
                "they confirm one on their page, or unset smtp_host to write files"
            )
        return ""

    def _reachable(self, reader: Reader, box: Postbox) -> bool:
        """Whether mail may go to a reader: a confirmed address that does not bounce."""
        if not self._settings.smtp_host:
            return True
        return bool(reader.email) and reader.email_confirmed and not box.refuses(reader.email)

    def _digest(
        self, maker: DigestMaker, reader: Reader, slot: Slot, box: Postbox
    ) -> Digest | None:
        # Of either cadence: who changes from one to the other was told up to there.
        sent = self.log.latest(reader.id, ("sent",))
        before = Digest.loads(sent.content) if sent and sent.content else None
        return maker.make(
            reader,
            slot,
            before=before,
            missed=self._missed(reader, slot, sent),
            on_quiet_days=box.quiet,
        )

    def _missed(self, reader: Reader, slot: Slot, sent: Mail | None) -> Missed | None:
        """The newest digest since the last one sent that did not arrive, as far as is known; it
        holds what those before it held."""
        mail = self.log.latest(reader.id, _NOT_ARRIVED, but=slot.key, held=True)
        if mail is None or (sent and mail.made_at < sent.made_at):
            return None
        return Missed(Digest.loads(mail.content), unsure=mail.state in ("sending", "unanswered"))

    def _prepared(self, maker: DigestMaker, reader: Reader, slot: Slot, box: Postbox) -> Tally:
        """`_prepare`; what nobody foresaw in one reader's digest keeps no other from theirs. It is
        not tried again and again: the next one tells what this would have told."""
        try:
            return Tally(made=int(self._prepare(maker, reader, slot, box)))
        except (CatalogError, OSError):
            raise  # of the home: the next round may find it mended
        except Exception as error:
            log.exception("the digest of reader %s cannot be made", reader.id)
            why = f"it could not be made ({type(error).__name__}: {error})"
            self.log.put(replace(self._mail(reader, slot), state="failed", attempts=1, answer=why))
            return Tally(failed=1)

    def _prepare(self, maker: DigestMaker, reader: Reader, slot: Slot, box: Postbox) -> bool:
        digest = self._digest(maker, reader, slot, box)
        mail = self._mail(reader, slot)
        if digest is None:
            seq = str(self._catalog.seq())
            self.log.put(replace(mail, state="quiet", answer=seq))
            return False
        self.log.supersede(reader.id, slot.key)
        return self.log.put(replace(mail, content=digest.dumps()))

    def _mail(self, reader: Reader, slot: Slot) -> Mail:
        now = stamp(self._clock())
        return Mail(
            reader_id=reader.id,
            key=slot.key,
            state="prepared",
            message_id=self.writing.message_id(reader.id, slot.key),
            address=reader.email,
            content="",
            attempts=0,
            next_at=now,
            owner="",
            answer="",
            made_at=now,
            sent_at="",
        )

    def _deliver_waiting(self, journal: Journal, courier: Courier) -> Tally:
        tally = Tally()
        if self._rest.lasts(self._clock()):
            return tally
        if why := trouble(self._settings):
            log.warning("no mail is sent: %s", why)
            return tally
        while mails := self.log.waiting(stamp(self._clock()), _BATCH):
            for mail in mails:
                if self._stop.is_set():
                    return tally
                tally += self._send(mail, journal, courier)
                if self._rest.lasts(self._clock()):  # the others wait as well
                    return tally
        return tally

    def _send(
        self, mail: Mail, journal: Journal, courier: Courier, *, asked: bool = False
    ) -> Tally:
        """Sends one mail; where the server cannot be used, it rests from then on. ``asked``: by
        name, so that it also goes to someone who wants no digests by themselves."""
        reader = self._readers.accounts.get(mail.reader_id)
        wanted = asked or mail.key.startswith(LETTER) or (reader and self._subscribes(reader))
        if reader is None or reader.disabled or not wanted:
            self.log.settle(mail, "failed", "the reader has gone, or wants no digests any more")
            return Tally(failed=1)
        if mail.attempts and not mail.key.startswith(LETTER):
            made = Digest.loads(mail.content)
            digest = still_news(self._catalog, self._readers, made)
            if made.picks and not digest.picks:
                self.log.settle(self.log.rewrite(mail, ""), "quiet", str(self._catalog.seq()))
                return Tally()
            mail = self.log.rewrite(mail, digest.dumps())
        try:
            address, message = self.writing.written(mail, reader)
        except MailError as error:
            self.log.settle(mail, "failed", str(error))
            return Tally(failed=1)
        if not self.log.claim(mail, journal.owner):
            return Tally()
        mail = replace(mail, attempts=mail.attempts + 1, address=address)
        if not self._settings.smtp_host:
            path = put_into_outbox(self._settings, reader, mail.key, message)
            if self._is_gone(mail):
                path.unlink(missing_ok=True)
            return self._settle(mail, Answer("sent", f"written to {path}"))
        answer = courier.send(self._settings.mail_from, address, message, journal, mail.message_id)
        if answer.outcome in ("closed", "unanswered"):
            self._rest.begin(self._clock())
        else:
            self._rest.end()
        return self._settle(mail, answer)

    def _settle(self, mail: Mail, answer: Answer) -> Tally:
        """Writes down what became of a mail, and what follows from it."""
        if self._is_gone(mail):
            return Tally()
        now = self._clock()
        match answer.outcome:
            case "sent":
                # First what must not be told again: done twice it changes nothing.
                self._mark_told(mail)
                self.log.settle(mail, "sent", answer.words, sent_at=stamp(now))
                return Tally(sent=1)
            case "unanswered":
                log.warning("mail %s: %s", mail.message_id, answer.words)
                self.log.settle(mail, "unanswered", answer.words)
                return Tally(failed=1)
            case "refused":
                self.log.settle(mail, "failed", answer.words)
                self._count_refusal(mail, answer.words, now)
                return Tally(failed=1)
            case "closed":
                log.warning("mail to reader %s waits: %s", mail.reader_id, answer.words)
                self.log.put_back(mail, answer.words, stamp(now))
                return Tally(put_off=1)
            case "later":
                if mail.attempts >= _MOST_ATTEMPTS:
                    self.log.settle(mail, "failed", answer.words)
                    return Tally(failed=1)
                pause = min(_FIRST_PAUSE * 2 ** max(0, mail.attempts - 1), _LONGEST_PAUSE)
                log.warning("mail to reader %s waits: %s", mail.reader_id, answer.words)
                self.log.settle(mail, "prepared", answer.words, next_at=stamp(now + pause))
                return Tally(put_off=1)

    def _is_gone(self, mail: Mail) -> bool:
        """Whether a mail's reader was deleted while it was being sent: nothing of them is written
        down again."""
        return self.log.get(mail.reader_id, mail.key) is None

    def _mark_told(self, mail: Mail) -> None:
        if mail.key.startswith(LETTER) or not mail.content:
            return
        digest = Digest.loads(mail.content)
        texts = {work.id: work.text_hash for _, work in works_of(self._catalog, digest)}
        self._readers.shown.mark(mail.reader_id, "digest", digest.day, list(texts), texts)

    def _count_refusal(self, mail: Mail, words: str, now: datetime) -> None:
        if mail.key.startswith(LETTER):
            return
        if self.log.refused(mail.reader_id, mail.address, stamp(now), MOST_REFUSALS):
            log.warning(
                "reader %s: the address refused mail %s times in a row, nothing more is sent to "
                "it until it is confirmed again: %s",
                mail.reader_id,
                MOST_REFUSALS,
                words,
            )
