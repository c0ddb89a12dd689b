"""What a word is to the stock encoder in the middle of a text: the mean of its states there.

The vector of a text is the mean of its tokens' states. So the best that a table of words can say
of a text is the mean of what each of its words is elsewhere (Bommasani et al., 2020, "Interpreting
Pretrained Contextualized Representations via Reductions to Static Embeddings"). The vector of a
word that is encoded alone is farther off: half of it is the encoder's own [CLS] and [SEP].
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import ShowsStates, Words
from broadsheet.files import replace_file
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.students.reading import STOCK

Floats = NDArray[np.float32]

_BLOCK = 512  # texts between two words of how far it is
_ALONE = 3.0  # contexts that a word's vector alone counts for
_SURE = 20  # contexts of words by which that is learned
_RIDGE = 1.0


def states_in_context(
    encoder: ShowsStates,
    words: Words,
    texts: Sequence[str],
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Floats, Floats]:
    """The mean (ids, d) of ``encoder``'s last states of every word and piece over ``texts``, and
    how often each was met (ids,), 0 where never; ``told`` takes how many texts are done, out of
    how many.

    A word's state is the mean of its pieces'. Pieces are met where they spell words that are not
    among ``words``.
    """
    spelling = _Spelling(words)
    sums = np.zeros((len(words), encoder.dimensions), np.float32)
    times = np.zeros(len(words), np.float32)
    for done, read in enumerate(encoder.states(texts), 1):
        targets, shares = spelling.read(read.ids)
        met = targets >= 0
        np.add.at(sums, targets[met], read.states[met] * shares[met, None])
        np.add.at(times, targets[met], shares[met])
        if done % _BLOCK == 0 or done == len(texts):
            told(done, len(texts))
    sums /= np.maximum(times, np.float32(1e-6))[:, None]
    return sums, times


def kept_states(job: Job, words: Words, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """`states_in_context` of the stock encoder, the latest kept: a training that goes on need not
    read again.

    Raises `LearnError` where they cannot be kept.
    """
    encoder = job.encoder_of(STOCK)
    if not isinstance(encoder, ShowsStates):
        raise LearnError(f"{encoder.name} does not show the states of a text's words")
    told = "\n".join([encoder.key, *words.words, "", *texts]).encode("utf-8", "replace")
    path = job.cache / f"contexts-{blake2b(told, digest_size=12).hexdigest()}.npz"
    # What cannot be read is made anew.
    with contextlib.suppress(OSError, EOFError, ValueError, KeyError, BadZipFile):
        held = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        return held["means"].astype(np.float32), held["times"]
    told_of = partial(job.preparing, "Reading words in texts")
    means, times = states_in_context(encoder, words, texts, told_of)
    kept = means.astype(np.float16)
    content = io.BytesIO()
    np.savez(content, means=kept, times=times)
    try:
        job.cache.mkdir(parents=True, exist_ok=True)
        for older in job.cache.glob("contexts-*"):  # some 80 MB each
            older.unlink(missing_ok=True)
        replace_file(path, content.getvalue())
    except OSError as error:
        raise LearnError(f"{path}: cannot be written ({error.strerror}); make room") from error
    return kept.astype(np.float32), times  # as it will be read


def vectors_in_context(means: Floats, times: Floats, alone: Floats) -> Floats:
    """Vectors (ids, d) of words by what they were in context, centred, of mean length 1.

    A word that was met seldom goes by what its vector ``alone`` (ids, d) lets expect: a linear map
    by least squares over the words that were met often counts like a few contexts.
    """
    if not times.any():
        return _centred(alone)
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
