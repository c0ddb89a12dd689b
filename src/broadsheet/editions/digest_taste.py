"""What a reader's taste brings to their digest: the list of `for_you`, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from broadsheet.catalog import Catalog
from broadsheet.editions.digest import Recommending
from broadsheet.editions.for_you_list import for_you
from broadsheet.readers import Reader, Readers, Taste

_MORE = 3


def recommending(catalog: Catalog, readers: Readers, taste: Taste) -> Recommending:
    """Picks for digests: where `for_you` ends, the digest ends. Readers of whom no taste is
    known yet are recommended nothing."""

    def recommend(
        reader: Reader, first: str, last: str, minutes: float
    ) -> tuple[Sequence[tuple[int, str]], Sequence[int]]:
        if not taste.built(reader.id).lenses:
            return (), ()
        # What they follow stands there already, and what For you showed today is taken out of it
        # later: so more than fits is asked.
        found = for_you(readers, taste, catalog, reader, last, _MORE * minutes, first=first)
        picks = [(one.work.id, one.recommendation.because.sentence()) for one in found.entries]
        return picks, found.left

    return recommend
