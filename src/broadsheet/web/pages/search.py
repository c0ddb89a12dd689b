"""The search page, and the part of it that changes as someone types."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.editions import category_name
from broadsheet.search import Explanation, Part, Reading, SearchRequest, SearchResult
from broadsheet.web.desk import State
from broadsheet.web.params import LAST_OFFSET, LONGEST_QUERY, PAGE
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.views import Item, item

SEARCH_OPENING = 280

_LEGS = (("lexical", "Its words"), ("dense", "Its meaning"))
_WORDS_SHOWN = 8

_EXAMPLES = (
    ("attribution that changes the prediction", "a sentence: found by meaning and by words"),
    ('"in-context learning" -retrieval', "a phrase, without a word"),
    ("pruning year:2023..", "words, from a year on"),
    ("author:smith cat:cs.CL", "an author in a subject"),
)


@dataclass(frozen=True, slots=True)
class PartView:
    """One understood part of the query; ``without`` is the search that lacks it."""

    kind: str
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a bar with its figure."""

    name: str
    percent: int
    value: str


@dataclass(frozen=True, slots=True)
class Why:
    """What carried a hit."""

    lines: tuple[str, ...]
    legs: tuple[Bar, ...]
    words: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class HitView:
    """A result."""

    rank: int
    item: Item
    why: Why | None


def search_page(site: Site, state: State, query: str, offset: int, cut: bool) -> Body:
    """The whole page; the id of one paper goes straight to it."""
    result = _search(state, query, offset)
    if result is not None and result.reading.identifier and len(result.hits) == 1:
        works = state.recent.get_many([result.hits[0].work_id])
        for work in works.values():
            return Body(b"", status=303, headers={"Location": site.links.paper(work.paper)})
    return site.render("search.html", _values(site, state, query, offset, cut, result))


def search_results(site: Site, state: State, query: str, offset: int, cut: bool) -> Body:
    """The part under the box."""
    result = _search(state, query, offset)
    return site.render("results.html", _values(site, state, query, offset, cut, result))


def _search(state: State, query: str, offset: int) -> SearchResult | None:
    if not query or state.searcher is None:
        return None
    return state.searcher.search(SearchRequest(query, limit=PAGE, offset=offset, explain=True))


def _values(
    site: Site, state: State, query: str, offset: int, cut: bool, result: SearchResult | None
) -> dict[str, object]:
    notes = list(_state_notes(state))
    if cut:
        notes.insert(0, f"Only the first {LONGEST_QUERY:,} characters were searched for.")
    values: dict[str, object] = {
        "query": query,
        "own_search": True,
        "total_papers": f"{state.works:,} papers" if state.works else "the papers",
        "parts": (),
        "tally": "",
        "hits": (),
        "pager": {"previous": "", "next": ""},
        "ending": "",
        "empty": None,
    }
    if result is not None:
        # The searcher says that there is no encoder; we know why.
        known = bool(state.encoder_problem) or state.encoder_loading
        notes += [n for n in result.notes if not (known and n.startswith("Searched by words only"))]
        values |= _result(site, state, result, query, offset)
    else:
        values["empty"] = _NOT_YET if query else _start(site, state)
    return values | {"notes": tuple(notes)}


def _result(
    site: Site, state: State, result: SearchResult, query: str, offset: int
) -> dict[str, object]:
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    hits = tuple(
        HitView(
            rank,
            item(works[hit.work_id], site.links, length=SEARCH_OPENING, dated=True),
            why(hit.explanation),
        )
        for rank, hit in enumerate(result.hits, offset + 1)
        if hit.work_id in works
    )
    parts = tuple(_parts(site, result.reading))
    more = offset + PAGE < min(result.total, LAST_OFFSET + PAGE) and len(hits) == PAGE
    return {
        "parts": parts,
        "tally": _tally(result, offset, len(hits)),
        "hits": hits,
        "pager": {
            "previous": site.links.search(query, offset=max(offset - PAGE, 0)) if offset else "",
            "next": site.links.search(query, offset=offset + PAGE) if more else "",
        },
        "ending": "That is all we found",
        "empty": None if hits else _nothing(site, result, parts, offset),
    }


