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
import torch
from numpy.typing import NDArray

from broadsheet.encoders import REACH, Pieces, Ragged, Words, stock_state
from broadsheet.files import replace_file
from broadsheet.learn.errors import LearnError
from broadsheet.learn.job import Job
from broadsheet.learn.students.bert import Bert, Passed, vectors_of
from broadsheet.learn.students.reading import STOCK

Floats = NDArray[np.float32]

_BLOCK = 512  # texts between two words of how far it is
_ALONE = 3.0  # contexts that a word's vector alone counts for
_SURE = 20  # contexts of words by which that is learned
_RIDGE = 1.0


def states_in_context(
    words: Words,
    texts: Sequence[str],
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Floats, Floats]:
    """The mean (ids, 384) of the last states of every word and piece over ``texts``, and how often
    each was met (ids,), 0 where never; ``told`` takes how many texts are done, out of how many.

    A word's state is the mean of its pieces'. Pieces are met where they spell words that are not
    among ``words``. Raises `WeightsMissing`.
    """
    state, tokenizer = stock_state()
    network = Bert(state, tokens=REACH).requires_grad_(False)
    pieces = Pieces(tokenizer)
    spelling = _Spelling(words)
    sums, times = torch.zeros(len(words), network.dimensions), torch.zeros(len(words))

    def note(passed: Passed) -> None:
        targets, shares = spelling.read(passed.ids.numpy(), passed.mask.numpy())
        met = torch.from_numpy(targets >= 0)
        where, share = torch.from_numpy(targets[targets >= 0]), torch.from_numpy(shares)[met]
        sums.index_add_(0, where, passed.states[-1].float()[met] * share[:, None])
        times.index_add_(0, where, share)

    for start in range(0, len(texts), _BLOCK):
        vectors_of(network, Ragged.of(pieces.rows(texts[start : start + _BLOCK], REACH)), note)
        told(min(start + _BLOCK, len(texts)), len(texts))
    return (sums / times.clamp_min(1e-6)[:, None]).numpy(), times.numpy()


def kept_states(job: Job, words: Words, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """`states_in_context`, the latest kept: a training that goes on need not read again.

    Raises `LearnError` where they cannot be kept.
    """
    told = "\n".join([STOCK, str(REACH), *words.words, "", *texts]).encode("utf-8", "replace")
    path = job.cache / f"contexts-{blake2b(told, digest_size=12).hexdigest()}.npz"
    # What cannot be read is made anew.
    with contextlib.suppress(OSError, EOFError, ValueError, KeyError, BadZipFile):
        held = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        return held["means"].astype(np.float32), held["times"]
    means, times = states_in_context(words, texts, partial(job.preparing, "Reading words in texts"))
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

    def read(
        self, ids: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], Floats]:
        """For each token of ids (n, t): the id of the word that it is of, or its own, and what
        part of that it is; -1 for [CLS], [SEP] and padding."""
        targets = np.full(ids.shape, -1, np.int64)
        shares = np.zeros(ids.shape, np.float32)
        for row, length in enumerate(mask.sum(axis=1).tolist()):
            at, end = 1, length - 1
            spelled = [self._pieces[one] for one in ids[row, :length].tolist()]
            while at < end:
                after = at + 1
                while after < end and spelled[after].startswith("##"):
                    after += 1
                word = "".join(part.removeprefix("##") for part in spelled[at:after])
                number = self._known.get(word)
                if number is None:
                    targets[row, at:after] = self._first + ids[row, at:after]
                    shares[row, at:after] = 1
                else:
                    targets[row, at:after] = number
                    shares[row, at:after] = 1 / (after - at)
                at = after
        return targets, shares
