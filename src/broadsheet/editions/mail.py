"""A digest as a mail: plain text that reads well, and HTML that needs neither images nor light.

Everything that came from outside (titles, names, addresses) is made harmless where it enters: one
line without controls in a header, wrapped words in the text, escaped characters in the HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import blake2b
from urllib.parse import quote, urlsplit

from broadsheet.catalog import Work
from broadsheet.citations import appearances
from broadsheet.editions.calendar import long_date, plain_date
from broadsheet.editions.cards import CardLine, card_of
from broadsheet.editions.digest_values import FOLLOWED, FOR_YOU, QUIET, Digest, Pick
from broadsheet.editions.mail_text import wrapped
from broadsheet.editions.mail_tokens import ACTS, MailTokens
from broadsheet.papers import Paper
from broadsheet.readers import Reader
from broadsheet.text import Reading, opening, plain, told_title

_OPENING = 280
_NAMED = 3
_LONGEST_HEADER = 150
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})")
_PAGES = {FOLLOWED: "/following", FOR_YOU: "/for-you"}
_ACT_WORDS = {"more": "More like this", "less": "Less like this", "save": "Save"}


# Headers that programs read addresses in.
_BARE = ("list-unsubscribe", "list-id")


class MailError(Exception):
    """A mail that cannot be written; the text is one line."""


class _Wire(EmailPolicy):
    """The library's rules, but for headers that programs read addresses in.

    It makes encoded words (RFC 2047) of what is longer than a line. Those headers allow none
    (RFC 2369, RFC 2919): they are folded between addresses, and no address is broken.
    """

    def fold(self, name: str, value: str) -> str:
        """A header as text, with its line breaks."""
        if name.lower() in _BARE and value.isascii():
            return f"{name}: {value.replace(', <', f',{self.linesep} <')}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """A header as bytes, with its line breaks."""
        if name.lower() in _BARE and value.isascii():
            return self.fold(name, value).encode()
        return bytes(super().fold_binary(name, value))


# The library takes the same bound for quoted-printable, which has 76 (RFC 2045).
_SMTP = _Wire(linesep="\r\n", max_line_length=76)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail is from, and where its links lead.

    ``site`` is the address of the pages without a slash at the end; ``mail_unsubscribe`` an
    address that takes unsubscriptions, or ''.
    """

    name: str
    address: str
    site: str
    mail_unsubscribe: str = ""

    @property
    def domain(self) -> str:
        """What message ids and list ids end in."""
        host = urlsplit(self.site).hostname or "localhost"
        return host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "localhost"


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper of a digest as both parts of the mail show it. A line without a label is how its
    abstract begins."""

    section: str
    title: str
    byline: str
    lines: tuple[CardLine, ...]
    why: str
    url: str
    choose: str
    acts: tuple[tuple[str, str], ...]


class MailWriter:
    """Writes mails; what readers share of a paper is put into words once."""

    def __init__(self, sender: Sender, tokens: MailTokens) -> None:
        self._sender = sender
        self._tokens = tokens
        self._words: dict[tuple[int, int], tuple[str, str, tuple[CardLine, ...]]] = {}
        # Slow to load, and most that is printed is no mail.
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("broadsheet.editions"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._digest_page = environment.get_template("digest.html")
        self._letter_page = environment.get_template("letter.html")

    def digest(
        self,
        reader: Reader,
        digest: Digest,
        papers: Sequence[tuple[Pick, Work]],
        paths: Mapping[int, str],
        made: datetime,
        readings: Mapping[int, Reading] | None = None,
    ) -> EmailMessage:
        """A digest for a reader; raises `MailError` for an address that is none.

        ``paths`` are the papers' pages by work id, without the address of the site; ``readings``
        what was read from them, as far as it was.
        """
        read = readings or {}
        shown = [
            self._shown(reader, pick, work, paths[work.id], read.get(work.id))
            for pick, work in papers
        ]
        unsubscribe = self.unsubscribe_url(reader.id)
        values = {
            "name": one_line(self._sender.name),
            "title": digest_title(digest),
            "summary": _summary(digest, len(shown)),
            "greeting": one_line(reader.display or reader.name),
            "note": digest.note,
            "sections": _sections(shown),
            "ending": _ending(digest, len(shown)),
            "waiting": _waiting(digest, self._sender.site),
            "site": self._sender.site,
            "unsubscribe": unsubscribe,
        }
        told = _count(len(shown)) if shown else QUIET[digest.cadence]
        subject = f"{self._sender.name}: {digest_title(digest)}, {told}"
        message = self._begun(reader.email, reader.display or reader.name, subject, made)
        message["Message-ID"] = self.message_id(reader.id, digest.key)
        message["List-Id"] = f"{_phrase(self._sender.name)} <digest.{self._sender.domain}>"
        ways = [f"<{unsubscribe}>"]
        if self._sender.mail_unsubscribe:
            leave = quote(self._sender.mail_unsubscribe, safe="@+")
            ways.append(f"<mailto:{leave}?subject=unsubscribe>")
        message["List-Unsubscribe"] = ", ".join(ways)
        if unsubscribe.startswith("https:"):  # RFC 8058 takes no other
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Precedence"] = "bulk"
        message.set_content(_digest_text(values, shown), cte="quoted-printable")
        page = self._digest_page.render(values)
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        return message

    def letter(
        self,
        address: str,
        name: str,
        subject: str,
        lines: Sequence[str],
        link: str,
        key: str,
        made: datetime,
    ) -> EmailMessage:
        """A short mail about the account itself (a confirmation, an invitation): some lines and
        one link. ``key`` names it among the mails to this address."""
        message = self._begun(address, name, f"{self._sender.name}: {subject}", made)
        message["Message-ID"] = self.message_id(0, f"{address} {key}")
        text = ["\n".join(wrapped(line)) for line in lines]
        message.set_content("\n\n".join([*text, link, f"-- \n{self._sender.site}"]) + "\n")
        values = {"name": self._sender.name, "title": subject, "lines": lines, "link": link}
        message.add_alternative(
            self._letter_page.render(values, site=self._sender.site), subtype="html"
        )
        return message

    def message_id(self, reader_id: int, key: str) -> str:
        """The same for the same digest of a reader, however often it is written."""
        digest = blake2b(f"{self._sender.site} {reader_id} {key}".encode(), digest_size=16)
        return f"<{digest.hexdigest()}@{self._sender.domain}>"

    def unsubscribe_url(self, reader_id: int) -> str:
        """Where a reader ends their digests."""
        return f"{self._sender.site}/mail/unsubscribe/{self._tokens.unsubscribe(reader_id)}"

    def _begun(self, address: str, name: str, subject: str, made: datetime) -> EmailMessage:
        message = EmailMessage(policy=_SMTP)
        message["From"] = _mailbox(self._sender.name, self._sender.address)
        message["To"] = _mailbox(name, address)
        message["Subject"] = one_line(subject)
        message["Date"] = format_datetime(made)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["Content-Language"] = "en"
        return message

    def _shown(
        self, reader: Reader, pick: Pick, work: Work, path: str, reading: Reading | None
    ) -> Shown:
        key = (work.id, work.seq)
        if key not in self._words:
            self._words[key] = _in_words(work.paper, reading)
        title, byline, lines = self._words[key]
        act = f"{self._sender.site}/mail/act/"
        tokens = self._tokens
        return Shown(
            section=pick.section,
            title=title,
            byline=byline,
            lines=lines,
            why=one_line(plain(pick.why), 240),
            url=f"{self._sender.site}{path}",
            choose=act + tokens.act(reader.id, work.id, ""),
            acts=tuple(
                (_ACT_WORDS[name], act + tokens.act(reader.id, work.id, name)) for name in ACTS
            ),
        )


def is_address(text: str) -> bool:
    """Whether mail can be sent to an address: ASCII, one mailbox, nothing that ends a header."""
    return bool(_ADDRESS.fullmatch(text)) and ".." not in text


def one_line(text: str, longest: int = _LONGEST_HEADER) -> str:
    """Text as it may stand in a header: printable, on one line, not too long.

    An encoded word (RFC 2047) in it would be decoded when the header is written, line breaks
    and all: none is left.
    """
    text = text.replace("=?", "= ?")
    tidy = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return tidy if len(tidy) <= longest else f"{tidy[: longest - 1].rstrip()}…"


def digest_title(digest: Digest) -> str:
    """``Friday 21 August 2026``, ``The week to Saturday 22 August 2026``."""
    day = long_date(digest.day)
    return day if digest.cadence == "daily" else f"The week to {day}"


def _mailbox(name: str, address: str) -> Address:
    if not is_address(address):
        raise MailError(f"'{one_line(address, 80)}' is no address that mail can be sent to")
    return Address(display_name=one_line(name, 80), addr_spec=address)


def _phrase(name: str) -> str:
    """A name as List-Id's phrase (RFC 2919): quoted, ASCII."""
    kept = "".join(char for char in one_line(name, 60) if char.isascii() and char not in '"\\')
    return f'"{kept or "Broadsheet"}"'


