"""What a search needs of its words, asked for while its meaning is looked up on another core."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from broadsheet.index import Ranking
from broadsheet.search.candidates import Candidates
from broadsheet.search.coverage import asked
from broadsheet.search.pipeline import Search, Stage, WordsAhead
from broadsheet.search.places import PLACES

_THREADS = 4  # several searches may run at once; the engines let go of the interpreter


def ahead() -> Stage:
    """Begins the search by words, the count of what matches and, for a short query, the vectors
    of its words; the stages that want them wait for what is left to do. Not where other
    searches run: they have the other core."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.encode is None or not search.reading.looks_for_words or not PLACES.alone:
            return ranking
        found: Future[Ranking] = Future()
        count: Future[int] = Future()
        search.ahead = WordsAhead(search.depth, found, count)
        _pool().submit(_begin, search, search.ahead)
        return ranking

    return Stage("ahead", run)


def _begin(search: Search, asked_for: WordsAhead) -> None:
    reading, filters = search.reading, search.filters
    try:
        found = search.index.search_words(reading.words, asked_for.depth, filters)
        asked_for.found.set_result(found)
        asked_for.count.set_result(search.index.count_words(reading.words, filters))
        words = asked(search)
        if words is not None:
            search.encode_words(words.surfaces)  # kept, for the stage that wants them
    except BaseException as error:
        # Told to whoever waits; what went wrong with the vectors goes wrong again for the stage.
        for future in (asked_for.found, asked_for.count):
            if not future.done():
                future.set_exception(error)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "search-ahead")
