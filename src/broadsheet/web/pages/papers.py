"""The page of a paper, and its citations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from broadsheet.catalog import Acronyms, Work
from broadsheet.editions import fits, public_name
from broadsheet.papers import Version
from broadsheet.text import Reading, acronym_marks, acronym_mentions, plain
from broadsheet.web.abstracts import LONGEST, marked
from broadsheet.web.cards import TermChip, words
from broadsheet.web.citing import cited
from broadsheet.web.desk import State
from broadsheet.web.pages.papers_found import EXPORTS, Found, find, one
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.pages.versions import before_withdrawal, latest
from broadsheet.web.plots import spark
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.views import Item, item, paper_page, prose

SIMILAR = 6
_MOST_TERMS = 10
# The one line of a paper of few sentences would only repeat them.
_LONG_ENOUGH, _ONE_LINE = 4, 320


def paper(site: Site, state: State, name: str, suffix: str = "", style: str = "") -> Body:
    """The page of a paper, one of its exports (a text in a style), or the choice where a name
    means several."""
    found = find(state, name, suffix)
    if len(found.works) > 1:
        return _choice(site, name, found.works)
    work = one(found)
    if found.suffix:
        return cited([work.paper], found.suffix, work.paper.id, style)
    similar, note = _similar(site, state, work)
    versions = state.catalog.versions(work.id)
    gone = state.catalog.completeness.gone(work.identifiers)
    page = paper_page(work, versions, site.links, gone)
    if not any(name == "citation_date" for name, _ in page.meta):
        # Zotero dates a paper that states no date by the first <time> of its page.
        similar = tuple(replace(item, date="") for item in similar)
    values: dict[str, object] = {
        "paper": page,
        "changes": latest(versions) if len(versions) > 1 else None,
        "versions_url": f"{site.links.base}/versions?{urlencode({'id': public_name(work.paper)})}",
        "before": _before(work, versions),
        "read": _read(site, state, work),
        "similar": similar,
        "more_like": Asked().liking(public_name(work.paper)).address(site.links.base),
        "similar_note": note,
    }
    return site.render("paper.html", values)


@dataclass(frozen=True, slots=True)
class ReadView:
    """What was read from a paper: its abstract with roles, its one line, and its terms."""

    abstract: Markup
    one_line: Markup
    terms: tuple[tuple[TermChip, Markup, str], ...]


def _read(site: Site, state: State, work: Work) -> ReadView | None:
    abstract = work.paper.abstract
    reading = state.recent.readings([work.id]).get(work.id)
    if reading is None or work.paper.withdrawn or not (fits(reading, abstract) or not abstract):
        return None
    one_line = Markup("")
    if reading.summary and len(reading.sentences) >= _LONG_ENOUGH:
        one_line = words(abstract, reading.summary, _ONE_LINE)
    mentions = [mention.short for mention in acronym_mentions(abstract[:LONGEST])]
    meanings = Acronyms(state.catalog).meanings(mentions) if mentions else {}
    marks = acronym_marks(work.paper.title, abstract[:LONGEST], reading.acronyms, meanings)
    shown = marked(abstract, reading, marks)
    return ReadView(shown, one_line, _terms(site, state, reading))


def _terms(site: Site, state: State, reading: Reading) -> tuple[tuple[TermChip, Markup, str], ...]:
    """The terms of a paper, each with its trend drawn and in words."""
    trends = site.terms.trends(state, [keyword.key for keyword in reading.keywords])
    found = []
    for keyword in reading.keywords[:_MOST_TERMS]:
        if trend := trends.get(keyword.key):
            count = "only here" if trend.papers == 1 else f"{trend.papers:,} papers"
            told = f"{count}, {trend.direction}" if trend.direction else count
            chip = TermChip(plain(keyword.text), site.links.term(keyword.key))
            drawn = spark(trend.months) if trend.papers > 2 else Markup("")
            found.append((chip, drawn, told))
    return tuple(found)


def _before(work: Work, versions: Sequence[Version]) -> tuple[str, Markup] | None:
    """The last abstract of a withdrawn paper and the version that had it; None where the
    abstract stayed, as it does at arXiv when the comments say that it was withdrawn."""
    found = before_withdrawal(versions) if work.paper.withdrawn else None
    if found is None or found.version.abstract == work.paper.abstract:
        return None
    return found.words, prose(found.version.abstract)


def _similar(site: Site, state: State, work: Work) -> tuple[tuple[Item, ...], str]:
    if state.searcher is None:
        return (), "These are found as soon as the index stands."
    result = state.searcher.similar(work.id, SIMILAR)
    works = state.recent.get_many([hit.work_id for hit in result.hits])
    read = state.recent.readings(works)
    items = tuple(
        item(works[hit.work_id], site.links, read.get(hit.work_id), length=160, dated=True)
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


__all__ = ["EXPORTS", "Found", "find", "one", "paper"]