def _parts(site: Site, reading: Reading) -> list[PartView]:
    return [
        PartView(part.kind, _said(part), site.links.search(part.without)) for part in reading.parts
    ]


def _said(part: Part) -> str:
    """What was understood; a subject's code with its name."""
    name = category_name(part.text.removeprefix("in ")) if part.kind == "category" else ""
    return f"{part.text}, {name}" if name and not part.text.endswith(name) else part.text


def _tally(result: SearchResult, offset: int, shown: int) -> str:
    if not shown:
        return ""
    papers = "1 paper" if result.total == 1 else f"{result.total:,} papers"
    if shown < result.total:
        papers = f"{offset + 1}–{offset + shown} of {papers}"
    return f"{papers}, in {result.took_ms:.0f} ms" if result.took_ms >= 1 else papers


def _state_notes(state: State) -> tuple[str, ...]:
    status = state.status
    if status is None:
        return ()
    notes = []
    if state.works > status.papers:
        notes.append(f"{state.works - status.papers:,} papers are still being filed.")
    if state.encoder_problem:
        notes.append(f"Searched by words only: {state.encoder_problem.rstrip('.')}.")
    elif state.encoder_loading:
        notes.append("Searched by words only: the encoder is being made ready.")
    return tuple(notes)


def _start(site: Site, state: State) -> dict[str, object]:
    if not state.works:
        return {
            "title": "No papers yet",
            "lines": ("Take some in with “broadsheet import FILE”; they are found at once.",),
            "examples": (),
        }
    return {
        "title": "Ask in words or in a sentence",
        "lines": ("Papers are found by what they mean and by the words they use.",),
        "examples": tuple(
            {"text": text, "url": site.links.search(text), "says": says} for text, says in _EXAMPLES
        ),
    }


_NOT_YET: dict[str, object] = {
    "title": "Not filed yet",
    "lines": (
        "The index is still to be made. “broadsheet serve” does so by itself within moments; "
        "“broadsheet index build” does it now.",
    ),
    "examples": (),
}


def _nothing(
    site: Site, result: SearchResult, parts: tuple[PartView, ...], offset: int
) -> dict[str, object]:
    if offset:
        return {
            "title": "No further results",
            "lines": (),
            "examples": (
                {
                    "text": "Back to the best matches",
                    "url": site.links.search(result.query),
                    "says": "",
                },
            ),
        }
    removable = [part for part in parts if len(parts) > 1]
    return {
        "title": "Nothing found",
        "lines": (
            "No paper here matches all of it. Leave a part out, or ask with other words."
            if removable
            else "No paper here matches. Ask with other words, or with a whole sentence.",
        ),
        "examples": tuple(
            {"text": f"Leave out: {part.text}", "url": part.without, "says": ""}
            for part in removable
        ),
    }


def why(explanation: Explanation | None) -> Why | None:
    """A hit's explanation in bars and a sentence; None when nothing carried it (newest first)."""
    if explanation is None:
        return None
    whole = sum(explanation.shares.values())
    asked = {"lexical": explanation.lexical, "dense": explanation.dense}
    legs = tuple(
        Bar(name, round(100 * explanation.shares.get(leg, 0.0) / whole), "")
        for leg, name in _LEGS
        if whole > 0 and asked[leg] is not None
    )
    ranked = sorted(explanation.words.items(), key=lambda pair: -pair[1])[:_WORDS_SHOWN]
    most = ranked[0][1] if ranked else 0.0
    words = tuple(
        Bar(word, round(100 * value / most), f"{value:.2f}") for word, value in ranked if value > 0
    )
    lines = []
    if explanation.missing:
        lines.append(f"Not in this paper: {', '.join(explanation.missing)}.")
    if explanation.dense is None and explanation.lexical is not None:
        lines.append("Its meaning is not encoded yet, or was not asked for.")
    return Why(tuple(lines), legs, words) if legs or words or lines else None
