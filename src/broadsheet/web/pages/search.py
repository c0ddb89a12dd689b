"""The search page, and the part of it that changes as someone types."""

from __future__ import annotations

from broadsheet.catalog import Work
from broadsheet.editions import category_name, public_name
from broadsheet.readers import Entry
from broadsheet.search import (
    Explanation,
    Hit,
    Part,
    Reading,
    SearchRequest,
    SearchResult,
    search_kept,
)
from broadsheet.text import Reading as PaperReading
from broadsheet.text import plain
from broadsheet.web.desk import State
from broadsheet.web.pages import search_why
from broadsheet.web.pages.papers import find
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.pages.search_empty import NOT_YET, nothing, start
from broadsheet.web.pages.search_facets import facet_views
from broadsheet.web.pages.search_views import Choice, HitView, PartView
from broadsheet.web.params import LAST_OFFSET, LONGEST_QUERY, PAGE
from broadsheet.web.reply import Body
from broadsheet.web.shelves import Shelf
from broadsheet.web.site import Site
from broadsheet.web.views import counted, item

SEARCH_OPENING = 280

_TITLE_SHOWN = 48
# Each part that can be left out repeats the rest of the query in its address.
_PARTS_SHOWN = 16
# The least probability that is called so.
_LIKELY = ((0.8, "Very likely"), (0.5, "Likely"), (0.2, "Possibly"), (0.0, "Unlikely"))

_NOTHING_NEAR = "Nothing here is likely to be what you look for. The nearest there is:"


def search_page(site: Site, state: State, asked: Asked, shelf: Shelf | None = None) -> Body:
    """The whole page; the id of one paper goes straight to it, where there is nothing to tell.
    Of a ``shelf`` only its papers are searched, with what is written beside them."""
    result = _search(state, asked, shelf)
    straight = result is not None and result.reading.names_papers and not result.notes
    if result is not None and straight and len(result.hits) == 1:
        works = state.recent.get_many([result.hits[0].work_id])
        for work in works.values():
            return Body(b"", status=303, headers={"Location": site.links.paper(work.paper)})
    return site.render("search.html", _values(site, state, asked, result, shelf))


def search_results(site: Site, state: State, asked: Asked, shelf: Shelf | None = None) -> Body:
    """The part under the box."""
    result = _search(state, asked, shelf)
    return site.render("results.html", _values(site, state, asked, result, shelf))


def search_why_page(
    site: Site, state: State, asked: Asked, name: str, *, part: bool, shelf: Shelf | None = None
) -> Body:
    """Why one paper is among the results: a page, or the part of one that the script opens."""
    search_why.wanted(name)
    result = _search(state, asked, shelf, explain=True)
    work, view = search_why.why(state, asked, name, result)
    values = search_why.page_values(site, asked, work, view)
    return site.render("why.html" if part else "why_page.html", values)


def _search(
    state: State, asked: Asked, shelf: Shelf | None, *, explain: bool = False
) -> SearchResult | None:
    if asked.bare or state.searcher is None:
        return None
    request = SearchRequest(
        asked.query,
        limit=PAGE,
        offset=asked.offset,
        explain=explain,
        lacking=True,
        more_like=numbers(state, asked.more),
        less_like=numbers(state, asked.less),
        sort=asked.sort,
        diverse=asked.diverse,
        facets=True,
    )
    if shelf is None:
        return state.searcher.search(request)
    return search_kept(state.searcher, request, shelf.notes)


def numbers(state: State, names: tuple[str, ...]) -> tuple[int, ...]:
    """The works of these names; names of none are left out."""
    return tuple(dict.fromkeys(work.id for name in names for work in find(state, name).works[:1]))


def _values(
    site: Site, state: State, asked: Asked, result: SearchResult | None, shelf: Shelf | None
) -> dict[str, object]:
    notes = list(_state_notes(state))
    if asked.cut:
        notes.insert(0, f"Only the first {LONGEST_QUERY:,} characters were searched for.")
    values: dict[str, object] = {
        "query": asked.query,
        "own_search": True,
        "kept": asked.parameters(),
        "action": asked.path,
        "shelf": shelf,
        "total_papers": _searched(state, shelf),
        "parts": (),
        "tally": "",
        "hits": (),
        "ways": (),
        "facets": (),
        "meant": None,
        "nothing": "",
        "pager": {"previous": "", "next": ""},
        "ending": "",
        "empty": None,
    }
    if result is not None:
        # The searcher says that there is no encoder; we know why.
        known = bool(state.encoder_problem) or state.encoder_loading
        notes += [n for n in result.notes if not (known and n.startswith("Searched by words only"))]
        values |= _result(site, state, result, asked, shelf)
    else:
        values["empty"] = start(site, state, shelf) if asked.bare else NOT_YET
    return values | {"notes": tuple(notes)}


def _searched(state: State, shelf: Shelf | None) -> str:
    """What the box searches."""
    if shelf is not None:
        return f"“{shelf.name}”, {counted(len(shelf.entries))}"
    return counted(state.works) if state.works else "the papers"


