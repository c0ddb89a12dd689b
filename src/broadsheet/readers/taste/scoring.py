"""A reader's order from judged papers alone: no account, no catalog. What replays measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from broadsheet.index import Index
from broadsheet.papers import Paper
from broadsheet.readers.taste.judged import Judged, nothing
from broadsheet.readers.taste.lens import Field, Lens, make_lens
from broadsheet.readers.taste.model import DEFAULT, Floats, Tuning
from broadsheet.readers.taste.shelves import Shelves
from broadsheet.readers.taste.terms import Vocabulary
from broadsheet.readers.taste.values import Interest


class Scorer:
    """Scores papers of one index by what was liked; what stays between readers is kept."""

    def __init__(
        self, index: Index, background: Field | None = None, tuning: Tuning = DEFAULT
    ) -> None:
        """``background`` are papers in general, by default a spread of the newest."""
        self.index = index
        self.tuning = tuning
        self.shelves = Shelves(index)
        self.vocabulary = Vocabulary(index)
        self._background = background

    @property
    def background(self) -> Field:
        """Papers in general."""
        return self._background if self._background is not None else self.shelves.background()

    def judged(
        self, papers: Sequence[tuple[int, Paper]], weights: Sequence[float] | None = None
    ) -> Judged:
        """Papers by work id as something that was judged."""
        if not papers:
            return nothing(self.shelves.dimensions)
        ids = np.asarray([work_id for work_id, _ in papers], np.int64)
        given = np.ones(len(ids)) if weights is None else np.asarray(weights)
        return Judged(
            ids,
            given.astype(np.float32),
            tuple(paper.title for _, paper in papers),
            tuple(paper.abstract or paper.summary for _, paper in papers),
            self.shelves.field(ids).vectors,
        )

    def lens(
        self, liked: Judged, disliked: Judged | None = None, *, regress: bool = True
    ) -> Lens | None:
        """The lens of a reader's whole taste; None when nothing is liked."""
        if not len(liked):
            return None
        away = disliked if disliked is not None else nothing(liked.vectors.shape[1])
        whole = Interest(0, "", (), 1.0, False, (), ())
        return make_lens(
            whole,
            liked,
            away,
            self.index,
            self.vocabulary,
            self.background,
            self.tuning,
            regress=regress,
        )

    def score(self, lens: Lens | None, field: Field) -> Floats:
        """Log-likelihood ratios of a like, (m,)."""
        if lens is None:
            return np.zeros(len(field), np.float32)
        return lens.evidence(self.standard(lens, field))

    def standard(self, lens: Lens, field: Field) -> Floats:
        """How many deviations above papers in general each stands, (m,)."""
        return lens.standard(lens.parts(field, self.tuning), field, self.tuning)
