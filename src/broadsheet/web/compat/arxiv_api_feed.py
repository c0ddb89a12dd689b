"""Answers of arXiv's query API: an Atom feed, as its clients read it.

https://info.arxiv.org/help/api/user-manual.html#_details_of_atom_results_returned. Ids of arXiv
papers are their addresses at arXiv; a paper that is not there has the address it has elsewhere,
or its page here, and ``id_list`` takes either again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from broadsheet.catalog import Work
from broadsheet.papers import Paper, Version, identifier_url
from broadsheet.text import told_comments
from broadsheet.web.compat.oai_xml import HEAD, element, escaped
from broadsheet.web.compat.replies import moment
from broadsheet.web.reply import Body

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_FEED = '<feed xmlns="http://www.w3.org/2005/Atom">\n'
_OPENSEARCH = 'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
_ARXIV = 'xmlns:arxiv="http://arxiv.org/schemas/atom"'
_SCHEME = "http://arxiv.org/schemas/atom"
_UNDATED = "1970-01-01"


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper to be told; ``version`` is an older one that was asked for, ``page`` its address
    here, ``arrived`` a day for papers without any date."""

    work: Work
    page: str
    arrived: str
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a feed answers: the parameters as they were read."""

    query: str
    ids: str
    start: int
    most: int


def feed(entries: Sequence[Entry], total: int, asked: Asked, address: str, changed: str) -> Body:
    """A page of results; ``changed`` is when anything here last did ('' for never)."""
    told = f"search_query={asked.query}&id_list={asked.ids}&start={asked.start}"
    title = f"ArXiv Query: {told}&max_results={asked.most}"
    name = blake2b(title.encode("utf-8", "replace"), digest_size=16).hexdigest()
    parts = [
        HEAD,
        _FEED,
        f'<link href="{escaped(address)}" rel="self" type="application/atom+xml"/>\n',
        f'<title type="html">{escaped(escaped(title))}</title>\n',
        element("id", f"{address.partition('?')[0].removesuffix('/query')}/{name}"),
        element("updated", changed or _moment()),
        f"\n<opensearch:totalResults {_OPENSEARCH}>{total}</opensearch:totalResults>\n"
        f"<opensearch:startIndex {_OPENSEARCH}>{asked.start}</opensearch:startIndex>\n"
        f"<opensearch:itemsPerPage {_OPENSEARCH}>{asked.most}</opensearch:itemsPerPage>\n",
        *(_entry(one) for one in entries),
        "</feed>\n",
    ]
    return Body("".join(parts).encode(), MEDIA_TYPE)


def error(said: str, status: int = 400, name: str = "error") -> Body:
    """An error, as the API tells one: a feed whose one entry says it."""
    address = f"http://arxiv.org/api/errors#{name}"
    now = _now()
    told = (
        f"{HEAD}{_FEED}"
        f'<link href="{address}" rel="self" type="application/atom+xml"/>\n'
        f'<title type="html">Error</title>\n<id>{address}</id>\n<updated>{now}</updated>\n'
        f"<opensearch:totalResults {_OPENSEARCH}>1</opensearch:totalResults>\n"
        f"<opensearch:startIndex {_OPENSEARCH}>0</opensearch:startIndex>\n"
        f"<opensearch:itemsPerPage {_OPENSEARCH}>1</opensearch:itemsPerPage>\n"
        f"<entry><id>{address}</id><title>Error</title>{element('summary', said)}"
        f"<updated>{now}</updated><published>{now}</published>"
        f'<link href="{address}" rel="alternate" type="text/html"/>'
        f"<author><name>Broadsheet</name></author></entry>\n</feed>\n"
    )
    return Body(told.encode(), MEDIA_TYPE, status)


def entry_id(work: Work, page: str, version: str = "") -> str:
    """The address that names a paper; of one at arXiv, with its version where that is known.

    It has no comma, which parts the ids of a list.
    """
    for one in work.identifiers:
        if one.scheme == "arxiv":
            return f"http://arxiv.org/abs/{one.value}{version}".replace(",", "%2C")
    addresses = (identifier_url(one) for one in work.identifiers)
    found = next((address for address in addresses if address), page)
    return found.replace(",", "%2C")


def _entry(one: Entry) -> str:
    work, paper, old = one.work, one.work.paper, one.version
    label = old.label if old else paper.version
    identity = entry_id(work, one.page, label)
    published = _moment(work.published, work.announced, one.arrived)
    changed = old.updated if old else work.updated
    categories = old.categories if old else paper.categories
    at_arxiv = identity.startswith("http://arxiv.org/abs/")
    parts = (
        element("id", identity),
        element("updated", max(_moment(changed, published[:10], one.arrived), published)),
        element("published", published),
        element("title", (old.title if old else paper.title) or paper.id),
        f"<summary>{escaped(old.abstract if old else paper.abstract)}</summary>",
        _authors(paper, old),
        _said("comment", told_comments(paper) if old is None else paper.extra.get("comments")),
        _said("journal_ref", paper.extra.get("journal_ref")),
        _doi(work),
        f'<link href="{escaped(identity)}" rel="alternate" type="text/html"/>',
        _pdf(paper, identity if at_arxiv else ""),
        "".join(
            f'<arxiv:primary_category {_ARXIV} term="{escaped(name)}" scheme="{_SCHEME}"/>'
            for name in categories[:1]
        ),
        "".join(f'<category term="{escaped(name)}" scheme="{_SCHEME}"/>' for name in categories),
    )
    return f"<entry>\n{''.join(parts)}</entry>\n"


def _authors(paper: Paper, old: Version | None) -> str:
    if old is not None:
        return "".join(f"<author>{element('name', name)}</author>" for name in old.authors)
    return "".join(
        f"<author>{element('name', author.name)}"
        + (
            f"<arxiv:affiliation {_ARXIV}>{escaped(author.affiliation)}</arxiv:affiliation>"
            if author.affiliation
            else ""
        )
        + "</author>"
        for author in paper.authors
    )


def _said(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    return f"<arxiv:{name} {_ARXIV}>{escaped(' '.join(value.split()))}</arxiv:{name}>"


def _doi(work: Work) -> str:
    doi = next((one for one in work.identifiers if one.scheme == "doi"), None)
    if doi is None:
        return ""
    address = escaped(identifier_url(doi).replace("https://doi.org/", "http://dx.doi.org/"))
    return (
        f"<arxiv:doi {_ARXIV}>{escaped(doi.value)}</arxiv:doi>"
        f'<link title="doi" href="{address}" rel="related"/>'
    )


def _pdf(paper: Paper, identity: str) -> str:
    address = identity.replace("/abs/", "/pdf/")
    address = address or next((link.url for link in paper.links if link.kind == "pdf"), "")
    if not address:
        return ""
    return f'<link title="pdf" href="{escaped(address)}" rel="related" type="application/pdf"/>'


def _moment(*dates: str) -> str:
    """The first of these that is a date, as Atom writes one."""
    for iso in (*dates, _UNDATED):
        told = moment(iso) if iso else None
        if told:
            return f"{told[:19]}Z"
    raise AssertionError("the last one is a date")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
