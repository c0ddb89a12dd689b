"""The page of a paper, and its citations."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from broadsheet import citations
from broadsheet.catalog import Work
from broadsheet.web.desk import State
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.views import Item, item, paper_page

SIMILAR = 6

# Suffix of an address -> format and media type.
EXPORTS = {
    suffix: (format_, citations.MEDIA_TYPES[format_])
    for format_, suffix in citations.SUFFIXES.items()
}

_LONGEST_ID = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """The works a name means, and the export its suffix asks for ('' for the page)."""

    works: list[Work]
    suffix: str = ""


def find(state: State, name: str, suffix: str = "") -> Found:
    """The works of a name, with or without the suffix of an export. Never raises."""
    if 0 < len(name) <= _LONGEST_ID:
        ids = state.catalog.resolve(name)
        if ids:
            works = state.catalog.get_many(ids)
            kept = [works[i] for i in ids if i in works and not works[i].deleted]
            return Found(kept, suffix)
        stem, dot, ending = name.rpartition(".")
        if not suffix and stem and dot + ending in EXPORTS:
            return find(state, stem, dot + ending)
    return Found([])


def one(found: Found) -> Work:
    """The only work of a name; an HTTP error where there is none."""
    if not found.works:
        raise HTTPException(404)
    return found.works[0]


def paper(site: Site, state: State, name: str, suffix: str = "") -> Body:
    """The page of a paper, one of its exports, or the choice where a name means several."""
    found = find(state, name, suffix)
    if len(found.works) > 1:
        return _choice(site, name, found.works)
    work = one(found)
    if found.suffix:
        return export(work, found.suffix)
    similar, note = _similar(site, state, work)
    versions = state.catalog.versions(work.id)
    values: dict[str, object] = {
        "paper": paper_page(work, versions, site.links),
        "similar": similar,
        "similar_note": note,
    }
    return site.render("paper.html", values)


def export(work: Work, suffix: str) -> Body:
    """A citation as a file."""
    format_, media_type = EXPORTS[suffix]
    text = citations.export([work.paper], format_)
    file_name = "".join(c if c.isascii() and c.isalnum() else "-" for c in work.paper.id)[:80]
    disposition = f'attachment; filename="{file_name}{suffix}"'
    return Body(
        text.encode("utf-8", "replace"),
        media_type,
        headers={"Content-Disposition": disposition},
    )


def _similar(site: Site, state: State, work: Work) -> tuple[tuple[Item, ...], str]:
    if state.searcher is None:
        return (), "These are found as soon as the index stands."
    result = state.searcher.similar(work.id, SIMILAR)
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    items = tuple(
        item(works[hit.work_id], site.links, length=160, dated=True)
        for hit in result.hits
        if hit.work_id in works
    )
    return items, "" if items else "Nothing here comes close to it."


def _choice(site: Site, name: str, works: list[Work]) -> Body:
    """Several collections use this id: the reader says which is meant."""
    values: dict[str, object] = {
        "title": "Which of these?",
        "kicker": "One name, several papers",
        "lines": [f"“{name[:200]}” is the name of {len(works)} papers here."],
        "code": "",
        "links": [
            {
                "name": f"{work.paper.title or work.paper.id} ({', '.join(work.sources)})",
                "url": site.links.paper(work.paper),
            }
            for work in works
        ],
    }
    return site.render("message.html", values, 300)
