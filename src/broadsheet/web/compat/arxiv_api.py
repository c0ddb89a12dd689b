"""arXiv's query API at ``/api/query``, as its clients ask: Atom answers, exact totals.

https://info.arxiv.org/help/api/user-manual.html. Its meaning is kept and its limits are not:
there is no wait between requests and no last result.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from urllib.parse import parse_qsl

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.cache import Cache
from broadsheet.catalog import Harvests, Work
from broadsheet.papers import Version, parse_identifier
from broadsheet.web.addresses import address_of
from broadsheet.web.compat.arxiv_api_feed import Asked, Entry, error, feed
from broadsheet.web.compat.arxiv_api_matching import Matcher
from broadsheet.web.compat.arxiv_api_query import QueryError, read
from broadsheet.web.compat.arxiv_api_ranking import ORDERS, SORTS, ordered
from broadsheet.web.compat.arxiv_api_shelf import Rows, Shelves
from broadsheet.web.compat.replies import searcher_of
from broadsheet.web.desk import State
from broadsheet.web.params import tidy
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site

PATH = "/api/query"
# A page of them takes about 20 MB to write.
MOST = 5_000
_USUAL = 10
_MOST_IDS = 2_000
_KEPT_BYTES = 32_000_000
_BODY = 100_000
_FORM = "application/x-www-form-urlencoded"
# What programs send that take this for another kind of API: it would read as no query at all.
_NO_FORMS = ("application/json", "multipart/form-data")
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


class WrongError(ValueError):
    """A request that the API refuses; ``name`` is what the original calls the reason."""

    def __init__(self, said: str, name: str) -> None:
        super().__init__(said)
        self.name = name


class ArxivQuery:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._finder = _Finder()

    def routes(self) -> list[Route]:
        """One address, asked either way."""
        return [
            Route(PATH, self.asked, methods=["GET"]),
            Route(PATH, self.sent, methods=["POST"]),
        ]

    @allow("anyone", scope="read")
    async def asked(self, request: Request) -> Response:
        """A query in the address."""
        return await self._answer(request, request.query_params.multi_items())

    @allow("anyone", scope="read", asks=True, body=_BODY)
    async def sent(self, request: Request) -> Response:
        """A query in a form; without a word on what it is, the body is taken for one."""
        content = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        if content in _NO_FORMS:
            raise HTTPException(415, f"A query is sent as {_FORM}.")
        sent = (await request.body()).decode("utf-8", "replace")
        return await self._answer(request, parse_qsl(sent, max_num_fields=100))

    async def _answer(self, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
        given = {name: tidy(value).strip() for name, value in pairs}
        base = address_of(self._site, request)

        def make(state: State) -> Body:
            try:
                return self._found(state, given, base, str(request.url))
            except QueryError as problem:
                return error(f"search_query: {problem}", 400, "malformed_query")
            except WrongError as problem:
                return error(str(problem), 400, problem.name)

        return await self._site.personal(request, make)

    def _found(self, state: State, given: dict[str, str], base: str, address: str) -> Body:
        asked = Asked(
            given.get("search_query", ""),
            given.get("id_list", ""),
            _number(given, "start", 0),
            _number(given, "max_results", _USUAL),
        )
        if asked.most > MOST:
            raise WrongError(
                f"max_results: up to {MOST:,} are given at once; go on with start",
                "max_results_too_large",
            )
        sort = _choice(given, "sortBy", tuple(SORTS), "relevance")
        order = _choice(given, "sortOrder", ORDERS, "descending")
        ids, versions = _listed(state, asked.ids)
        found = self._finder.find(state, asked, ids, sort, order)
        shown = found[asked.start : asked.start + asked.most].tolist()
        entries = [
            Entry(work, f"{base}{self._path(work)}", _arrived(state, work), versions.get(number))
            for number, work in state.catalog.get_many(shown).items()
        ]
        # Not the hour of the answer: the same papers are then the same bytes, and asked again for
        # nothing.
        changed = Harvests(state.catalog.database).latest()
        return feed(entries, len(found), asked, address, changed)

    def _path(self, work: Work) -> str:
        path = self._site.links.paper(work.paper)
        return path.removeprefix(self._site.settings.base_path)


def _lists() -> Cache[tuple[object, ...], Rows]:
    return Cache(_KEPT_BYTES, lambda rows: rows.nbytes)


class _Finder:
    """Remembers what was asked lately: the pages of a list are asked one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelves = Shelves()
        self._matcher: Matcher | None = None
        self._kept = _lists()

    def find(self, state: State, asked: Asked, ids: Rows | None, sort: str, order: str) -> Rows:
        """The numbers of the works that are asked for, all of them, in their order."""
        if not asked.query and ids is None:
            return np.empty(0, np.int64)
        key = (asked.query, asked.ids, sort, order)
        searcher = searcher_of(state)
        node = read(asked.query) if asked.query else None
        with self._lock:
            matcher, lists = self._matching(state), self._kept
        if (kept := lists.get(key)) is not None:
            return kept
        rows = matcher.shelf.rows(ids) if ids is not None else None
        if node is not None:
            met = matcher.match(node)
            rows = met if rows is None else rows[np.isin(rows, met)]
        assert rows is not None  # noqa: S101  # one of them is given
        # Relevance of bare ids is the order they were given in, the first one best.
        found = matcher.shelf.ids[ordered(matcher, searcher, node, rows, sort, order)]
        lists.put(key, found)
        return found

    def _matching(self, state: State) -> Matcher:
        shelf = self._shelves.look(state.catalog)
        index = state.index
        assert index is not None  # noqa: S101  # there is a searcher
        known = self._matcher
        if known is None or known.shelf is not shelf or known.state != index.state:
            self._matcher = known = Matcher(state.catalog, index, shelf, index.state)
            self._kept = _lists()
        return known


