"""The acronyms that a paper defines, and every place where it uses a short form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from broadsheet.text.acronyms.finding import Found, find_acronyms
from broadsheet.text.acronyms.forms import bare, letters_of, looks_short
from broadsheet.text.acronyms.keys import long_key, short_key
from broadsheet.text.acronyms.values import Acronym

if TYPE_CHECKING:
    from broadsheet.text.reading.values import Document

_UNIT = re.compile(r"[^\W_]+(?:['’][^\W_]+)*[+*]?|\S")
_MENTION = re.compile(r"[^\W_](?:[\w&/+-]*[^\W_])?")
_STRANGE = frozenset("$\\{}_^<>=|~")
_AT_ONCE = 300  # tokens: time stays linear in a sentence that never ends
_SHOUTED = 0.4  # of the words in capitals: there a word in capitals is no short form
_LEAST_LETTERS = 3  # of a short form that no bracket defines
_LONGEST = 120
_MOST = 40  # definitions of one paper


@dataclass(frozen=True, slots=True)
class Mention:
    """A short form where it is used: ``text[start:end]``."""

    short: str
    start: int
    end: int


def defined_acronyms(document: Document) -> tuple[Acronym, ...]:
    """The short and long forms that a paper defines, in title and abstract, each once.

    A place is the long form's in the abstract; ``start`` is -1 in the title. Linear in the
    text's length; nothing rather than something doubtful.
    """
    found: dict[str, Acronym] = {}
    if _shouts(document.abstract):
        return ()
    for span in document.sentences:
        text = document.abstract[span.start : span.end]
        for one in _defined(text, span.start):
            found.setdefault(short_key(one.short), one)
            if len(found) >= _MOST:
                return tuple(found.values())
    if not _shouts(document.title):
        for one in _defined(document.title, 0):
            long = Acronym(one.short, one.long, -1, -1)
            found.setdefault(short_key(one.short), long)
    return tuple(found.values())


def acronym_mentions(text: str) -> tuple[Mention, ...]:
    """Every short form of a text, by its looks; none of a text that shouts."""
    if _shouts(text):
        return ()
    return tuple(
        Mention(match[0], match.start(), match.end())
        for match in _MENTION.finditer(text)
        if looks_short(match[0])
    )


def _shouts(text: str) -> bool:
    words = text[:4000].split()
    capitals = sum(word.isupper() and len(word) > 1 for word in words)
    return len(words) > 3 and capitals > _SHOUTED * len(words)


def _defined(text: str, offset: int) -> Iterator[Acronym]:
    if not any(char.isupper() for char in text):
        return
    units = list(_UNIT.finditer(text))
    for first in range(0, len(units), _AT_ONCE):
        part = units[first : first + _AT_ONCE]
        words = [unit[0] for unit in part]
        for one in find_acronyms(words):
            if one.long is None or not _is_sure(one, one.long[0], words):
                continue
            start, end = part[one.long[0]].start(), part[one.long[1] - 1].end()
            short = text[part[one.start].start() : part[one.end - 1].end()]
            long = text[start:end]
            if _may_show(short, long):
                yield Acronym(bare(short), long, start + offset, end + offset)


def _is_sure(one: Found, long: int, words: list[str]) -> bool:
    """Whether brackets define it, or it has letters enough."""
    before = one.start > 0 and words[one.start - 1] in "(["
    after = long > 0 and words[long - 1] in "(["
    letters = letters_of("".join(words[one.start : one.end]))
    return before or after or len(letters) >= _LEAST_LETTERS


def _may_show(short: str, long: str) -> bool:
    if not len(bare(short)) + 2 <= len(long) <= _LONGEST or _STRANGE & set(long + short):
        return False
    return long_key(long) != short_key(short) and bare(short) not in long.split()
