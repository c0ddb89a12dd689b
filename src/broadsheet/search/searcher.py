"""The way in: a request becomes a reading, a pipeline, and a result."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.cache import Cache
from broadsheet.encoders import Encoder, weight_of_meaning
from broadsheet.index import Filters, Index, IndexStatus, filters_key
from broadsheet.search.acronyms import Glossary
from broadsheet.search.answering import ms_since, result_of
from broadsheet.search.calibrate import on_scale
from broadsheet.search.fields import narrow
from broadsheet.search.highlights import Highlight, highlights
from broadsheet.search.named import named_works, passed_over, unfound_as_words
from broadsheet.search.names import read_name, read_name_among
from broadsheet.search.nearest import ALIKE, Nearest
from broadsheet.search.parsing import parse, read_as_words
from broadsheet.search.pipeline import Library, Pipeline, Search, Stage
from broadsheet.search.pipelines import DENSE, FORMS, HYBRID, LEXICAL, RRF
from broadsheet.search.places import PLACES
from broadsheet.search.reading import Reading
from broadsheet.search.requests import alike_on, asks_for_alike
from broadsheet.search.results import Hit, SearchRequest, SearchResult, Sort
from broadsheet.search.scan import tidy
from broadsheet.search.venues import read_venue
from broadsheet.search.wordless import without_nothing
from broadsheet.search.years import read_years
from broadsheet.text import embedded_text

if TYPE_CHECKING:
    from broadsheet.catalog import Work

_STATUS_SECONDS = 1.0
_CACHED_RESULTS = 1_000
_PAGE = 20  # hits of a result that is kept at the price of one; a feed's has hundreds
_CACHED_VECTORS = 8_000  # 12 MB
_NEAREST_AFTER = "After the paper that is named come those nearest to it."


class Searcher:
    """Searches one home. Cheap to build; any number of threads may use one.

    Without an encoder, or with one whose vectors the index does not hold, it goes by words
    alone and says so. The index is used as it stands: whoever owns it refreshes it.
    """

    def __init__(
        self,
        catalog: Library,
        index: Index,
        encoder: Encoder | None = None,
        reranker: Stage | None = None,
        glossary: Glossary | None = None,
    ) -> None:
        self._library = catalog
        self._glossary = glossary
        self.index = self._index = index
        self._encoder = encoder
        self._reranker = reranker
        self._looked: tuple[float, IndexStatus | None] = (0.0, None)
        self._results: Cache[Hashable, SearchResult] = Cache(
            _CACHED_RESULTS, lambda result: 1 + len(result.hits) // _PAGE
        )
        self._nearest = Nearest(catalog, index, self._vector_of)
        self._vectors: Cache[Hashable, NDArray[np.float32]] = Cache(_CACHED_VECTORS)
        self._marks: Cache[Hashable, tuple[Highlight, ...]] = Cache(_CACHED_RESULTS)

    def search(self, request: SearchRequest) -> SearchResult:
        """The best works for a query. No query raises.

        Raises `IndexFault` when the index cannot be used any more, and ValueError for a
        filter's day that is none.
        """
        started = time.perf_counter()
        # The day tells what "last week" means.
        key = (self._index.state, date.today(), _key(request))
        known = self._results.get(key)
        if known is not None:
            return replace(known, took_ms=ms_since(started), stages={})
        with PLACES:
            # Whoever waited may find that another has asked the same meanwhile.
            result = self._results.get(key) or self._search(request, started)
        self._results.put(key, result)
        return result

    def similar(
        self,
        work_id: int,
        limit: int = 10,
        filters: Filters | None = None,
        *,
        sort: Sort = "relevance",
    ) -> SearchResult:
        """The works nearest to a work, itself and its doubles left out; by the words that tell
        it best where there is no encoder. An unknown work has none. By ``sort`` the nearest or
        the newest of them come first."""
        started = time.perf_counter()
        key = (self._index.state, "similar", work_id, limit, sort, _filters_key(filters))
        known = self._results.get(key)
        if known is not None:
            return replace(known, took_ms=ms_since(started), stages={})
        result = self._nearest.to_work(work_id, limit, filters, started)
        if sort == "newest":
            result = self._nearest.newest_first(result)
        self._results.put(key, result)
        return result

    def highlights(self, work: Work, query: str) -> tuple[Highlight, ...]:
        """What in a work's abstract, or summary where it has none, answers a query.

        Places count in that text as the catalog keeps it, cleaned. Without an encoder only
        words are marked.
        """
        text = work.paper.abstract or work.paper.summary
        key = (self._index.state, "highlights", work.text_hash, query)
        known = self._marks.get(key)
        if known is None:
            today = date.today()
            reading = read_years(read_venue(parse(query), self._index, today), self._index, today)
            asked = Search(SearchRequest(query), reading, self._index, self._library)
            asked.glossary = self._glossary
            FORMS.run(asked)
            reading = asked.reading
            able = bool(reading.meaning) and not self._no_meaning()
            known = highlights(
                text,
                reading,
                self._index,
                self._encode_batch if able else None,
                self._encode(reading.meaning) if able else None,
            )
            self._marks.put(key, known)
        return known

    def _search(self, request: SearchRequest, started: float) -> SearchResult:
        read = parse if request.syntax else read_as_words
        reading = read(request.query)
        parsed = ms_since(started)
        named, known = named_works(reading, self._library)
        if named:
            topic = alike_on(reading.rest)
            beside = parse(topic or reading.rest)
            if topic or asks_for_alike(reading.rest) or _narrows_alike(beside):
                return self._alike(request, known, beside, named, started)
            return self._beside(request, known, named, started)
        reading = unfound_as_words(reading)
        if request.more_like and not reading.looks_for_words:
            return self._nearest.to_liked(request, reading, started)
        today = date.today()
        if request.syntax:
            reading = read_venue(reading, self._index, today)
        if request.syntax or request.names:
            reading = read_years(reading, self._index, today, syntax=request.syntax)
            reading = read_name(reading, self._index)
        if request.names and not request.syntax:
            reading = read_name_among(reading, self._index)
        reading = without_nothing(reading, self._index, self._glossary, today)
        search = Search(request, reading, self._index, self._library)
        search.glossary = self._glossary
        search.notes.extend(reading.notes)
        search.filters = narrow(request.filters, reading.filters)
        pipeline = self._pipeline(search)
        if self._reranker is not None:
            pipeline = pipeline.before("calibrate", self._reranker)
        ranking, took = pipeline.run(search)
        return result_of(search, ranking, {"parse": parsed, **took}, started)

    def _pipeline(self, search: Search) -> Pipeline:
        """The line that the request asks for, and that can be run here and now."""
        request = search.request
        if "dense" not in request.legs:
            return LEXICAL
        missing = self._no_meaning()
        if missing:
            if search.reading.meaning:
                search.notes.append(missing)
            return LEXICAL
        search.meaning = weight_of_meaning(self._encoder)
        search.encode = self._encode
        search.fitted = self._encoder is not None and on_scale(self._encoder)
        search.encode_batch = self._encode_batch
        search.encode_kept = self._encode_kept
        status = self._status()
        if status.pending:
            search.notes.append(
                f"Meaning search covers {status.encoded:,} of {status.papers:,} papers so far; "
                "words cover all of them."
            )
        if "lexical" not in request.legs:
            return DENSE
        return RRF if request.fusion == "rrf" else HYBRID

    def _no_meaning(self) -> str:
        """Why there is no search by meaning; '' when there is."""
        if self._encoder is None:
            return "Searched by words only: the encoder's weights are not here."
        if self._index.encoder == self._encoder.key:
            return ""
        return "Searched by words only: no paper is encoded yet."

    def _encode(self, text: str) -> NDArray[np.float32]:
        encoder = self._encoder
        if encoder is None:
            raise AssertionError("only a pipeline with an encoder encodes")
        vector = self._vectors.get(text)
        if vector is None:
            vector = encoder.encode_queries([text])[0]
            self._vectors.put(text, vector)
        return vector

    def _encode_kept(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts that come again, such as single words."""
        known = {text: self._vectors.get(text) for text in texts}
        missing = [text for text, vector in known.items() if vector is None]
        if missing:
            for text, vector in zip(missing, self._encode_batch(missing), strict=True):
                known[text] = vector
                self._vectors.put(text, vector)
        return np.stack([vector for text in texts if (vector := known[text]) is not None])

    def _encode_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts that are encoded once and not kept, such as a query's shorter forms."""
        if self._encoder is None:
            raise AssertionError("only a pipeline with an encoder encodes")
        return self._encoder.encode_queries(texts)

    def _beside(
        self, request: SearchRequest, reading: Reading, named: list[int], started: float
    ) -> SearchResult:
        """The works that a query names, and after them what its other words find."""
        first = _identified(request, reading, named, started)
        beside = parse(reading.rest)
        if not beside.looks_for_words:  # all that is left would be all papers
            return replace(first, notes=(*first.notes, *passed_over(beside)))
        names = " ".join(part.given for part in reading.parts)
        result = self._search(
            replace(
                request,
                query=reading.rest,
                offset=max(0, request.offset - len(named)),
                limit=request.limit - len(first.hits),
                filters=narrow(request.filters, Filters(without=np.array(named, np.int64))),
            ),
            started,
        )
        rest = tuple(
            replace(part, without=f"{names} {part.without}".strip())
            for part in result.reading.parts
        )
        return replace(
            result,
            query=reading.query,
            reading=replace(result.reading, query=reading.query, parts=reading.parts + rest),
            total=len(named) + result.total,
            hits=first.hits + result.hits,
            notes=tuple(dict.fromkeys((*reading.notes, *result.notes))),
            suggestion=f"{names} {result.suggestion}" if result.suggestion else "",
            nothing=False,
        )

    def _alike(
        self,
        request: SearchRequest,
        reading: Reading,
        beside: Reading,
        named: list[int],
        started: float,
    ) -> SearchResult:
        """The work that a query asks for others like, and after it those that the filters and
        exclusions beside its name leave, and that have the words they are to be on; of several the
        first."""
        on = () if asks_for_alike(beside.meaning) else beside.asked
        met = tuple(replace(one, occur="must") for one in on if one.occur != "must_not")
        narrowing = tuple(
            replace(part, without=tidy(reading.query.replace(part.given, " ", 1)))
            for part in beside.parts
            if met or part.kind != "words"
        )
        reading = replace(
            reading,
            parts=(*reading.parts, *narrowing),
            filters=beside.filters,
            notes=tuple(dict.fromkeys((*reading.notes, *beside.notes))),
        )
        first = _identified(request, reading, named[:1], started)
        others = Filters(without=np.array(named, np.int64), met=met, unmet=beside.excluded)
        filters = narrow(narrow(request.filters, beside.filters), others)
        alike = self.similar(named[0], ALIKE, filters, sort=request.sort)
        found, start = alike.hits, max(0, request.offset - 1)
        return replace(
            first,
            total=1 + len(found),
            hits=first.hits + found[start : start + request.limit - len(first.hits)],
            notes=(*reading.notes, _NEAREST_AFTER, *alike.notes),
        )

    def _vector_of(self, work: Work) -> NDArray[np.float32] | None:
        """A paper's filed vector, or one made now; None where neither can be had."""
        filed = self._index.vector(work.id)
        if filed is not None or self._encoder is None or self._no_meaning():
            return filed
        name = work.text_hash.hex()
        vector = self._vectors.get(name)
        if vector is None:
            vector = self._encoder.encode_documents([embedded_text(work.paper)])[0]
            self._vectors.put(name, vector)
        return vector

    def _status(self) -> IndexStatus:
        """Where the index stands, at most a second old: asking costs looks at its files."""
        looked, status = self._looked
        if status is None or time.monotonic() - looked > _STATUS_SECONDS:
            status = self._index.status()
            self._looked = time.monotonic(), status
        return status


def _narrows_alike(beside: Reading) -> bool:
    """Whether what stands beside the name of a paper asks for papers like it that are narrowed by
    filters and exclusions: "similar:2401.00001 cat:cs.CL"."""
    said = [part.given for part in beside.parts if part.kind == "words"]
    others = any(clause.occur == "must" for clause in beside.words.clauses)
    return len(said) == 1 and asks_for_alike(said[0]) and not others


def _identified(
    request: SearchRequest, reading: Reading, named: list[int], started: float
) -> SearchResult:
    hits = tuple(Hit(work_id, 1.0) for work_id in named)
    return SearchResult(
        query=reading.query,
        reading=reading,
        total=len(hits),
        took_ms=ms_since(started),
        hits=hits[request.offset : request.offset + request.limit],
        notes=reading.notes,
    )


def _key(request: SearchRequest) -> Hashable:
    """A name for all that a request says, filters by their values."""
    return tuple(
        _filters_key(request.filters) if field.name == "filters" else getattr(request, field.name)
        for field in fields(request)
    )


def _filters_key(filters: Filters | None) -> Hashable:
    return None if filters is None else filters_key(filters)