def api_error(status: int, detail: str) -> Body:
    """What goes wrong before a query is one."""
    return error(detail, status)


def _arrived(state: State, work: Work) -> str:
    """The day a paper came in, for one that has no date of its own; else ''."""
    if work.published or work.announced:
        return ""
    return min(one.arrived_at for one in state.catalog.versions(work.id))[:10]


def _number(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not _NUMBER.fullmatch(text):
        raise WrongError(f"{name} must be an integer", f"{name}_must_be_an_integer")
    if int(text) < 0:
        raise WrongError(f"{name} must be non-negative", f"{name}_must_be_non-negative")
    return int(text)


def _choice(given: dict[str, str], name: str, known: Sequence[str], default: str) -> str:
    text = given.get(name, "") or default
    if text not in known:
        raise WrongError(f"{name} must be in: {', '.join(known)}", f"{name}_must_be_in_known")
    return text


def _listed(state: State, text: str) -> tuple[Rows | None, dict[int, Version]]:
    """The works of a list of ids in its order, and older versions that it names; None for no
    list. What is not known here is left out, and so is a version that is not."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        return None, {}
    if len(names) > _MOST_IDS:
        raise WrongError(f"id_list: {len(names):,} ids; it takes up to {_MOST_IDS:,}", "too_many")
    found: dict[int, None] = {}
    versions: dict[int, Version] = {}
    for name in names:
        name = name.replace("%2C", ",").replace("%2c", ",")
        identifier, label = parse_identifier(name)
        ids = state.catalog.resolve(name)
        if identifier.scheme == "id" and not ids:
            raise WrongError(
                f"incorrect id format for {name[:100]}", f"incorrect_id_format_for_{name[:100]}"
            )
        if len(ids) != 1:
            continue
        if label:
            work = state.recent.get_many(ids).get(ids[0])
            if work is not None and work.paper.version not in ("", label):
                old = [one for one in state.catalog.versions(ids[0]) if one.label == label]
                if not old:
                    continue
                versions[ids[0]] = old[-1]
        found[ids[0]] = None
    return np.array(list(found), np.int64), versions
