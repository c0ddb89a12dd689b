"""Which pairs make a step."""

from __future__ import annotations

import numpy as np

from broadsheet.learn.job import Job
from broadsheet.learn.parts import Batches, Rows, part

_STEPS = 16
_LEAST = 32  # pairs of a batch, where there are so many


@part("batches", "random")
def random_batches(job: Job, *, size: int = 1024) -> Batches:
    """Pairs in random order, each once before any comes again.

    Of few pairs smaller batches are made, `_STEPS` an epoch at least: two large ones teach nothing.
    """
    if size < 2:
        raise ValueError(f"size must be 2 or more, not {size}: others of a batch are the negatives")
    rng = job.chance("batches")
    count = len(job.pairs)
    size = min(size, count, max(_LEAST, count // _STEPS))
    order: Rows = np.empty(0, np.int64)

    def draw() -> Rows:
        nonlocal order
        if len(order) < size:
            order = np.concatenate([order, rng.permutation(count)])
        step, order = order[:size], order[size:]
        return step

    return draw
