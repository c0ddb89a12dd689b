"""The word pieces of a text as BERT's tokenizer gives them, several times as fast.

What the tokenizer makes of a text depends on nothing beyond the next white space, and most of a
text are words it has met before: so these are looked up, and the tokenizer is asked for the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from broadsheet.encoders.interface import EncoderError
from broadsheet.encoders.readable import readable
from broadsheet.encoders.words import Spelled, tokenizer_of

_REMEMBERED = 200_000  # words of several pieces, about 30 MB
_LONGEST = 64  # bytes; what is longer is not remembered
_WORD = re.compile(rb"[a-z0-9]+|[^a-z0-9 ]")
_SPACES = re.compile(r"[ \t\n\r]+")
# What the tokenizer does with a character of ASCII: white space is a blank, control characters
# are left out, letters are small.
_CONTROLS = bytes([*(code for code in range(32) if chr(code) not in "\t\n\r"), 127])
_SMALL = bytes(32 if chr(code) in "\t\n\r" else ord(chr(code).lower()) if code < 128 else code
               for code in range(256))  # fmt: skip
_NORMALISER = {
    "type": "BertNormalizer",
    "clean_text": True,
    "handle_chinese_chars": True,
    "strip_accents": None,
    "lowercase": True,
}
_SPLITTER = {"type": "BertPreTokenizer"}


class Pieces:
    """A tokenizer of BERT's kind without capitals; safe to use from several threads at once."""

    def __init__(self, path: Path) -> None:
        """Reads a ``tokenizer.json``; raises `EncoderError` for one of another kind."""
        self._tokenizer = tokenizer_of(path)
        said = json.loads(self._tokenizer.to_str())
        kind = (said["normalizer"], said["pre_tokenizer"], said["model"].get("type"))
        if kind != (_NORMALISER, _SPLITTER, "WordPiece"):
            raise EncoderError(
                f"{path}: is no tokenizer of BERT's kind without capitals; copy the encoder anew"
            )
        special = self._tokenizer.get_added_tokens_decoder().values()
        self._special = re.compile("|".join(re.escape(one.content) for one in special) or "(?!)")
        self._first, self._last = self._ends()
        self._table = self._new_table()

    def ids(self, text: str, limit: int) -> list[int]:
        """The first ``limit`` token ids of a text, its beginning and end among them."""
        text = readable(text, limit)
        if self._special.search(text):  # a name of the tokenizer's own is one token
            found = self._tokenizer.encode(text, add_special_tokens=False).ids
        elif text.isascii():
            found = self._look_up(text)
        else:
            found = self._mixed(text)
        within = max(limit - len(self._first) - len(self._last), 0)
        return [*self._first, *found[:within], *self._last]

    def rows(self, texts: Iterable[str], limit: int) -> list[list[int]]:
        """As `ids`, of each text."""
        return [self.ids(text, limit) for text in texts]

    @property
    def remembered(self) -> int:
        """How many words of several pieces are held."""
        return len(self._table.spellings)

    def _look_up(self, text: str) -> list[int]:
        """The pieces of a text in ASCII."""
        table = self._table  # this one to the end: its numbers for spelled words are its own
        words = _WORD.findall(text.encode().translate(_SMALL, _CONTROLS))
        found: list[int] = []
        for number in map(table.__getitem__, words):
            if number >= 0:
                found.append(number)
            else:
                found += table.spellings[-1 - number]
        if len(table.spellings) > _REMEMBERED:
            self._table = self._new_table()
        return found

    def _mixed(self, text: str) -> list[int]:
        """The pieces of a text some of whose words are not in ASCII."""
        found: list[int] = []
        plain: list[str] = []
        for word in _SPACES.split(text):
            if word.isascii():
                plain.append(word)
                continue
            found += self._look_up(" ".join(plain))
            found += self._spell(word)
            plain.clear()
        return found + self._look_up(" ".join(plain))

    def _spell(self, word: str) -> list[int]:
        return list(self._tokenizer.encode(word, add_special_tokens=False).ids)

    def _new_table(self) -> Spelled:
        # Pieces that only go on in a word ("##s") are no word's name, so nobody looks them up.
        vocabulary = self._tokenizer.get_vocab().items()
        known = {text.encode(): number for text, number in vocabulary}
        return Spelled(known, self._spell, longest=_LONGEST)

    def _ends(self) -> tuple[list[int], list[int]]:
        """What the tokenizer puts before and after every text."""
        bare = self._tokenizer.encode("a", add_special_tokens=False).ids
        whole = self._tokenizer.encode("a").ids
        at = whole.index(bare[0])
        return whole[:at], whole[at + len(bare) :]