def _result(
    site: Site, state: State, result: SearchResult, asked: Asked, shelf: Shelf | None
) -> dict[str, object]:
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    read = state.recent.readings(works)
    beside = {entry.work_id: entry for entry in shelf.entries} if shelf else {}
    hits = tuple(
        _hit(
            site,
            asked,
            rank,
            hit,
            works[hit.work_id],
            read.get(hit.work_id),
            beside.get(hit.work_id),
        )
        for rank, hit in enumerate(result.hits, asked.offset + 1)
        if hit.work_id in works
    )
    parts = (
        *_within(site, asked, shelf),
        *_parts(site, result.reading, asked),
        *_examples(site, state, asked),
    )
    more = asked.offset + PAGE < min(result.total, LAST_OFFSET + PAGE) and len(hits) == PAGE
    base = site.links.base
    return {
        "parts": parts,
        "tally": _tally(result, asked.offset, len(hits)),
        "hits": hits,
        "ways": _ways(base, asked) if hits else (),
        "facets": facet_views(result, asked, base) if hits else (),
        "meant": _meant(result, asked, base),
        "nothing": _NOTHING_NEAR if result.nothing and hits else "",
        "pager": {
            "previous": asked.at(asked.offset - PAGE).address(base) if asked.offset else "",
            "next": asked.at(asked.offset + PAGE).address(base) if more else "",
        },
        "ending": "That is all we found",
        "empty": None if hits else nothing(site, asked, parts),
    }


def _hit(
    site: Site,
    asked: Asked,
    rank: int,
    hit: Hit,
    work: Work,
    reading: PaperReading | None,
    beside: Entry | None,
) -> HitView:
    base, name = site.links.base, public_name(work.paper)
    return HitView(
        rank,
        item(work, site.links, reading, length=SEARCH_OPENING, dated=True),
        _lacks(hit.explanation),
        likely(hit.probability),
        asked.address(base, "/why", id=name),
        asked.liking(name).address(base),
        asked.disliking(name).address(base),
        beside.note if beside else "",
        beside.tags if beside else (),
        hit.noted,
    )


def _lacks(explanation: Explanation | None) -> str:
    return ", ".join(explanation.missing) if explanation else ""


def likely(probability: float | None) -> str:
    """How likely a hit is what was looked for: a word and the figure; '' while unknown."""
    if probability is None:
        return ""
    word = next(word for least, word in _LIKELY if probability >= least)
    return f"{word} ({min(max(round(100 * probability), 1), 99)} %)"


def _meant(result: SearchResult, asked: Asked, base: str) -> Choice | None:
    """The query in the index's spelling, where it may have been mistyped."""
    if not result.suggestion:
        return None
    return Choice(result.suggestion, asked.asking(result.suggestion).address(base))


def _ways(base: str, asked: Asked) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """The other ways to look at these results; '' is the address of the one in use."""
    by_date, spread = asked.sort == "newest", asked.diverse
    order = (
        Choice("Best first", "" if not by_date else asked.sorted_by("relevance").address(base)),
        Choice("Newest first", "" if by_date else asked.sorted_by("newest").address(base)),
    )
    kinds = (
        Choice("All", "" if not spread else asked.spread(False).address(base)),
        Choice(
            "Varied",
            "" if spread else asked.spread(True).address(base),
            "Papers that differ from one another come first",
        ),
    )
    return (("Order", order), ("Show", kinds))


def _within(site: Site, asked: Asked, shelf: Shelf | None) -> list[PartView]:
    """The list that is searched, as a part that can be taken away."""
    if shelf is None:
        return []
    return [PartView("list", f"in “{shelf.name}”", asked.everywhere().address(site.links.base))]


def _parts(site: Site, reading: Reading, asked: Asked) -> list[PartView]:
    base = site.links.base
    shown = [
        PartView(part.kind, _said(part), asked.asking(part.without).address(base))
        for part in reading.parts[:_PARTS_SHOWN]
    ]
    if rest := len(reading.parts) - len(shown):
        shown.append(PartView("rest", f"and {rest} more", ""))
    return shown


def _examples(site: Site, state: State, asked: Asked) -> list[PartView]:
    """The papers named as liked and disliked, as parts that can be taken away."""
    found = []
    for word, names in (("more like", asked.more), ("less like", asked.less)):
        for name in names:
            works = find(state, name).works
            title = plain(works[0].paper.title[:1000]) if works else name
            said = f"{word} “{title[:_TITLE_SHOWN].rstrip()}{'…' * (len(title) > _TITLE_SHOWN)}”"
            found.append(PartView("like", said, asked.forgetting(name).address(site.links.base)))
    return found


def _said(part: Part) -> str:
    """What was understood; a subject's code with its name."""
    name = category_name(part.text.removeprefix("in ")) if part.kind == "category" else ""
    return f"{part.text}, {name}" if name and not part.text.endswith(name) else part.text


def _tally(result: SearchResult, offset: int, shown: int) -> str:
    if not shown:
        return ""
    papers = counted(result.total)
    if shown < result.total:
        papers = f"{offset + 1}–{offset + shown} of {papers}"
    tally = f"{papers}, in {result.took_ms:.0f} ms" if result.took_ms >= 1 else papers
    if (varied := result.vendi.get("1")) is not None:
        tally += f"; as varied as {varied:.1f} wholly different ones"
    return tally


def _state_notes(state: State) -> tuple[str, ...]:
    status = state.status
    if status is None:
        return ()
    notes = []
    if state.works > status.papers:
        notes.append(f"Still being filed: {counted(state.works - status.papers)}.")
    if state.encoder_problem:
        notes.append(f"Searched by words only: {state.encoder_problem.rstrip('.')}.")
    elif state.encoder_loading:
        notes.append("Searched by words only: the encoder is being made ready.")
    return tuple(notes)
