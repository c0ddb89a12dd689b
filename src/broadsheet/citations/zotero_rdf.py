"""Zotero's own RDF: the one form in which its importer takes a preprint for a preprint.

It is what the connector asks for first where a page offers several (unAPI), so a list of papers
arrives with item types, versions and files; its BibTeX and RIS importers know no preprints.

The vocabulary is the one that Zotero's RDF translator reads:
https://github.com/zotero/translators/blob/master/RDF.js
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from broadsheet.citations.names import Name
from broadsheet.citations.reference import Reference, references
from broadsheet.formulas import plain
from broadsheet.papers import Paper

ZOTERO_RDF = "application/rdf+xml"
"""The media type of `zotero_rdf`."""

_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "z": "http://www.zotero.org/namespaces/export#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "bib": "http://purl.org/net/biblio#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prism": "http://prismstandard.org/namespaces/1.2/basic/",
    "link": "http://purl.org/rss/1.0/modules/link/",
}


_ITEM_TYPES = {
    "article": "journalArticle",
    "meeting": "conferencePaper",
    "chapter": "bookSection",
}


def zotero_rdf(papers: Iterable[Paper]) -> str:
    """The papers as RDF/XML, each with its PDF as an attachment where there is one."""
    spaces = "".join(f' xmlns:{name}="{space}"' for name, space in _SPACES.items())
    parts = [f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n']
    for number, reference in enumerate(references(papers), 1):
        parts.append(_item(reference, number))
    return "".join((*parts, "</rdf:RDF>\n"))


def _item(reference: Reference, number: int) -> str:
    kind = item_type(reference)
    lines = [_tag("z:itemType", kind), _tag("dc:title", plain(reference.title))]
    if reference.names:
        people = "".join(f"<rdf:li>{_person(name)}</rdf:li>" for name in reference.names)
        lines.append(f"<bib:authors><rdf:Seq>{people}</rdf:Seq></bib:authors>")
    lines += [
        _tag("dcterms:abstract", reference.abstract),
        _tag("dc:date", reference.date),
        *(_tag("dc:subject", word) for word in reference.keywords),
        _tag("dc:identifier", f"DOI {reference.doi}" if reference.doi else ""),
    ]
    if reference.url:
        address = f"<dcterms:URI>{_tag('rdf:value', reference.url)}</dcterms:URI>"
        lines.append(f"<dc:identifier>{address}</dc:identifier>")
    if reference.house:
        name = f"<foaf:Organization>{_tag('foaf:name', reference.house)}</foaf:Organization>"
        lines.append(f"<dc:publisher>{name}</dc:publisher>")
    if reference.venue:
        about = _tag("dc:title", reference.venue) + _tag("prism:volume", reference.volume)
        about += _tag("prism:number", reference.issue)
        whole = "bib:Book" if reference.kind == "chapter" else "bib:Journal"
        lines.append(f"<dcterms:isPartOf><{whole}>{about}</{whole}></dcterms:isPartOf>")
    lines.append(_tag("bib:pages", reference.pages))
    if reference.arxiv and kind == "preprint":
        lines.append(_tag("z:repository", "arXiv"))
        lines.append(_tag("z:archiveID", f"arXiv:{reference.arxiv}"))
    lines.append(_tag("z:extra", extra(reference)))
    attached = ""
    pdf = reference.pdf or (f"https://arxiv.org/pdf/{reference.arxiv}" if reference.arxiv else "")
    if pdf:
        name = quoteattr(f"#file_{number}")
        lines.append(f"<link:link rdf:resource={name}/>")
        address = f"<dcterms:URI>{_tag('rdf:value', pdf)}</dcterms:URI>"
        attached = (
            f"<z:Attachment rdf:about={name}><z:itemType>attachment</z:itemType>"
            f"<dc:identifier>{address}</dc:identifier><dc:title>PDF</dc:title>"
            "<link:type>application/pdf</link:type></z:Attachment>\n"
        )
    about = quoteattr(f"#item_{number}")
    return f"<rdf:Description rdf:about={about}>{''.join(lines)}</rdf:Description>\n{attached}"


def item_type(reference: Reference) -> str:
    """What Zotero calls the kind of a reference."""
    return _ITEM_TYPES.get(reference.kind, reference.kind)


def extra(reference: Reference) -> str:
    """What Zotero has no field for, as its field "Extra" holds it: a line each."""
    lines = []
    if reference.kind != "preprint" and reference.arxiv:
        lines.append(f"arXiv: {reference.arxiv}")
    if reference.withdrawn:
        lines.append("Status: withdrawn")
    return "\n".join(lines)


def _person(name: Name) -> str:
    family = name.literal or " ".join(part for part in (name.particle, name.family) if part)
    given = " ".join(part for part in (name.given, name.suffix) if part)
    parts = f"{_tag('foaf:surname', family)}{_tag('foaf:givenName', given)}"
    return f"<foaf:Person>{parts}</foaf:Person>"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
