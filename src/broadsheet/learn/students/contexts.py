"""What a word is to the stock encoder in the middle of a text: the mean of its states there.

The vector of a text is the mean of its tokens' states. So the best that a table of words can say
of a text is the mean of what each of its words is elsewhere (Bommasani et al., 2020, "Interpreting
Pretrained Contextualized Representations via Reductions to Static Embeddings"). The vector of a
word that is encoded alone is farther off: half of it is the encoder's own [CLS] and [SEP].
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Ragged, ShowsStates, Words, distinct_words
from broadsheet.files import replace_file
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.students.reading import STOCK

Floats = NDArray[np.float32]

_BLOCK = 512  # texts between two words of how far it is
_SAVED = 8_192  # texts between two times that it is kept: one to two minutes
_SEEN = 180  # words of a text, about what the stock encoder's window holds
_ENOUGH = 10  # texts that a word should be met in
_ROUNDS = 32
_ROWS = 20_000  # looked at together
_ALONE = 3.0  # contexts that a word's vector alone counts for
_SURE = 20  # contexts of words by which that is learned
_RIDGE = 1.0


def papers_for_contexts(job: Job, words: Words, count: int) -> NDArray[np.int64]:
    """Rows of ``count`` papers (or all) to meet words in: those of the pairs, whose vectors will
    be wanted anyway, and of the others those that hold most words which were met too seldom."""
    documents = job.corpus.documents
    own = np.unique(job.documents_of_pairs)
    if len(own) >= count:
        return np.sort(job.chance("contexts").permutation(own)[:count])
    if count >= len(documents):
        return np.arange(len(documents))
    ids = words.pack(job.texts("Looking for rare words"), _SEEN)
    told = partial(job.preparing, "Choosing papers with rare words")
    return covering(ids, len(words), own, count, told)


def covering(
    ids: Ragged,
    size: int,
    taken: NDArray[np.int64],
    count: int,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> NDArray[np.int64]:
    """``taken`` and so many more rows of ``ids`` (all below ``size``) that they are ``count``,
    sorted: in rounds those whose ids were met least, counted up to `_ENOUGH` times."""
    met = _met(ids.take(taken), size)
    for done in range(_ROUNDS):
        scores = _sums(ids, np.maximum(0, 1 - met / _ENOUGH).astype(np.float32))
        scores[taken] = -1
        wanted = (count - len(taken)) // (_ROUNDS - done)
        best = np.argsort(-scores, kind="stable")[:wanted]
        chosen = np.sort(best[scores[best] >= 0])
        met += _met(ids.take(chosen), size)
        taken = np.union1d(taken, chosen)
        told(done + 1, _ROUNDS)
    return taken


def _met(ids: Ragged, size: int) -> NDArray[np.int64]:
    """In how many texts each id is, (size,)."""
    return np.bincount(distinct_words(ids, size)[1], minlength=size)


def _sums(ids: Ragged, values: Floats) -> Floats:
    """What the ids of each text add up to, (n,); -1 for texts without any."""
    found = np.full(len(ids), -1, np.float32)
    filled = np.flatnonzero(ids.lengths)
    for start in range(0, len(filled), _ROWS):
        block = filled[start : start + _ROWS]
        begins = ids.offsets[block]
        part = ids.flat[begins[0] : ids.offsets[block[-1] + 1]]
        found[block] = np.add.reduceat(values[part], begins - begins[0])
    return found


@dataclass
class Contexts:
    """What the words of the first ``done`` texts were there: ``sums`` (ids, d) of their states, and
    how often each was met, ``times`` (ids,)."""

    sums: Floats
    times: Floats
    done: int = 0

    @classmethod
    def none(cls, ids: int, dimensions: int) -> Contexts:
        """Before the first text."""
        return cls(np.zeros((ids, dimensions), np.float32), np.zeros(ids, np.float32))

    def means(self) -> Floats:
        """The mean state of every id, (ids, d); zeros where it was never met."""
        found = self.sums.copy()
        found /= np.maximum(self.times, np.float32(1e-6))[:, None]
        return found


def read_contexts(
    encoder: ShowsStates,
    words: Words,
    texts: Sequence[str],
    found: Contexts,
    keep: Callable[[Sequence[str], Floats], None] = lambda _texts, _vectors: None,
) -> None:
    """Adds to ``found`` the last states that ``encoder`` has of every word and piece in the rest of
    ``texts``.

    A word's state is the mean of its pieces'. Pieces are met where they spell words that are not
    among ``words``. ``keep`` takes some texts, now done, and their vectors (n, d), which cost
    nothing more.
    """
    spelling = _Spelling(words)
    vectors: list[Floats] = []
    for done, read in enumerate(encoder.states(texts[found.done :]), found.done + 1):
        targets, shares = spelling.read(read.ids)
        met = targets >= 0
        np.add.at(found.sums, targets[met], read.states[met] * shares[met, None])
        np.add.at(found.times, targets[met], shares[met])
        vectors.append(read.vector)
        if len(vectors) == _BLOCK or done == len(texts):
            found.done = done
            keep(texts[done - len(vectors) : done], np.stack(vectors))
            vectors = []


def kept_contexts(job: Job, words: Words, texts: Sequence[str]) -> Contexts:
    """`read_contexts` of the stock encoder, the latest kept, every few minutes while it reads: a
    training that goes on need not read again. The texts' vectors are kept too
    (`Job.kept_vectors`).

    Raises `LearnError` where they cannot be kept.
    """
    encoder = job.encoder_of(STOCK)
    if not isinstance(encoder, ShowsStates):
        raise LearnError(f"{encoder.name} does not show the states of a text's words")
    told = "\n".join([encoder.key, *words.words, "", *texts]).encode("utf-8", "replace")
    path = job.cache / f"contexts-{blake2b(told, digest_size=12).hexdigest()}.npz"
    found = _kept(path) or Contexts.none(len(words), encoder.dimensions)
    saved = found.done

    def keep(some: Sequence[str], vectors: Floats) -> None:
        nonlocal saved
        job.keep_vectors(encoder, some, vectors)
        if found.done - saved >= _SAVED or found.done == len(texts):
            _keep(path, found)
            saved = found.done
        job.preparing("Reading words in texts", found.done, len(texts))

    read_contexts(encoder, words, texts, found, keep)
    return found


def _kept(path: Path) -> Contexts | None:
    """None where there is nothing that can be read: it is then made anew."""
    try:
        held = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        return Contexts(held["sums"], held["times"], int(held["done"]))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def _keep(path: Path, found: Contexts) -> None:
    content = io.BytesIO()
    np.savez(content, sums=found.sums, times=found.times, done=np.int64(found.done))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for older in path.parent.glob("contexts-*"):  # some 150 MB each
            if older != path:
                older.unlink(missing_ok=True)
        replace_file(path, content.getvalue())
    except OSError as error:
        raise LearnError(f"{path}: cannot be written ({error.strerror}); make room") from error


def vectors_in_context(found: Contexts, alone: Floats) -> Floats:
    """Vectors (ids, d) of words by what they were in context, centred, of mean length 1.

    A word that was met seldom goes by what its vector ``alone`` (ids, d) lets expect: a linear map
    by least squares over the words that were met often counts like a few contexts.
    """
    times = found.times
    if not times.any():
        return _centred(alone)
    means = found.means()
    known = times >= min(_SURE, float(times.max()))
    told = np.concatenate([alone, np.ones((len(alone), 1), np.float32)], axis=1)
    weights = np.sqrt(np.minimum(times[known], 10 * _SURE))[:, None]
    given, wanted = told[known] * weights, means[known] * weights
    inner = given.T @ given + _RIDGE * np.eye(given.shape[1], dtype=np.float32)
    expected = told @ np.linalg.solve(inner, given.T @ wanted)
    share = (times / (times + _ALONE))[:, None]
    return _centred(share * means + (1 - share) * expected)


def _centred(vectors: Floats) -> Floats:
    vectors = vectors - vectors.mean(axis=0)
    found: Floats = (vectors / np.linalg.norm(vectors, axis=1).mean()).astype(np.float32)
    return found


class _Spelling:
    """From rows of word pieces to the words of a vocabulary."""

    def __init__(self, words: Words) -> None:
        self._pieces = words.piece_texts()
        self._first = len(words.words)
        self._known = {word: number for number, word in enumerate(words.words)}

    def read(self, ids: NDArray[np.int32]) -> tuple[NDArray[np.int64], Floats]:
        """For each token of ids (t,): the id of the word that it is of, or its own, and what part
        of that it is; -1 for [CLS] and [SEP]."""
        targets = np.full(len(ids), -1, np.int64)
        shares = np.zeros(len(ids), np.float32)
        at, end = 1, len(ids) - 1
        spelled = [self._pieces[one] for one in ids.tolist()]
        while at < end:
            after = at + 1
            while after < end and spelled[after].startswith("##"):
                after += 1
            word = "".join(part.removeprefix("##") for part in spelled[at:after])
            number = self._known.get(word)
            if number is None:
                targets[at:after] = self._first + ids[at:after]
                shares[at:after] = 1
            else:
                targets[at:after] = number
                shares[at:after] = 1 / (after - at)
            at = after
        return targets, shares
