"""A work as a record of OAI-PMH: Dublin Core and arXiv's own format.

https://www.openarchives.org/OAI/openarchivesprotocol.html#dublincore and
http://arxiv.org/OAI/arXiv.xsd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from broadsheet.catalog import Told, Work
from broadsheet.citations import parse_name
from broadsheet.papers import Author, first_day, identifier_url
from broadsheet.text import told_comments
from broadsheet.web.compat.oai_sets import category_set, identifier_of, source_set
from broadsheet.web.compat.oai_xml import element, elements, escaped
from broadsheet.web.licences import licence_of

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    f'xmlns:dc="http://purl.org/dc/elements/1.1/" {_XSI} '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
    'http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)
_ARXIV = (
    f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/" {_XSI} '
    'xsi:schemaLocation="http://arxiv.org/OAI/arXiv/ http://arxiv.org/OAI/arXiv.xsd">'
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of records: how it is called, and how a work is written in it."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[Work, str], str]


def header(told: Told) -> str:
    """The header of an item."""
    gone = ' status="deleted"' if told.work is None else ""
    specs = dict.fromkeys([*map(category_set, told.categories), *map(source_set, told.sources)])
    sets = "".join([f"<setSpec>{escaped(spec)}</setSpec>" for spec in specs])
    return (
        f"<header{gone}><identifier>{escaped(identifier_of(told.name))}</identifier>"
        f"<datestamp>{told.at}</datestamp>{sets}</header>"
    )


def record(told: Told, form: Format) -> str:
    """An item with its record; of one that is gone, the header alone."""
    if told.work is None:
        return f"<record>{header(told)}</record>\n"
    metadata = form.write(told.work, told.name)
    return f"<record>{header(told)}<metadata>{metadata}</metadata></record>\n"


def _dublin_core(work: Work, name: str) -> str:
    """As arXiv fills it: the abstract, then the comment; the days of the first and the last
    version; subjects are categories."""
    paper = work.paper
    comment = told_comments(paper)
    days = dict.fromkeys((work.published or work.announced, work.updated))
    parts = (
        element("dc:title", paper.title),
        elements("dc:creator", [_inverted(author.name) for author in paper.authors]),
        elements("dc:subject", paper.categories),
        element("dc:description", paper.abstract),
        element("dc:description", f"Comment: {comment}" if comment else ""),
        elements("dc:date", days),
        "<dc:type>text</dc:type>",
        elements("dc:identifier", _addresses(work, name)),
        element("dc:rights", licence_of(work)),
    )
    return f"{_DC}{''.join(parts)}</oai_dc:dc>"


def _arxiv(work: Work, name: str) -> str:
    paper = work.paper
    scheme, _, value = name.partition("\t")
    authors = "".join([_author(author) for author in paper.authors])
    doi = next((one.value for one in work.identifiers if one.scheme == "doi"), "")
    parts = (
        element("id", value if scheme == "arxiv" else f"{scheme}:{value}"),
        element("created", _day(work.published or work.announced)),
        element("updated", _day(work.updated)),
        f"<authors>{authors}</authors>" if authors else "",
        element("title", paper.title),
        # Blanks part them: a category that has one cannot be said.
        element("categories", " ".join(one for one in paper.categories if len(one.split()) == 1)),
        element("comments", told_comments(paper)),
        element("proxy", _said(work, "proxy")),
        element("report-no", _said(work, "report_number")),
        element("msc-class", _said(work, "msc_class")),
        element("acm-class", _said(work, "acm_class")),
        element("journal-ref", _said(work, "journal_ref")),
        element("doi", doi),
        element("license", licence_of(work)),
        element("abstract", paper.abstract),
    )
    return f"{_ARXIV}{''.join(parts)}</arXiv>"


FORMATS = {
    form.prefix: form
    for form in (
        Format(
            "oai_dc",
            "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
            _dublin_core,
        ),
        Format("arXiv", "http://arxiv.org/OAI/arXiv.xsd", "http://arxiv.org/OAI/arXiv/", _arxiv),
    )
}


def _author(author: Author) -> str:
    """A person; parts that are put together again give the name as it was printed."""
    family, given, suffix = _parts(author.name)
    return (
        f"<author>{element('keyname', family)}{element('forenames', given)}"
        f"{element('suffix', suffix)}{element('affiliation', author.affiliation)}</author>"
    )


def _inverted(name: str) -> str:
    family, given, suffix = _parts(name)
    after = f" {suffix}" if suffix else ""
    return f"{family}, {given}{after}" if given and not after else " ".join(name.split())


def _parts(name: str) -> tuple[str, str, str]:
    """Family name with its particles, given names, suffix; a name that stands turned round, or
    is no person's, is a family name as a whole."""
    name = " ".join(name.split()) or "?"
    if "," in name:
        return name, "", ""
    parsed = parse_name(name)
    if parsed.literal:
        return name, "", ""
    family = f"{parsed.particle} {parsed.family}" if parsed.particle else parsed.family
    return family, parsed.given, parsed.suffix


def _addresses(work: Work, name: str) -> list[str]:
    found = [address for one in work.identifiers[:1] if (address := identifier_url(one))]
    if name.startswith("arxiv\t"):
        found = [f"http://arxiv.org/abs/{name.partition(chr(9))[2]}"]
    if journal := _said(work, "journal_ref"):
        found.append(journal)
    found += [f"doi:{one.value}" for one in work.identifiers if one.scheme == "doi"]
    return found


def _said(work: Work, field: str) -> str:
    value = work.paper.extra.get(field)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _day(iso: str) -> str:
    """A date of any precision as the first day that it can mean; '' for none."""
    try:
        day = first_day(iso[:10])
    except ValueError:
        return ""
    return day.isoformat() if day else ""
