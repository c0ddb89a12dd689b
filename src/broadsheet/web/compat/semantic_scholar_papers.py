"""A paper as Semantic Scholar's Graph API has it: the fields that were asked for, and no others.

What is not known here (citations, fields judged by their models) is null or empty, not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadsheet import citations
from broadsheet.catalog import Work
from broadsheet.editions import paper_path
from broadsheet.papers import Author, identifier_url
from broadsheet.text import told_title
from broadsheet.web.compat.around import readings_of, summary_of
from broadsheet.web.compat.naming import s2_id
from broadsheet.web.desk import State
from broadsheet.web.licences import licence_of

PLAIN = (
    "abstract", "authors", "citationCount", "citationStyles", "citations", "corpusId",
    "embedding", "externalIds", "fieldsOfStudy", "influentialCitationCount", "isOpenAccess",
    "journal", "openAccessPdf", "paperId", "publicationDate", "publicationTypes",
    "publicationVenue", "referenceCount", "references", "s2FieldsOfStudy", "textAvailability",
    "title", "tldr", "url", "venue", "year",
)  # fmt: skip
AUTHOR = (
    "affiliations", "authorId", "citationCount", "externalIds", "hIndex", "homepage", "name",
    "paperCount", "url",
)  # fmt: skip
_LONGEST = 5_000
_LONGEST_VENUE = 500
_NESTED = ("citations", "references")
# The archive of a category -> their field of study.
FIELDS_OF_STUDY = {
    "cs": "Computer Science", "math": "Mathematics", "stat": "Mathematics",
    "math-ph": "Mathematics", "physics": "Physics", "astro-ph": "Physics", "cond-mat": "Physics",
    "gr-qc": "Physics", "hep-ex": "Physics", "hep-lat": "Physics", "hep-ph": "Physics",
    "hep-th": "Physics", "nlin": "Physics", "nucl-ex": "Physics", "nucl-th": "Physics",
    "quant-ph": "Physics", "q-bio": "Biology", "q-fin": "Economics", "econ": "Economics",
    "eess": "Engineering",
}  # fmt: skip
_EXTERNAL = {"arxiv": "ArXiv", "doi": "DOI", "acl": "ACL", "pmid": "PubMed", "dblp": "DBLP"}


@dataclass(frozen=True, slots=True)
class Fields:
    """What is asked for: fields of the paper, of its authors; of neither kind twice."""

    paper: tuple[str, ...]
    author: tuple[str, ...] = ()

    @staticmethod
    def of(request: Request, usual: Sequence[str] = ("paperId", "title")) -> Fields:
        """Read from ``fields``; 400 for a field that there is not."""
        text = request.query_params.get("fields")
        if not text:
            return Fields(tuple(usual))
        if len(text) > _LONGEST:
            raise HTTPException(400, "fields: more than there are")
        asked = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        unknown = [name for name in asked if not _known(name)]
        if unknown:
            raise HTTPException(400, f"Unrecognized or unsupported fields: [{', '.join(unknown)}]")
        within = [name.split(".", 1)[1] for name in asked if name.startswith("authors.")]
        within = ["name", *within] if "authors" in asked else within
        return Fields(tuple(dict.fromkeys(name.split(".")[0] for name in asked)), tuple(within))


def author_fields(request: Request) -> tuple[str, ...]:
    """The fields of authors that are asked for; 400 for one that there is not."""
    text = request.query_params.get("fields") or "authorId,name"
    asked = list(dict.fromkeys(part.strip() for part in text[:_LONGEST].split(",") if part))
    for name in asked:
        if name not in AUTHOR and name.split(".")[0] != "papers":
            raise HTTPException(400, f"Unrecognized or unsupported fields: [{name}]")
    return tuple(name for name in asked if name in AUTHOR)


def _known(name: str) -> bool:
    first, _, rest = name.partition(".")
    if not rest:
        return name in PLAIN
    if first == "authors":
        return rest in AUTHOR
    if first == "embedding":
        return rest in ("specter_v1", "specter_v2")
    # Of a paper that cites or is cited: its fields, and what is said of the citation itself.
    return first in _NESTED and (
        rest.split(".")[0] in PLAIN or rest in ("contexts", "intents", "isInfluential")
    )


def paper_json(state: State, work: Work, fields: Fields, base: str) -> dict[str, Any]:
    """The fields of a paper; its id stands always first. ``base`` is the address of the site."""
    found: dict[str, Any] = {"paperId": s2_id(work)}
    for name in fields.paper:
        if name == "authors":
            found[name] = authors_json(work.paper.authors, ("authorId", *fields.author))
        elif name == "url":
            found[name] = base + paper_path(work.paper)
        elif name == "tldr":
            found[name] = _tldr(state, work)
        elif name == "embedding":
            found[name] = _embedding(state, work)
        elif name != "paperId":
            found[name] = _MAKERS[name](work)
    return found


def authors_json(authors: Iterable[Author], fields: Sequence[str]) -> list[dict[str, Any]]:
    """Authors as they are printed: nobody here is told apart from a namesake, so none has an id."""
    known: dict[str, Callable[[Author], object]] = {
        "name": lambda author: author.name,
        "affiliations": lambda author: [author.affiliation] if author.affiliation else [],
        "externalIds": lambda _: {},
    }
    return [
        {name: known[name](author) if name in known else None for name in dict.fromkeys(fields)}
        for author in authors
    ]


def external_ids(work: Work) -> dict[str, Any]:
    """The identifiers of a work by their names for schemes."""
    found: dict[str, Any] = {}
    for identifier in work.identifiers:
        if name := _EXTERNAL.get(identifier.scheme):
            found.setdefault(name, identifier.value)
    return found | {"CorpusId": work.id}


def fields_of(work: Work) -> list[str]:
    """The fields of study of a paper's categories."""
    archives = (category.partition(".")[0] for category in work.paper.categories)
    return list(dict.fromkeys(FIELDS_OF_STUDY[a] for a in archives if a in FIELDS_OF_STUDY))


