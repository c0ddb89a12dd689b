"""Citations as replies: files in the formats that programs read, text in a style, meta tags."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from starlette.exceptions import HTTPException

from broadsheet import citations
from broadsheet.catalog import Work
from broadsheet.editions import category_name
from broadsheet.papers import Paper, identifier_url
from broadsheet.text import plain
from broadsheet.web.reply import Body

TEXT = "text"
# Suffix of an address -> format and media type.
EXPORTS = {
    suffix: (format_, citations.MEDIA_TYPES[format_])
    for format_, suffix in citations.SUFFIXES.items()
} | {".txt": (TEXT, "text/plain; charset=utf-8")}

# What programs ask for (RFC 9110) -> the suffix of the address that has it. The first of each
# is the name that is registered, or that the DOI's own resolvers answer to.
MEDIA = {
    "application/x-bibtex": ".bib",
    "text/x-bibtex": ".bib",
    "application/x-research-info-systems": ".ris",
    "application/vnd.citationstyles.csl+json": ".json",
    "application/citeproc+json": ".json",
    "text/x-bibliography": ".txt",
}

MOST = 10_000  # papers that one file holds
MOST_FORMATTED = 100  # an elaborate style takes 30 to 70 ms for each
USUAL_STYLE = "apa"
LONGEST_STYLE = 160
_SECONDS = 6.0
# Pages are made by a few threads: lists being formatted may take one of them, and no more.
_FEW = 5
_turn = threading.Lock()
_LONGEST_ABSTRACT = 40_000


def cited(papers: Sequence[Paper], suffix: str, name: str, style: str = "") -> Body:
    """Papers as a file called ``name``; `HTTPException` 400 where there are too many of them, or
    where a text's style is not known."""
    format_, media_type = EXPORTS[suffix]
    if len(papers) > MOST:
        raise HTTPException(
            400, f"These are {len(papers):,} papers; one file holds {MOST:,}. Take a part of them."
        )
    if format_ == TEXT:
        text = "".join(f"{line}\n" for line in worded(papers, style))
    else:
        text = citations.export(papers, format_)
    way = "inline" if format_ == TEXT else "attachment"
    return Body(
        text.encode("utf-8", "replace"),
        media_type,
        headers={"Content-Disposition": f'{way}; filename="{file_name(name)}{suffix}"'},
    )


def worded(papers: Sequence[Paper], style: str = "") -> list[str]:
    """Papers as lines of text in a style; `HTTPException` 400 with the reason where that fails."""
    if len(papers) > MOST_FORMATTED:
        raise HTTPException(
            400,
            f"These are {len(papers):,} papers; {MOST_FORMATTED} are formatted at once. The "
            "other formats hold more, and 'broadsheet export --style' knows no bound.",
        )
    readable = [replace(paper, title=paper.title[:1000]) for paper in papers]
    long = len(papers) > _FEW
    if long and not _turn.acquire(blocking=False):
        raise HTTPException(503, "Another list is being formatted; try again in a few seconds.")
    try:
        name = citations.style_name(style or USUAL_STYLE)
        return citations.formatted(readable, name, seconds=_SECONDS)
    except citations.StyleError as error:
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    finally:
        if long:
            _turn.release()


def file_name(name: str) -> str:
    """A name that any system takes and that no header breaks at: ASCII letters, digits, hyphens."""
    return re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9_]", "-", name))[:80].strip("-") or "papers"


_VENUES = {"meeting": "citation_conference_title", "chapter": "citation_book_title"}
_HOUSES = {
    "thesis": "citation_dissertation_institution",
    "report": "citation_technical_report_institution",
}


def meta_tags(work: Work) -> tuple[tuple[str, str], ...]:
    """Tags that reference managers read (Zotero's embedded metadata, Google Scholar's names).

    Each name once, but for authors: Zotero takes the first file and the first DOI, and others
    would have one paper twice. The ``citation_`` names know no preprints, and Zotero takes what
    has them for an article of a journal; those with ``z:`` are of its own vocabulary.
    """
    paper = work.paper
    (reference,) = citations.references([paper])
    date = _date(work, reference).replace("-", "/")
    values = {one.scheme: one.value for one in reversed(work.identifiers)}
    arxiv, doi = values.get("arxiv", ""), values.get("doi", "")
    pdf = next((link.url for link in paper.links if link.kind == "pdf"), "")
    first, last = citations.page_range(reference.pages)
    venue = _VENUES.get(reference.kind, "citation_journal_title")
    meta = [("citation_title", plain(paper.title[:1000]) or paper.id)]
    meta += [("citation_author", author) for author in _authors(reference)]
    meta += [
        ("citation_date", date),
        ("citation_online_date", date),
        (venue, reference.venue),
        ("citation_volume", reference.volume),
        ("citation_issue", reference.issue),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", doi),
        ("citation_arxiv_id", arxiv),
        ("citation_pdf_url", pdf or (f"https://arxiv.org/pdf/{arxiv}" if arxiv else "")),
        ("citation_public_url", next(filter(None, map(identifier_url, work.identifiers)), "")),
        ("citation_abstract", plain(paper.abstract[:_LONGEST_ABSTRACT])),
        ("citation_keywords", "; ".join(map(category_name, paper.categories))),
    ]
    listed = f"arXiv:{reference.arxiv}" if reference.arxiv else ""
    if reference.kind not in ("article", "meeting"):
        meta.append(("z:itemType", citations.zotero_item_type(reference)))
        house = _HOUSES.get(reference.kind, "citation_publisher")
        meta.append((house, reference.house))
    if reference.kind == "preprint":
        meta += [("z:archiveID", listed), ("z:repository", "arXiv" if listed else "")]
    meta.append(("z:extra", citations.zotero_extra(reference)))
    return tuple((name, content) for name, content in meta if content)


def _date(work: Work, reference: citations.Reference) -> str:
    """The day of the work, but no other month or year than its citations have.

    A listing says when it announced a paper, and the id of a preprint of June 30 says June.
    """
    announced = work.announced if work.announced.startswith(reference.date) else reference.date
    return work.published or announced


def _authors(reference: citations.Reference) -> Iterable[str]:
    """Names as Zotero and Google Scholar take them apart, at a comma or else at the last blank."""
    for name in reference.names:
        written = _written(name, alone=len(reference.names) == 1)
        # A semicolon would make two of one.
        if said := " ".join(written.replace(";", ",").split()):
            yield said


def _written(name: citations.Name, alone: bool) -> str:
    given = " ".join(part for part in (name.given, name.suffix) if part)
    family = " ".join(part for part in (name.particle, name.family) if part)
    if name.literal:
        # The comma says that all of it is one name: "Collaboration, Atlas" is nobody.
        return (
            f"{name.literal}," if " " in name.literal and "," not in name.literal else name.literal
        )
    # A lone author with blanks on both sides of the comma is taken for two.
    parted = (" " in family or name.suffix) and not (alone and " " in family and " " in given)
    return f"{family}, {given}" if parted else f"{given} {family}"
