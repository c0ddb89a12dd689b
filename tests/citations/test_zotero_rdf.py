"""Zotero's RDF says what its importer looks for."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from broadsheet.citations import ZOTERO_RDF, zotero_rdf
from broadsheet.papers import Author, Identifier, Link, Paper
from tests.citations.kit import elements
from tests.citations.test_styles import ARTICLE

Z = "{http://www.zotero.org/namespaces/export#}"
DC = "{http://purl.org/dc/elements/1.1/}"
TERMS = "{http://purl.org/dc/terms/}"
BIB = "{http://purl.org/net/biblio#}"
FOAF = "{http://xmlns.com/foaf/0.1/}"
LINK = "{http://purl.org/rss/1.0/modules/link/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PREPRINT = Paper(
    id="2401.00001v2",
    source="arxiv",
    title="Size & <matters> for $x^2$",
    abstract="What it says.",
    authors=(Author("Anna van der Berg"), Author("King, Jr., Martin"), Author("CMS Collaboration")),
    identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1000/a(1)")),
    links=(Link("pdf", "https://arxiv.org/pdf/2401.00001v2"),),
    published="2024-01-02",
    version="v2",
    extra={"keywords": ["size"]},
)


def items(papers: list[Paper]) -> list[Element]:
    return elements(zotero_rdf(papers).encode()).findall(f"{RDF}Description")


def test_a_preprint_is_a_preprint_with_its_version_and_file() -> None:
    root = elements(zotero_rdf([PREPRINT]).encode())
    (item,) = root.findall(f"{RDF}Description")
    assert item.findtext(f"{Z}itemType") == "preprint"
    assert item.findtext(f"{DC}title") == "Size & <matters> for x²"
    assert item.findtext(f"{Z}repository") == "arXiv"
    assert item.findtext(f"{Z}archiveID") == "arXiv:2401.00001v2"
    assert item.findtext(f"{TERMS}abstract") == "What it says."
    assert item.findtext(f"{DC}date") == "2024-01-02"
    assert item.findtext(f"{DC}subject") == "size"
    told = [one.text or one.findtext(f".//{RDF}value") for one in item.findall(f"{DC}identifier")]
    assert told == ["DOI 10.1000/a(1)", "https://arxiv.org/abs/2401.00001"]
    people = [
        (one.findtext(f"{FOAF}surname"), one.findtext(f"{FOAF}givenName"))
        for one in item.iter(f"{FOAF}Person")
    ]
    assert people == [
        ("van der Berg", "Anna"),
        ("King", "Martin Jr."),
        ("CMS Collaboration", None),
    ]
    (attached,) = root.findall(f"{Z}Attachment")
    pointer = item.find(f"{LINK}link")
    assert pointer is not None
    assert pointer.get(f"{RDF}resource") == attached.get(f"{RDF}about")
    assert attached.findtext(f".//{RDF}value") == "https://arxiv.org/pdf/2401.00001v2"
    assert attached.findtext(f"{LINK}type") == "application/pdf"


def test_what_stands_in_a_journal_is_an_article_of_it() -> None:
    (item,) = items([ARTICLE])
    assert item.findtext(f"{Z}itemType") == "journalArticle"
    assert item.findtext(f"{TERMS}isPartOf/{BIB}Journal/{DC}title") == "Journal of Things"
    assert item.find(f"{Z}repository") is None


def test_each_paper_is_one_item() -> None:
    found = items([PREPRINT, ARTICLE, PREPRINT])
    assert len(found) == 3
    assert len({item.get(f"{RDF}about") for item in found}) == 3
    assert items([]) == []
    assert ZOTERO_RDF == "application/rdf+xml"
