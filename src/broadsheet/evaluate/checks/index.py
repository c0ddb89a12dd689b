"""Does the index hold what was filed, and do its answers agree with one another?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.checks.subject import Check, Subject, overlap, share
from broadsheet.index import WordQuery
from broadsheet.text import embedded_text

_FILED = 0.98  # cosine of a vector filed in int8 to one made anew
_DEPTH = 10
_MADE_ANEW = 40  # works encoded again
_EXACT = 20  # queries whose nearest are looked up exactly


def index_checks(subject: Subject) -> list[Check]:
    """Checks of the index by itself and against the encoder."""
    checks = [*_words_agree(subject)]
    if subject.encoder is None or subject.index.encoder != subject.encoder.key:
        return checks
    return [_encoded(subject), _filed(subject), _itself(subject), _nearest(subject), *checks]


def _encoded(subject: Subject) -> Check:
    status = subject.index.status()
    value = status.encoded / status.papers if status.papers else None
    seen = f"{status.encoded:,} of {status.papers:,} papers have their vector"
    return Check("index", "encoded", value, None, seen)


def _filed(subject: Subject) -> Check:
    """The vector filed for a work is that of its text."""
    encoder = subject.encoder
    works = [work for work in subject.works if subject.index.vector(work.id) is not None]
    works = works[:_MADE_ANEW]
    if encoder is None or not works:
        return Check("index", "filed vectors", None, _FILED, "no work has a vector yet")
    made = encoder.encode_documents([embedded_text(work.paper) for work in works])
    made = made / np.linalg.norm(made, axis=1, keepdims=True)
    filed = np.stack([np.asarray(subject.index.vector(work.id)) for work in works])
    seen = f"least cosine of a filed vector to one made anew, {len(works)} works"
    return Check("index", "filed vectors", float((made * filed).sum(axis=1).min()), _FILED, seen)


def _vectors(subject: Subject) -> list[tuple[int, NDArray[np.float32]]]:
    found = [(work.id, subject.index.vector(work.id)) for work in subject.works]
    return [(work_id, vector) for work_id, vector in found if vector is not None]


def _itself(subject: Subject) -> Check:
    """A filed vector finds its own work first, or another of the very same vector."""
    first = []
    for work_id, vector in _vectors(subject):
        ranking = subject.index.search_vectors(vector, _DEPTH)
        best = ranking.scores[0] if len(ranking) else np.inf
        own = ranking.scores[ranking.ids == work_id]
        first.append(bool(len(own)) and bool(own[0] >= best - 1e-3))
    seen = f"filed vectors that find their own work first, of {len(first)}"
    return Check("index", "own vector first", share(first), 0.98, seen)


def _nearest(subject: Subject) -> Check:
    """The approximate search finds the exact nearest, and gives them their exact scores."""
    index, ids = subject.index, np.asarray(subject.all_ids, np.int64)
    same = []
    for _, vector in _vectors(subject)[:_EXACT]:
        scores = np.nan_to_num(index.score_vectors(vector, ids), nan=-1)
        exact = ids[np.argsort(-scores, kind="stable")[:_DEPTH]]
        same.append(overlap(exact.tolist(), index.search_vectors(vector, _DEPTH).ids.tolist()))
    seen = f"overlap of the nearest {_DEPTH} with the exact ones, {len(same)} searches"
    return Check("index", "nearest", float(np.mean(same)) if same else None, 0.85, seen)


def _words_agree(subject: Subject) -> list[Check]:
    """Scores looked up are those a search gives; they fall; a title finds its work."""
    agree, falling = [], []
    for work in subject.works:
        query = WordQuery.of(work.paper.title)
        ranking = subject.index.search_words(query, _DEPTH)
        if not len(ranking):
            continue
        again = subject.index.score_words(query, ranking.ids)
        agree.append(bool(np.allclose(again, ranking.scores, rtol=1e-3)))
        falling.append(bool((np.diff(ranking.scores) <= 1e-6).all()))
    seen = f"of {len(agree)} searches"
    return [
        Check("index", "scores agree", share(agree), 1.0, f"looked up as found, {seen}"),
        Check("index", "scores fall", share(falling), 1.0, f"best first, {seen}"),
    ]
