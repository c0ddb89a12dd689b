"""What is exported and taken in again is the same work; nothing a paper says breaks out."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import rispy  # type: ignore[import-untyped]
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import NameParts, SeparateCoAuthors, SplitNameParts
from hypothesis import example, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from broadsheet.catalog import Catalog
from broadsheet.citations import FORMATS, SUFFIXES, export, formatted, references, zotero_rdf
from broadsheet.formulas import plain
from broadsheet.papers import Author, Identifier, Link, Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, read
from broadsheet.text import clean_paper
from tests.catalog.kit import everything, store, take
from tests.citations.kit import elements

TEXTS = st.text(max_size=60)
NAMES = st.one_of(
    TEXTS,
    st.sampled_from(
        [
            "Plato",
            "Ludwig van der Rohe",
            "King, Martin, Jr.",
            "Salt and Pepper",
            "others",
            "and",
            "The ATLAS Collaboration",
            "Gemma Team, Google",
            "{Broken",
            "Br}oken Brace",
            "O'Brien, Míċeál",
            "A\r\nER  - \r\nTY  - JOUR",
        ]
    ),
)
HOSTILE = st.builds(
    Paper,
    id=st.just("2401.00001v2"),
    source=st.just("arxiv"),
    title=TEXTS,
    abstract=st.text(max_size=200),
    authors=st.lists(NAMES.map(Author), max_size=5).map(tuple),
    categories=st.lists(TEXTS, max_size=3).map(tuple),
    identifiers=st.just((Identifier("arxiv", "2401.00001"),)),
    links=st.lists(st.builds(Link, st.just("pdf"), TEXTS), max_size=1).map(tuple),
    published=st.sampled_from(["", "2024", "2024-01", "2024-01-31"]),
    version=st.just("v2"),
    extra=st.fixed_dictionaries({"venue": TEXTS, "keywords": st.lists(TEXTS, max_size=3)}),
)
NASTY = Paper(
    id="2401.00001v2",
    source="arxiv",
    title="A }, note = {x\r\nER  - \r\n\r\nTY  - BOOK\u2028 & <b> \\end{document}",
    abstract="@comment{ }\r\nAU  - Mallory\n% } \\input{/etc/passwd}",
    authors=(Author("Mallory\r\nAU  - Eve, X"), Author("} and {Eve"), Author("Research and Rest")),
    identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1/a}b{c\r\nER  - ")),
    links=(Link("pdf", "https://x.example/a\r\nTY  - BOOK"),),
    published="2024-01-02",
    version="v2",
    extra={"venue": "J. of } {\r\nT2  - Y", "keywords": ["a\r\nKW  - b", "{"]},
)


@given(HOSTILE)
@example(NASTY)
@example(replace(NASTY, authors=(Author("& \ua8780"), Author("Plato"))))
def test_nothing_breaks_out_of_a_bibtex_field(paper: Paper) -> None:
    (reference,) = references([paper])
    library = parse_string(
        export([paper, paper], "bibtex"), append_middleware=[SeparateCoAuthors(), SplitNameParts()]
    )
    assert not library.failed_blocks and not library.comments and not library.preambles
    first, second = library.entries
    assert first.key != second.key
    allowed = {"title", "author", "journal", "booktitle", "year", "month", "eprint"}
    allowed |= {"archivePrefix", "primaryClass", "doi", "url"}
    assert {field.key for field in first.fields} <= allowed
    fields = first.fields_dict
    assert fields["eprint"].value == "2401.00001v2"
    people = fields["author"].value if "author" in fields else []
    assert len(people) == len(reference.names)
    for person, name in zip(people, reference.names, strict=True):
        assert isinstance(person, NameParts)
        assert bool(person.jr) == bool(name.suffix)
    for field in first.fields:
        assert "\n" not in str(field.value) and "\r" not in str(field.value)


@given(HOSTILE)
@example(NASTY)
def test_nothing_breaks_out_of_a_ris_line(paper: Paper) -> None:
    (reference,) = references([paper])
    text = export([paper, paper], "ris")
    # U+2028 and its like end lines for some readers.
    lines = [line for line in text.splitlines() if line]
    assert all(re.match(r"[A-Z][A-Z0-9]  -(?: |$)", line) for line in lines)
    assert sum(line.startswith("ER") for line in lines) == 2
    records = rispy.loads(text)
    assert len(records) == 2
    assert records[0].get("authors", []) == [
        name.literal
        or ", ".join(
            part for part in (f"{name.particle} {name.family}".strip(), name.given, name.suffix)
            if part
        )
        for name in reference.names
    ]  # fmt: skip
    assert records[0]["accession_number"] == "arXiv:2401.00001v2"


@given(HOSTILE)
@example(NASTY)
def test_zotero_rdf_is_xml_whatever_a_paper_says(paper: Paper) -> None:
    root = elements(zotero_rdf([paper]).encode())
    assert [item.findtext("{*}title") or "" for item in root.iterfind("{*}Description")] == [
        references([paper])[0].title
    ]


@tried(max_examples=25, deadline=None)
@given(HOSTILE)
@example(NASTY)
@pytest.mark.parametrize("style", ["apa", "ieee", "nature"])
def test_a_style_makes_one_line_of_any_paper(style: str, paper: Paper) -> None:
    (line,) = formatted([paper], style)
    assert line == " ".join(line.split())


def taken_in(text: str, format_: str, folder: Path) -> list[Paper]:
    path = folder / f"export{SUFFIXES[format_]}"
    path.write_text(text, "utf-8")
    items = list(read(path, format=format_, source="again"))
    assert all(isinstance(item, Arrived) for item in items)
    return [clean_paper(item.paper) for item in items if isinstance(item, Arrived)]


SAME = [
    Paper(
        id="2401.00001v2",
        source="arxiv",
        title="Größe of $x^2$ & 50% < α_1 ~ #3 { of “it” – and ‘that’",
        abstract="One line.",
        authors=(
            Author("Anna van der Berg"),
            Author("Erdős, Paul"),
            Author("The CMS Collaboration"),
            Author("Plato"),
            Author("King, Jr., Martin"),
            Author("Research and Development"),
        ),
        categories=("cs.LG",),
        identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1000/a_b(1)")),
        published="2024-01-02",
        version="v2",
    ),
    Paper(
        id="hep-th/9901001v1",
        source="arxiv",
        title="Of an old id in $Λ$CDM at $αx>2$",
        authors=(Author("Jo Doe"),),
        categories=("hep-th",),
        identifiers=(Identifier("arxiv", "hep-th/9901001"),),
        published="1999-01-01",
        version="v1",
    ),
    Paper(
        id="10.1000/j",
        source="journal",
        title="On Journals",
        authors=(Author("Jo Doe"),),
        identifiers=(Identifier("doi", "10.1000/j"),),
        published="2019-07",
        extra={"journal_ref": "J. Things 7 (2019) 1-9"},
    ),
    Paper(
        id="2401.00002",
        source="arxiv",
        title="A result that did not hold",
        authors=(Author("Jo Doe"),),
        identifiers=(Identifier("arxiv", "2401.00002"),),
        published="2024-01-03",
        extra={"withdrawn": "A crucial error was found."},
    ),
]


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_taken_in_again_is_the_same_work(format_: str, tmp_path: Path) -> None:
    back = taken_in(export(SAME, format_), format_, tmp_path)
    assert len(back) == len(SAME)
    for before, after in zip(SAME, back, strict=True):
        assert set(before.identifiers) <= set(after.identifiers)
        assert {str(one) for one in after.identifiers if one.scheme in ("arxiv", "doi")} == {
            str(one) for one in before.identifiers
        }
        assert after.version == before.version
        assert after.title == (before.title if format_ == "bibtex" else plain(before.title))
        assert bool(after.withdrawn) == bool(before.withdrawn)
        assert after.published[:7] == before.published[:7]
        assert references([after])[0].names == references([before])[0].names


def kept(catalog: Catalog) -> set[frozenset[str]]:
    """Works by their public identifiers, those that are shown."""
    return {
        frozenset(str(one) for one in work.identifiers if one.scheme in ("arxiv", "doi"))
        for work in everything(catalog).values()
    }


def test_a_home_that_takes_its_own_exports_in_gets_no_new_work(tmp_path: Path) -> None:
    with closing(Catalog.open(Settings(home=tmp_path / "home"))) as catalog:
        store(catalog, *SAME)
        before = kept(catalog)
        assert len(before) == len(SAME)
        for format_ in FORMATS:
            path = tmp_path / f"export{SUFFIXES[format_]}"
            path.write_text(export(SAME, format_), "utf-8")
            take(catalog, read(path, format=format_, source="again"), format_)
            assert kept(catalog) == before and len(everything(catalog)) == len(SAME)


@pytest.mark.parametrize("format_", FORMATS)
def test_exported_twice_it_reads_the_same(format_: str, tmp_path: Path) -> None:
    once = taken_in(export(SAME, format_), format_, tmp_path)
    assert [export([paper], format_) for paper in taken_in(
        export(once, format_), format_, tmp_path
    )] == [export([paper], format_) for paper in once]  # fmt: skip


def test_three_thousand_authors_are_all_there(tmp_path: Path) -> None:
    names = [f"Author{n} Writer{n}" for n in range(3000)]
    paper = Paper("1", "s", title="T", authors=tuple(map(Author, names)), published="2024")
    for format_ in FORMATS:
        (back,) = taken_in(export([paper], format_), format_, tmp_path)
        assert references([back])[0].names == references([paper])[0].names
    assert len(json.loads(export([paper], "csl"))[0]["author"]) == 3000
    assert "Writer0" in formatted([paper], "apa")[0]


LIBRARY = """
@article{one, title={A {GPU} study}, author={Smith, John}, journal={J. {P}hys. \\& {\\'E}cole},
  volume={3}, number={2}, pages={1--9}, year={2020}}
@inproceedings{two, title={Word lists}, author={Doe, Jane}, booktitle={Proc. of {ACL} 2020},
  pages={100-110}, year={2020}}
@inproceedings{three, title={Lists of words}, author={Doe, Jane}, booktitle={{EMNLP}}, year={2020}}
@article{four, title={Cats}, author={Doe, Jane}, journal={Proceedings of the Academy}, year={2020}}
"""


def test_a_library_in_bibtex_is_cited_as_what_it_says(tmp_path: Path) -> None:
    one, two, three, four = taken_in(LIBRARY, "bibtex", tmp_path)
    assert "J. Phys. & École, 3(2), 1–9." in formatted([one], "apa")[0]
    again = export([one, two, three, four], "bibtex")
    assert re.findall(r"@(\w+)", again) == ["article", "inproceedings", "inproceedings", "article"]
    assert re.findall(r"(?:journal|booktitle) = {(.*)},", again) == [
        r"J. Phys. \& {\'E}cole",
        "Proc. of ACL 2020",
        "EMNLP",
        "Proceedings of the Academy",
    ]
    assert re.findall(r"pages = {(.*)},", again) == ["1--9", "100--110"]
    assert [item.get("page") for item in json.loads(export([one, two], "csl"))] == [
        "1-9",
        "100-110",
    ]


def test_words_in_greek_are_no_mathematics() -> None:
    paper = Paper("1", "s", title="α-decay in Ελλάδα", authors=(Author("Σωκράτης Παππάς"),))
    written = export([paper], "bibtex")
    assert "author = {Παππάς, Σωκράτης}" in written
    assert r"{{{\ensuremath{\alpha}}-decay in Ελλάδα}}" in written


def test_names_in_cyrillic_are_written_as_they_are() -> None:
    paper = Paper("1", "s", title="О жизни", authors=(Author("Иван Петров"),))
    written = export([paper], "bibtex")
    assert "author = {Петров, Иван}" in written and "{{О жизни}}" in written


def test_accents_stand_on_the_letter_i_itself() -> None:
    paper = Paper("1", "s", title="T", authors=(Author("María Benoît"), Author("Işık Dı")))
    written = export([paper], "bibtex")
    assert r"Beno{\^i}t, Mar{\'i}a" in written
    assert r"D{\i}, I" in written  # the Turkish letter is one of its own


SHELF = """
@book{one, title={The Art}, author={Knuth, Donald}, publisher={{A} \\& W}, year={1997}}
@phdthesis{two, title={On Computing}, author={Turing, Alan}, school={Princeton}, year={1938}}
@mastersthesis{three, title={On Less}, author={Doe, Jo}, school={Princeton}, year={1939}}
@techreport{four, title={A Report}, author={{NIST}}, institution={NIST}, year={2022}}
@incollection{five, title={A Part}, author={Doe, Jo}, booktitle={A Whole}, publisher={House}, year={2010}}
"""  # noqa: E501


def test_books_theses_reports_and_chapters_stay_what_they_are(tmp_path: Path) -> None:
    papers = taken_in(SHELF, "bibtex", tmp_path)
    text = export(papers, "bibtex")
    for kind in ("book", "phdthesis", "mastersthesis", "techreport", "incollection"):
        assert f"@{kind}{{" in text
    assert "publisher = {A \\& W}" in text and "booktitle = {A Whole}" in text
    assert text.count("school = {Princeton}") == 2 and "institution = {NIST}" in text
    items = json.loads(export(papers, "csl"))
    kinds = ["book", "thesis", "thesis", "report", "chapter"]
    assert [item["type"] for item in items] == kinds
    houses = ["A & W", "Princeton", "Princeton", "NIST", "House"]
    assert [item["publisher"] for item in items] == houses
    assert all(item.get("genre") is None for item in items)
    ris = export(papers, "ris")
    assert [line[6:] for line in ris.splitlines() if line.startswith("TY")] == [
        "BOOK", "THES", "THES", "RPRT", "CHAP",
    ]  # fmt: skip
    rdf = zotero_rdf(papers)
    for kind in ("book", "thesis", "report", "bookSection"):
        assert f"<z:itemType>{kind}</z:itemType>" in rdf
    assert "Princeton" in formatted(papers[1:2], "apa")[0]
    for format_ in FORMATS:
        again = taken_in(export(papers, format_), format_, tmp_path)
        assert [one.kind for one in references(again)] == [one.kind for one in references(papers)]
        assert [one.house for one in references(again)] == houses