def _in_words(paper: Paper, reading: Reading | None) -> tuple[str, str, tuple[CardLine, ...]]:
    """Title, authors with categories, and what pages show of it: problem, idea and result where
    it was read, else the first sentences."""
    title = one_line(plain(paper.title[:1000]), 300) or one_line(paper.id)
    title = told_title(paper, title)
    names = [_isolated(one_line(author.name, 60)) for author in paper.authors[: _NAMED + 1]]
    if len(paper.authors) > _NAMED + 1:
        names = [*names[:_NAMED], f"and {len(paper.authors) - _NAMED} others"]
    subjects = one_line(", ".join(paper.categories[:4]), 80)
    venue = next((one_line(str(one), 60) for one in appearances(paper)), "")
    parts = [", ".join(names).replace(", and ", " and "), venue, subjects]
    lines = card_of(reading, paper.abstract) if reading and not paper.withdrawn else ()
    if not lines:
        text = opening(paper.abstract or paper.summary, _OPENING)
        label = "" if paper.abstract else "In our words"
        lines = (CardLine(label, text),) if text else ()
    told = tuple(CardLine(line.label, _uncut(one_line(plain(line.words), 1000))) for line in lines)
    return title, " · ".join(filter(None, parts)), told


def _uncut(text: str) -> str:
    """A text whose dots at the end, where it was cut, never stand alone on a line."""
    return f"{text.removesuffix(' …')}\u00a0…" if text.endswith(" …") else text


