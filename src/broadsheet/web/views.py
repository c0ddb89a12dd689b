"""What templates show of a paper: plain values, already worded and escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from broadsheet.catalog import Work
from broadsheet.citations import FORMATS, MEDIA_TYPES, SUFFIXES, appearances
from broadsheet.editions import category_name, plain_date, public_name
from broadsheet.papers import Identifier, Paper, Version, identifier_url
from broadsheet.text import Reading, authors_comments, opening, plain, to_html
from broadsheet.web.cards import Line, TermChip, card
from broadsheet.web.cards import chips as term_chips
from broadsheet.web.citing import meta_tags
from broadsheet.web.licences import licence_name, licence_of
from broadsheet.web.links import Links
from broadsheet.web.templating import kept_apart

LIST_OPENING = 210
LEAD_OPENING = 640
SIDE_OPENING = 430
SECTION_OPENING = 360

# A record may hold megabytes; a page shows what someone could mean to read.
_LONGEST_SHOWN = 40_000
_LONGEST_COMMENTS = 600
_AUTHORS_SHOWN = 12
_NAMED_IN_LISTS = 3

_LINK_NAMES = {
    "abstract": "Abstract page",
    "pdf": "PDF",
    "code": "Code",
    "data": "Data",
    "model": "Model",
    "project": "Project page",
    "other": "Link",
}
_FORMAT_NAMES = {"bibtex": "BibTeX", "ris": "RIS", "csl": "CSL-JSON"}
_SCHEMES = {"arxiv": "arXiv", "doi": "DOI", "acl": "ACL Anthology", "openreview": "OpenReview"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A category with its search."""

    label: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """A paper in a list. ``ours`` says that the opening is not the authors' own words."""

    work: int
    url: str
    title: Markup
    opening: Markup
    ours: bool
    authors: Markup
    date: str
    date_words: str
    chips: tuple[Chip, ...]
    kicker: str
    # What was read from it; without lines the opening is shown.
    lines: tuple[Line, ...] = ()
    venue: str = ""
    terms: tuple[TermChip, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperLink:
    """An address outside this paper."""

    name: str
    url: str
    host: str


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A paper on its own page."""

    work: int
    url: str
    title: Markup
    plain_title: str
    kicker: str
    kicker_url: str
    authors_shown: tuple[str, ...]
    authors_more: tuple[str, ...]
    abstract: Markup
    summary: Markup
    finding: Markup
    links: tuple[PaperLink, ...]
    facts: tuple[tuple[str, Markup | str], ...]
    categories: tuple[Chip, ...]
    versions: tuple[str, ...]
    withdrawn: Markup
    # The abstract says no more than that it was withdrawn.
    says_only_that: bool
    exports: tuple[tuple[str, str, str], ...]
    meta: tuple[tuple[str, str], ...]
    # What the page of its citations is asked for, ready for an address.
    cite: str


def item(
    work: Work,
    links: Links,
    reading: Reading | None = None,
    *,
    length: int = LIST_OPENING,
    within: str = "",
    dated: bool = False,
    prose_only: bool = False,
) -> Item:
    """A paper in a list; ``within`` is the section it stands in, which no chip repeats.

    With a reading it shows problem, idea and result, and its terms; else (or with
    ``prose_only``) how it begins.
    """
    paper = work.paper
    reading = None if paper.withdrawn else reading
    lines = card(reading, paper.abstract) if reading and not prose_only else ()
    text, ours = (paper.abstract, False) if paper.abstract else (paper.summary, True)
    date = (work.published or work.announced) if dated else ""
    first = paper.categories[0] if paper.categories else _topic(paper)
    return Item(
        work=work.id,
        url=links.paper(paper),
        title=title_of(paper),
        opening=Markup("") if lines else Markup(to_html(opening(text, length))),  # noqa: S704
        ours=ours and bool(text),
        authors=short_authors(paper),
        date=date,
        date_words=plain_date(date) if date else "",
        chips=tuple(chip(c, links) for c in paper.categories[: 3 if reading else 5] if c != within),
        kicker=category_name(first) if first else "",
        lines=lines,
        venue=next((str(one) for one in appearances(paper)), ""),
        terms=term_chips(reading.keywords, links) if reading else (),
    )


def counted(papers: int) -> str:
    """So many papers, in words: ``1 paper``, ``1,234 papers``."""
    return "1 paper" if papers == 1 else f"{papers:,} papers"


def title_of(paper: Paper) -> Markup:
    """The title with its mathematics; a paper without one is called by its id.

    Before that of a withdrawn paper a word says so, wherever it is listed.
    """
    title = Markup(to_html(paper.title[:1000])) if paper.title else Markup.escape(paper.id)  # noqa: S704
    if not paper.withdrawn:
        return title
    return Markup('<span class="withdrawn" dir="ltr">Withdrawn</span> {}').format(title)


def short_authors(paper: Paper) -> Markup:
    """The names of up to three authors, and how many more there are."""
    names = [author.name for author in paper.authors]
    told = len(names) if len(names) <= _NAMED_IN_LISTS + 1 else _NAMED_IN_LISTS
    first = Markup(", ").join(map(kept_apart, names[:told]))
    more = len(names) - told
    return Markup("{} and {} others").format(first, more) if more else first


def chip(category: str, links: Links) -> Chip:
    """A category as a link to its papers."""
    return Chip(category, category_name(category), links.search(f"cat:{category}"))


def paper_page(
    work: Work, versions: Sequence[Version], links: Links, gone: tuple[str, str] | None = None
) -> PaperPage:
    """All that the paper page shows; ``gone``: where it is no more, and since what day."""
    paper = work.paper
    names = tuple(author.name for author in paper.authors)
    # One hidden name would cost more room than it saves.
    cut = _AUTHORS_SHOWN if len(names) > _AUTHORS_SHOWN + 1 else len(names)
    first = paper.categories[0] if paper.categories else ""
    return PaperPage(
        work=work.id,
        url=links.paper(paper),
        title=title_of(paper),
        plain_title=plain(paper.title[:1000]) or paper.id,
        kicker=category_name(first) if first else _topic(paper).capitalize(),
        kicker_url=links.search(f"cat:{first}" if first else _topic(paper)),
        authors_shown=names[:cut],
        authors_more=names[cut:],
        abstract=prose(paper.abstract),
        summary=prose(paper.summary),
        finding=prose(str(paper.extra.get("finding") or "")),
        links=_links(work),
        facts=_facts(work, links, gone),
        categories=tuple(chip(category, links) for category in paper.categories),
        versions=_versions(versions),
        withdrawn=prose(paper.withdrawn[:2_000]),
        says_only_that=bool(paper.withdrawn) and len(paper.abstract) <= len(paper.withdrawn) + 40,
        exports=tuple(
            (_FORMAT_NAMES[name], MEDIA_TYPES[name], links.paper(paper, SUFFIXES[name]))
            for name in FORMATS
        ),
        meta=meta_tags(work),
        cite=quote(public_name(paper), safe=""),
    )


def _topic(paper: Paper) -> str:
    return str(paper.extra.get("topic") or "")


def prose(text: str) -> Markup:
    """A text with its mathematics, cut where nobody reads on."""
    if len(text) > _LONGEST_SHOWN:
        text = text[:_LONGEST_SHOWN] + " … (The record goes on; this page shows its beginning.)"
    return Markup(to_html(text))  # noqa: S704  # to_html escapes all but its own MathML


def _links(work: Work) -> tuple[PaperLink, ...]:
    found: dict[str, PaperLink] = {}
    for identifier in work.identifiers:
        if url := identifier_url(identifier):
            name = {"arxiv": "arXiv", "doi": "Publisher (DOI)"}.get(
                identifier.scheme, _SCHEMES.get(identifier.scheme, "Page")
            )
            _add_link(found, name, url)
            if identifier.scheme == "arxiv":
                _add_link(found, "PDF", f"https://arxiv.org/pdf/{identifier.value}")
    for link in work.paper.links:
        _add_link(found, _LINK_NAMES.get(link.kind, "Link"), link.url)
    return tuple(found.values())


def _add_link(found: dict[str, PaperLink], name: str, url: str) -> None:
    """Adds a web address once; other schemes (javascript:, data:) never become links."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.scheme.lower() in ("http", "https") and parts.hostname:
        found.setdefault(url.rstrip("/"), PaperLink(name, url, parts.hostname))


def _facts(
    work: Work, links: Links, gone: tuple[str, str] | None
) -> tuple[tuple[str, Markup | str], ...]:
    paper = work.paper
    facts: list[tuple[str, Markup | str]] = []
    for identifier in work.identifiers:
        name = _SCHEMES.get(identifier.scheme, "Id")
        facts.append((name, _identifier(identifier)))
    venues = [str(one) for one in appearances(paper)]
    if venues:
        told = Markup(", ").join(_venue(name, links) for name in venues)
        facts.append(("Appeared at", told))
    comments = authors_comments(paper)
    if comments and comments != ", ".join(venues):
        facts.append(("Comments", Markup(to_html(comments[:_LONGEST_COMMENTS]))))  # noqa: S704
    for name, date in (
        ("Published", work.published),
        ("Announced", work.announced),
        ("Updated", work.updated),
    ):
        if date:
            facts.append((name, plain_date(date)))
    facts.append(("Source", ", ".join(work.sources) or paper.source))
    if gone:
        facts.append(("Gone from", f"{gone[0]}, {plain_date(gone[1])}"))
    if kind := str(paper.extra.get("kind") or ""):
        facts.append(("Kind", kind))
    if licence := licence_of(work):
        facts.append(("Licence", licence_name(licence)))
    return tuple(facts)


def _venue(name: str, links: Links) -> Markup:
    return Markup('<a href="{}">{}</a>').format(links.venue(name), name)


def _identifier(identifier: Identifier) -> Markup | str:
    url = identifier_url(identifier)
    text = identifier.value if identifier.scheme in _SCHEMES else str(identifier)
    if not url.lower().startswith(("http://", "https://")):
        return text
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, text)


def _versions(versions: Sequence[Version]) -> tuple[str, ...]:
    if len(versions) < 2:
        return ()
    lines = []
    for version in versions:
        date = version.updated or version.published or version.announced
        parts = (version.label or version.external_id, version.source, plain_date(date or ""))
        lines.append(" · ".join(part for part in parts if part))
    return tuple(lines)