def pdf_of(work: Work) -> str:
    """The address of a PDF that everyone may read, '' where none is known."""
    for identifier in work.identifiers:
        if identifier.scheme == "arxiv":
            return f"https://arxiv.org/pdf/{identifier.value}"
        if identifier.scheme == "acl":
            return identifier_url(identifier).rstrip("/") + ".pdf"
    return next((link.url for link in work.paper.links if link.kind == "pdf"), "")


def venue_of(work: Work) -> str:
    """Where a paper was published, '' where neither its source says so nor its authors."""
    told = citations.publication(work.paper).venue
    noted = "" if told else next(map(str, citations.appearances(work.paper)), "")
    return (told or noted)[:_LONGEST_VENUE]


def year_of(work: Work) -> int | None:
    """The year of a paper's first version."""
    date = work.published or work.announced
    return int(date[:4]) if date[:4].isdigit() else None


def _date(work: Work) -> str | None:
    date = work.published or work.announced
    return date if len(date) == 10 else None


def _abstract(work: Work) -> str | None:
    return work.paper.abstract or None


def _open_pdf(work: Work) -> dict[str, Any] | None:
    url = pdf_of(work)
    if not url:
        return None
    return {"url": url, "status": "GREEN", "license": licence_of(work) or None}


def _journal(work: Work) -> dict[str, str] | None:
    place = citations.publication(work.paper)
    if not place.venue:
        return None
    parts = {"name": place.venue[:_LONGEST_VENUE], "volume": place.volume, "pages": place.pages}
    return {key: value for key, value in parts.items() if value}


def _tldr(state: State, work: Work) -> dict[str, Any] | None:
    text, model = summary_of(work, readings_of(state, {work.id: work}).get(work.id))
    return {"model": model, "text": text} if text else None


def _bibtex(work: Work) -> dict[str, str]:
    return {"bibtex": citations.export([work.paper], "bibtex").strip()}


def _embedding(state: State, work: Work) -> dict[str, Any] | None:
    index = state.index
    vector = None if index is None else index.vector(work.id)
    if index is None or vector is None:
        return None
    return {"model": index.encoder, "vector": [round(value, 6) for value in vector.tolist()]}


_MAKERS: Mapping[str, Callable[[Work], object]] = {
    "abstract": _abstract,
    "citationCount": lambda _: None,
    "citationStyles": _bibtex,
    "citations": lambda _: [],
    "corpusId": lambda work: work.id,
    "externalIds": external_ids,
    "fieldsOfStudy": lambda work: fields_of(work) or None,
    "influentialCitationCount": lambda _: None,
    "isOpenAccess": lambda work: bool(pdf_of(work)),
    "journal": _journal,
    "openAccessPdf": _open_pdf,
    "publicationDate": _date,
    "publicationTypes": lambda _: None,
    "publicationVenue": lambda _: None,
    "referenceCount": lambda _: None,
    "references": lambda _: [],
    "s2FieldsOfStudy": lambda work: [
        {"category": name, "source": "external"} for name in fields_of(work)
    ],
    "textAvailability": lambda work: "abstract" if work.paper.abstract else "none",
    "title": lambda work: told_title(work.paper, work.paper.title) or None,
    "venue": venue_of,
    "year": year_of,
}