def _isolated(words: str) -> str:
    """Words that run from right to left, kept from turning what stands before them on their line:
    by characters, as plain text has no elements for it."""
    turns = any(unicodedata.bidirectional(char) in ("R", "AL") for char in words)
    return f"\u2068{words}\u2069" if turns else words


def _sections(shown: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    found: dict[str, list[Shown]] = {}
    for item in shown:
        found.setdefault(item.section, []).append(item)
    return list(found.items())


def _count(number: int) -> str:
    return "1 paper" if number == 1 else f"{number} papers"


def _summary(digest: Digest, count: int) -> str:
    if not count:
        return "Nothing new for you."
    minutes = "a minute" if digest.minutes <= 1 else f"{digest.minutes} minutes"
    return f"{_count(count)}, about {minutes}"


def _ending(digest: Digest, count: int) -> list[str]:
    """The lines that end a digest: it is over, and nothing was missed."""
    days = plain_date(digest.last)
    if digest.first != digest.last:
        days = f"{plain_date(digest.first)} to {days}"
    lines = ["That is all."]
    if digest.announced:
        papers = "1 paper was" if digest.announced == 1 else f"{digest.announced:,} papers were"
        lines.append(f"{papers} announced, {days}.")
    if digest.late:
        papers = "1 paper" if digest.late == 1 else f"{digest.late:,} papers"
        lines.append(f"{papers} of earlier days arrived late.")
    if digest.left_out:
        wait = "it waits" if digest.left_out == 1 else "they wait"
        lines.append(f"{digest.not_fitting}; {wait} on your page:")
    elif count:
        lines.append("Nothing of yours was left out.")
    return lines


def _waiting(digest: Digest, site: str) -> list[tuple[str, str]]:
    """Where what did not fit is found: the names and addresses of pages."""
    return [(place, f"{site}{_PAGES[place]}") for place in digest.waits]


def _digest_text(values: Mapping[str, object], shown: Sequence[Shown]) -> str:
    """The plain part: 72 columns, addresses on lines of their own so that none is broken."""
    lines = [str(values["name"]).upper(), f"{values['title']} · {values['summary']}"]
    lines += wrapped(f"For {_isolated(str(values['greeting']))}")
    if values["note"]:
        lines += ["", *wrapped(str(values["note"]))]
    number = 0
    for section, items in _sections(shown):
        lines += ["", "", section.upper(), "=" * len(section)]
        for item in items:
            number += 1
            title = f"{number}. {_isolated(item.title)}"
            lines += ["", *wrapped(title, hanging=len(f"{number}. "))]
            lines += wrapped(item.byline, 3)
            for line in item.lines:
                told = f"{line.label}: {_isolated(line.words)}" if line.label else line.words
                lines += wrapped(told, 3)
            lines += wrapped(f"Why: {item.why}.", 3) if item.why else []
            lines += [f"   {item.url}", "   More, less or save:", f"   {item.choose}"]
    ending = values["ending"]
    assert isinstance(ending, list)  # noqa: S101  # made by _ending
    lines += ["", "", "* * *", ""]
    lines += [part for line in ending for part in wrapped(line)]
    waiting = values["waiting"]
    assert isinstance(waiting, list)  # noqa: S101  # made by _waiting
    lines += [address for _, address in waiting]
    lines += ["", "-- ", "Change when and what you are sent:", f"{values['site']}/account"]
    lines += ["No more of these:", str(values["unsubscribe"])]
    return "\n".join(lines) + "\n"
