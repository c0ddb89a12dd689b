"""The tokens of static encoders: whole words, and word pieces for the words that are not known.

A tokenizer of transformers spends its time on pieces and offsets; here a word is one look-up in
a dict of bytes. Lower case and separators come from one table over the bytes of a text in ASCII.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.interface import EncoderError
from broadsheet.encoders.readable import CHARACTERS_PER_TOKEN, readable

if TYPE_CHECKING:  # imported when it is wanted: who only counts words needs no tokenizer
    from tokenizers import Tokenizer

UNKNOWN = "[UNK]"
_LONGEST_WORD = 64  # characters; of an endless word no more is cut into pieces
_REMEMBERED = 200_000  # words outside the vocabulary, about 30 MB
_BETWEEN = re.compile(r"[\W_]+")
_ASCII = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of different lengths in one array: list i is ``flat[offsets[i] : offsets[i + 1]]``.

    ``flat`` is int32 (tokens,), ``offsets`` int64 (lists + 1,).
    """

    flat: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int] | NDArray[np.int32]]) -> Ragged:
        """These lists."""
        ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        flat = np.concatenate([np.empty(0, np.int32), *(np.asarray(row, np.int32) for row in rows)])
        return cls(flat, ends)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.flat[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How long each list is, (lists,)."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """These lists, in this order."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(ends[-1]) + np.repeat(self.offsets[rows] - ends[:-1], lengths)
        return Ragged(self.flat[places], ends)


class Words:
    """A vocabulary of ``words`` (ids from 0) and of a tokenizer's word pieces (ids behind them).

    A known word is one id; any other the ids of its pieces. What the pieces cannot spell has no
    id. Safe to use from several threads; what it remembers of unknown words is bounded.
    """

    def __init__(self, words: Sequence[str], pieces: Path | Tokenizer) -> None:
        """``pieces`` is a tokenizer or the path of its ``tokenizer.json``.

        Raises ValueError for words that are not in the form that texts are split into (see
        `split_words`) or that come twice, `EncoderError` for a tokenizer that cannot be read.
        """
        self.words = tuple(words)
        keys = [word.encode() for word in self.words]
        if split_words(" ".join(self.words)) != keys:
            raise ValueError("words of a vocabulary must be lower case, whole and without accents")
        if len(set(keys)) != len(keys):
            raise ValueError("a word comes twice in the vocabulary")
        self._tokenizer = tokenizer_of(pieces) if isinstance(pieces, Path) else pieces
        self.size = len(keys) + self._tokenizer.get_vocab_size()
        self._known = {key: number for number, key in enumerate(keys)}
        self._table = self._new_table()

    def __len__(self) -> int:
        """How many ids there are: words and pieces."""
        return self.size

    def ids(self, text: str, limit: int) -> list[int]:
        """The ids of a text's first ``limit`` words, at most ``limit`` of them."""
        packed: list[int] = self.pack([text], limit).flat.tolist()
        return packed

    def pack(self, texts: Iterable[str], limit: int) -> Ragged:
        """The ids of many texts, each as by `ids`."""
        table = self._table  # this one to the end: its numbers for unknown words are its own
        found = array("i")
        ends = array("q", [0])
        look_up = table.__getitem__
        reach = limit * CHARACTERS_PER_TOKEN
        for text in texts:
            found.extend(map(look_up, _split(text, limit, reach)[:limit]))
            ends.append(len(found))
        if len(table.spellings) > _REMEMBERED:
            self._table = self._new_table()
        flat = np.frombuffer(found, np.int32) if found else np.empty(0, np.int32)
        return _spelled(Ragged(flat, np.frombuffer(ends, np.int64)), table.spellings, limit)

    @property
    def remembered(self) -> int:
        """How many words outside the vocabulary are held."""
        return len(self._table.spellings)

    def _new_table(self) -> Spelled:
        first, unknown = len(self._known), self._tokenizer.token_to_id(UNKNOWN)

        def spell(word: str) -> list[int]:
            ids = self._tokenizer.encode(word[:_LONGEST_WORD], add_special_tokens=False).ids
            return [first + number for number in ids if number != unknown]

        return Spelled(self._known, spell, longest=_LONGEST_WORD)

    def pieces_json(self) -> str:
        """The tokenizer of the pieces, as ``tokenizer.json`` holds it."""
        return str(self._tokenizer.to_str())

    def piece_texts(self) -> list[str]:
        """The pieces in the order of their ids, as the tokenizer writes them (``##ing``)."""
        vocabulary = self._tokenizer.get_vocab()
        return sorted(vocabulary, key=vocabulary.__getitem__)


class Spelled(dict[bytes, int]):
    """Ids of words; one of several pieces has the number -1 - its place in ``spellings``."""

    def __init__(
        self, known: dict[bytes, int], spell: Callable[[str], list[int]], *, longest: int
    ) -> None:
        """``spell`` is asked for words that are not ``known``, and what it says is remembered of
        words of up to ``longest`` bytes: a longer one would fill the memory as a key."""
        super().__init__(known)
        self.spellings: list[list[int]] = []
        self._spell = spell
        self._longest = longest
        self._lock = threading.Lock()

    def __missing__(self, word: bytes) -> int:
        spelled = self._spell(word.decode())
        if len(spelled) == 1:
            number = spelled[0]
        else:
            with self._lock:
                self.spellings.append(spelled)
                number = -len(self.spellings)
        if len(word) <= self._longest:
            self[word] = number
        return number


def split_words(text: str) -> list[bytes]:
    """The words of a text: lower case, compatible forms and accents folded, UTF-8.

    A word is a run of letters and digits of any script.
    """
    if text.isascii():
        return text.encode().translate(_ASCII).split()
    folded = unicodedata.normalize("NFKD", text)
    folded = "".join([char for char in folded if not unicodedata.combining(char)])
    return _BETWEEN.sub(" ", folded.lower()).encode().split()


def titled(text: str, times: int) -> str:
    """A text of several lines with its first, the title, said ``times`` times."""
    title, line, _ = text.partition("\n")
    return f"{title}\n" * (times - 1) + text if line else text


def document_frequencies(texts: Iterable[str], limit: int) -> Counter[str]:
    """In how many of the texts each word occurs among the first ``limit``."""
    counts: Counter[bytes] = Counter()
    for text in texts:
        counts.update(set(_split(text, limit, limit * CHARACTERS_PER_TOKEN)[:limit]))
    return Counter({word.decode(): count for word, count in counts.items()})


def _split(text: str, limit: int, reach: int) -> list[bytes]:
    if text.isascii():  # no surrogates to look for
        return text[:reach].encode().translate(_ASCII).split()
    return split_words(readable(text, limit))


def _spelled(packed: Ragged, pieces: list[list[int]], limit: int) -> Ragged:
    """The same with the pieces put in for words that have several, cut at ``limit`` a text."""
    several = np.flatnonzero(packed.flat < 0)
    if not len(several):
        return packed
    spellings = [pieces[place] for place in (-1 - packed.flat[several]).tolist()]
    counts = np.ones(len(packed.flat), np.int64)
    counts[several] = [len(spelling) for spelling in spellings]
    flat = np.repeat(packed.flat, counts)
    flat[flat < 0] = [number for spelling in spellings for number in spelling]
    offsets = np.concatenate([[0], np.cumsum(counts)])[packed.offsets]
    lengths = np.diff(offsets)
    if (lengths <= limit).all():
        return Ragged(flat, offsets)
    kept = np.minimum(lengths, limit)
    ends = np.concatenate([[0], np.cumsum(kept)])
    return Ragged(flat[np.arange(ends[-1]) + np.repeat(offsets[:-1] - ends[:-1], kept)], ends)


def tokenizer_of(path: Path) -> Tokenizer:
    """The tokenizer of a ``tokenizer.json``, neither padding nor cutting; raises `EncoderError`."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises a bare Exception
        raise EncoderError(
            f"{path}: no tokenizer can be read there ({' '.join(str(error).split())[:200]})"
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
