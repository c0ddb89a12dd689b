"""What is exported can be read back by the programs people use."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest
import rispy  # type: ignore[import-untyped]
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import MonthLongStringMiddleware
from hypothesis import example, given
from hypothesis import strategies as st
from pylatexenc.latex2text import (  # type: ignore[import-untyped]
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)

from broadsheet.citations import (
    FORMATS,
    MEDIA_TYPES,
    STYLES,
    SUFFIXES,
    export,
    formatted,
    zotero_rdf,
)
from broadsheet.formulas import formulas, plain
from broadsheet.papers import Author, Identifier, Link, Paper

PREPRINT = Paper(
    id="2401.00001v2",
    source="arxiv",
    title="Größe matters: $x^2$ & the 50% rule",
    abstract="An abstract\nof two lines.",
    authors=(Author("Anna van der Berg"), Author("Erdős, Paul"), Author("The CMS Collaboration")),
    categories=("cs.LG", "stat.ML"),
    identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1000/a_b(1)")),
    links=(Link("pdf", "https://arxiv.org/pdf/2401.00001v2"),),
    published="2024-01-02",
    announced="2025-05-05",
    version="v2",
    extra={"keywords": ["size", "rules"]},
)
MEETING = Paper(
    id="P19-1001",
    source="acl-anthology",
    title="Talking at Meetings",
    authors=(Author("Jo Doe"),),
    identifiers=(Identifier("acl", "P19-1001"),),
    published="2019",
    extra={"venue": ["Annual Meeting"]},
)
JOURNAL = Paper(
    id="9",
    source="x",
    title="On Journals",
    authors=(Author("Jo Doe"),),
    published="2019-07",
    identifiers=(Identifier("doi", "10.1000/j"),),
    extra={"journal_ref": "J. Things 7 (2019) 1-9"},
)


def bibtex_entries(text: str) -> list[dict[str, str]]:
    library = parse_string(text, append_middleware=[MonthLongStringMiddleware()])
    assert not library.failed_blocks
    return [
        {"ENTRYTYPE": entry.entry_type, "ID": entry.key}
        | {field.key: str(field.value) for field in entry.fields}
        for entry in library.entries
    ]


MACROS = get_default_latex_context_db()
# What LaTeX prints for these; the reader does not know them and takes ^ for an accent.
NAMED = {"textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^"} | {
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
}
MACROS.add_context_category(
    "marks", [MacroTextSpec(name, char) for name, char in NAMED.items()], prepend=True
)
READER = LatexNodes2Text(latex_context=MACROS, math_mode="verbatim", keep_comments=True)


PRINTER = LatexNodes2Text(math_mode="text", keep_comments=True)


def decoded(latex: str) -> str:
    text: str = READER.latex_to_text(latex)
    return text


def test_bibtex_is_as_arxiv_recommends() -> None:
    assert export([PREPRINT], "bibtex") == (
        "@misc{berg2024grosse,\n"
        '  title = {{Gr{\\"o}{\\ss}e matters: $x^2$ \\& the 50\\% rule}},\n'
        "  author = {van der Berg, Anna and Erd{\\H{o}}s, Paul and {The CMS Collaboration}},\n"
        "  year = {2024},\n"
        "  month = jan,\n"
        "  eprint = {2401.00001v2},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.LG},\n"
        "  doi = {10.1000/a_b(1)},\n"
        "  url = {https://arxiv.org/abs/2401.00001},\n"
        "}\n"
    )


# Titles as arXiv lists them, and how a .bib file has them.
SAME = """
The astrophysical $S-$factor and reaction rate for $^{15}$N within a potential cluster model
Disorder-driven magnetic duality in the spin-$\\frac{1}{2}$ system ktenasite, Cu$_\\text{2.7}$Zn
(OH)$_\\text{6}\\cdot$6H$_\\text{2}$O
Excitations of $J_1-J_2$ spin-$3/2$ and spin-$5/2$ Heisenberg spin chains
The implications of overmassive black holes at $z > 5$ for quasar and black hole growth
The ages and abundances of $3<z<5$ massive quiescent galaxies by $z\\simeq4$
Bright Streamers as a Beacon for Giant Galaxy Formation in SPT2349$-$56 at $z=4.3$
Cubic anisotropy in $B$20 magnets: order in Fe$_{1-x}$Co$_{x}$Si
DES 3$\\times$2pt data from the Effective Field Theory of Large-Scale Structure
Flat-band Ferromagnetism of SU$(N)$ Hubbard Model on the Kagome Lattices
Subgroups of $U(d)$ Induce Natural RNN and Transformer Architectures
Primordial black holes formation in inflationary $F(R)$ models with scalar fields
A note on $\\mathtt{V}$-free $2$-matchings
Recognizing isomorphism of Cayley graphs over an abelian group of order $4p$
Characterisation of the $\\chi$-index and the $rec$-index
Elementary affine $lambda$-calculus with multithreading and side effects
Novel $z\\sim~10$ auroral line measurements
Substitutions for tilings $\\{p,q\\}$
Intersection theorems for $\\{0,\\pm 1\\}$-vectors and $s$-cross-intersecting families
Ionized Bubbles on Emission $z\\sim7.0\\mbox{--}8.5$
One optional observation inflates $\\alpha$ by $100/\\sqrt{n}$ per cent
Coherence Limits in Interference-Based cos(2$\\varphi$) Qubits
""".strip().splitlines()
BY_NAME = {
    "Dynamical Dark Energy at Late Time $Λ$CDM": r"Dynamical Dark Energy at Late Time $\Lambda$CDM",
    "Road through Dark$ν$ess": r"Road through Dark$\nu$ess",
    "Bright [CII]158$μ$m Streamers": r"Bright [CII]158$\mu$m Streamers",
    "Mercury-Ar$χ$es: n-body code": r"Mercury-Ar$\chi$es: n-body code",
    "observations of $γ$-ray bursts": r"observations of $\gamma$-ray bursts",
    "the Three $M$-$σ$ Relations": r"the Three $M$-$\sigma$ Relations",
    "$^{15}$N($p,γ$)$^{16}$O": r"$^{15}$N($p,\gamma$)$^{16}$O",
    "With $\\tilde{\\mathcal{O}}(ε^{-4/7})$": r"With $\tilde{\mathcal{O}}(\epsilon^{-4/7})$",
    "in the $^2Π_{1/2}$ states": r"in the $^2\Pi_{1/2}$ states",
    "Measuring $fσ_8$ and BAO": r"Measuring $f\sigma_8$ and BAO",
    "Ly$\\rm α$ halos": r"Ly$\rm \alpha$ halos",
    "Double- to Single-Peaked Lyman-$ α$": r"Double- to Single-Peaked Lyman-$ \alpha$",
    "Gravity in $αx$ and $x≤y$": r"Gravity in $\alpha x$ and $x\leq y$",
    "$500 Training Cost": r"\$500 Training Cost",
    "$1 Today or $2 Tomorrow?": r"\$1 Today or \$2 Tomorrow?",
}


@pytest.mark.parametrize(("title", "written"), [*zip(SAME, SAME, strict=True), *BY_NAME.items()])
def test_bibtex_keeps_the_mathematics_of_a_title(title: str, written: str) -> None:
    text = export([Paper("1", "s", title=title)], "bibtex")
    assert f"  title = {{{{{written}}}}},\n" in text
    (entry,) = bibtex_entries(text)
    assert spelt(decoded(entry["title"][1:-1])) == spelt(title)


def test_bibtex_types_follow_the_venue() -> None:
    entries = bibtex_entries(export([PREPRINT, MEETING, JOURNAL], "bibtex"))
    assert [entry["ENTRYTYPE"] for entry in entries] == ["misc", "inproceedings", "article"]
    assert entries[1]["booktitle"] == "Annual Meeting"
    assert entries[1]["url"] == "https://aclanthology.org/P19-1001/"
    assert entries[2]["journal"] == "J. Things 7 (2019) 1-9"
    assert "eprint" not in entries[2] and entries[2]["month"] == "July"


def test_keys_are_unique_in_one_export_and_do_not_depend_on_others() -> None:
    entries = bibtex_entries(export([PREPRINT] * 28 + [MEETING], "bibtex"))
    keys = [entry["ID"] for entry in entries]
    assert keys[:3] == ["berg2024grosse", "berg2024grossea", "berg2024grosseb"]
    assert keys[26:] == ["berg2024grossez", "berg2024grosseaa", "doe2019talking"]
    nameless = export([Paper("1", "s", abstract="Only text.")], "bibtex")
    assert nameless.startswith("@misc{anonymousuntitled,")


def test_a_paper_without_a_latin_letter_is_keyed_by_its_id() -> None:
    def key(authors: tuple[Author, ...], title: str, scheme: str, value: str) -> str:
        paper = Paper("1", "a", title, authors=authors, identifiers=(Identifier(scheme, value),))
        return bibtex_entries(export([paper], "bibtex"))[0]["ID"]

    wang = (Author("王 小明"),)
    assert key(wang, "基于大语言模型的科学文献检索研究", "arxiv", "2602.00002") == "arxiv260200002"
    assert key((), "بحث في الشبكات", "doi", "10.1234/han.1") == "doi101234han1"
    assert key(wang, "基于 BERT 的检索", "arxiv", "2602.00002") == "anonymous2026bert"


@pytest.mark.parametrize(
    ("scheme", "value", "kind"),
    [
        ("doi", "10.1038/s41586-026-00001-1", "GEN"),
        ("doi", "10.1101/gr.123456.126", "GEN"),
        ("doi", "10.1101/2026.02.03.123456", "UNPB"),
        ("doi", "10.5281/zenodo.123456", "UNPB"),
        ("doi", "10.2139/ssrn.123456", "UNPB"),
        ("lab", "1", "UNPB"),
    ],
)
def test_ris_calls_nothing_unpublished_that_a_publisher_named(
    scheme: str, value: str, kind: str
) -> None:
    paper = Paper("1", "lab", "On Cats", identifiers=(Identifier(scheme, value),))
    assert export([paper], "ris").startswith(f"TY  - {kind}\n")


@pytest.mark.parametrize(
    ("paper", "year"),
    [
        (Paper("0705.1862", "a", identifiers=(Identifier("arxiv", "0705.1862"),)), "2007"),
        (Paper("cs/9301111", "a", identifiers=(Identifier("arxiv", "cs/9301111"),)), "1993"),
        (Paper("1", "a", announced="2025-05-05"), "2025"),
    ],
)
def test_the_year_is_that_of_the_paper_not_of_its_listing(paper: Paper, year: str) -> None:
    listed = Paper(paper.id, "a", title="T", identifiers=paper.identifiers, announced="2025-05-05")
    assert f"year = {{{year}}}" in export([listed], "bibtex")


def test_ris_reads_back() -> None:
    (first, second, third) = rispy.loads(export([PREPRINT, MEETING, JOURNAL], "ris"))
    assert first["type_of_reference"] == "UNPB"
    assert first["title"] == "Größe matters: x² & the 50% rule"
    assert first["authors"] == ["van der Berg, Anna", "Erdős, Paul", "The CMS Collaboration"]
    assert (first["year"], first["date"]) == ("2024", "2024/01/02/")
    assert first["doi"] == "10.1000/a_b(1)"
    assert first["accession_number"] == "arXiv:2401.00001v2"
    assert first["abstract"] == "An abstract of two lines."
    assert first["keywords"] == ["size", "rules"]
    assert first["urls"] == ["https://arxiv.org/abs/2401.00001"]
    assert (second["type_of_reference"], second["date"]) == ("CPAPER", "2019///")
    assert (third["type_of_reference"], third["date"]) == ("JOUR", "2019/07//")


def in_journal(name: str, **extra: object) -> Paper:
    return Paper(name, "acl", title="T", identifiers=(Identifier("acl", name),), extra=extra)


ARTICLES = [
    in_journal("Q15-1029", venue=["tacl"]),
    in_journal("J91-3011", venue=["cl", "wac"]),
    in_journal("2022.tacl-1.3", venue=["tacl"]),
    in_journal("2021.cl-4.26", venue="Computational Linguistics"),
    in_journal("2019.lilt-18.1", venue=["lilt"]),
    in_journal("W01-0001", journal="A Journal of Words", volume="3", number=2, pages="405–418"),
]
KINDS = {
    "bibtex": "@article{",
    "ris": "TY  - JOUR",
    "csl": '"type": "article-journal"',
}


@pytest.mark.parametrize("paper", ARTICLES, ids=lambda paper: paper.id)
@pytest.mark.parametrize("form", KINDS)
def test_an_article_of_the_anthologys_journals_is_no_paper_of_a_meeting(
    paper: Paper, form: str
) -> None:
    assert KINDS[form] in export([paper], form)
    assert "<z:itemType>journalArticle</z:itemType>" in zotero_rdf([paper])


def test_volume_issue_and_pages_are_told() -> None:
    paper = ARTICLES[-1]
    (told,) = rispy.loads(export([paper], "ris"))
    assert (told["volume"], told["number"]) == ("3", "2")
    assert (told["start_page"], told["end_page"]) == ("405", "418")
    (item,) = json.loads(export([paper], "csl"))
    assert (item["volume"], item["issue"], item["page"]) == ("3", "2", "405–418")
    written = export([paper], "bibtex")
    for line in ("volume = {3},", "number = {2},", "pages = {405--418},"):
        assert f"\n  {line}\n" in written
    assert "pages = {7}" in export([replace(paper, extra={"venue": "V", "page": "7"})], "bibtex")
    rdf = zotero_rdf([paper])
    assert "<prism:volume>3</prism:volume><prism:number>2</prism:number></bib:Journal>" in rdf
    assert "<bib:pages>405–418</bib:pages>" in rdf
    elsewhere = replace(paper, extra={"venue": "V", "issue": "4", "first_page": 7, "last_page": 9})
    (item,) = json.loads(export([elsewhere], "csl"))
    assert (item["issue"], item["page"]) == ("4", "7-9")
    for form in ("csl", "bibtex"):
        assert "page" not in export([replace(paper, extra={"pages": 12})], form)


def test_a_venue_of_several_names_is_told_with_all_of_them() -> None:
    (item,) = json.loads(export([replace(MEETING, extra={"venue": ["ACL", "IJCNLP"]})], "csl"))
    assert item["container-title"] == "ACL, IJCNLP"


CSL_TYPES = {"article", "article-journal", "paper-conference"}
CSL_TEXTS = {"id", "type", "title", "genre", "container-title", "abstract", "keyword", "number"} | {
    "volume",
    "issue",
    "page",
    "archive",
    "publisher",
    "version",
    "DOI",
    "URL",
    "status",
    "note",
}
CSL_NAME = {"family", "given", "suffix", "literal"}


def check_csl(items: object) -> None:
    """The part of the CSL-JSON schema that these items can touch."""
    assert isinstance(items, list)
    for item in items:
        assert item["id"] and item["type"] in CSL_TYPES
        assert item.keys() <= CSL_TEXTS | {"author", "issued"}
        assert all(isinstance(item[name], str) for name in item.keys() & CSL_TEXTS)
        for name in item.get("author", []):
            assert name and name.keys() <= CSL_NAME
            assert all(isinstance(part, str) and part for part in name.values())
        if "issued" in item:
            ((*parts,),) = item["issued"]["date-parts"]
            assert 1 <= len(parts) <= 3 and all(isinstance(part, int) for part in parts)


def test_csl_is_csl() -> None:
    items = json.loads(export([PREPRINT, MEETING, JOURNAL, Paper("1", "s", title="T")], "csl"))
    check_csl(items)
    assert items[0]["type"] == "article" and items[0]["genre"] == "Preprint"
    assert items[0]["title"] == "Größe matters: x² & the 50% rule"
    # Zotero, which writes them so too, would drop a particle of its own.
    assert items[0]["author"][0] == {"family": "van der Berg", "given": "Anna"}
    assert items[0]["publisher"] == "arXiv" and "archive" not in items[0]
    assert "publisher" not in items[1]
    assert items[0]["author"][2] == {"literal": "The CMS Collaboration"}
    assert items[0]["issued"] == {"date-parts": [[2024, 1, 2]]}
    assert items[1]["issued"] == {"date-parts": [[2019]]}
    assert [item["type"] for item in items[1:3]] == ["paper-conference", "article-journal"]


def test_nothing_exported_is_nothing() -> None:
    assert export([], "bibtex") == "" and export([], "ris") == ""
    assert json.loads(export([], "csl")) == []


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="'marc' is not known; known are bibtex, ris, csl"):
        export([PREPRINT], "marc")
    assert set(FORMATS) == set(MEDIA_TYPES) == set(SUFFIXES)


TITLES = st.text(max_size=80).map(lambda text: unicodedata.normalize("NFC", text))


def on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def spelt(text: str) -> str:
    """The text with its formulas as they are printed: ``Λ`` and ``\\Lambda`` are one letter."""
    for formula in reversed(formulas(text)):
        printed = "".join(PRINTER.latex_to_text(f"\\({formula.source}\\)").split())
        printed = printed.replace("ϵ", "ε").replace("ϕ", "φ")
        text = f"{text[: formula.start]}${printed}${text[formula.end :]}"
    return text


@given(TITLES)
@example('{a} } { \\ "b" % # & _ ^ ~ $ $5 and $6')
@example("``a'' 'b' --- -- ?` !` << >> ,, – “q” … × α 中文 ﬁ")
@example("@article{x, title = {y}} \\emph{z} \\%")
@example("$x^2$ and $\\alpha_{i}$ of $50")
@example("$Λx \\leq ε_φ≤α$, $\\text{größer als γ}$ and $\\{p,q\\}$")
@example("$x\\}$ and $\\{y$, $a}b{c$, $50\\%$, $a & b$, $a % b$")
def test_any_title_survives_every_format(title: str) -> None:
    wanted = on_one_line(title)
    paper = Paper("1", "s", title=title, authors=(Author("Jo Doe"),), published="2024")
    (entry,) = bibtex_entries(export([paper], "bibtex"))
    value = entry.get("title", "{}")
    assert value[0] == "{" and value[-1] == "}"
    assert spelt(on_one_line(decoded(value[1:-1]))) == spelt(wanted)
    # These know no LaTeX: formulas are Unicode, as on pages that show no mathematics.
    (item,) = json.loads(export([paper], "csl"))
    assert item.get("title", "") == plain(wanted)
    (record,) = rispy.loads(export([paper], "ris"))
    assert record.get("title", "") == plain(wanted)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_author_keeps_the_files_readable(names: list[str]) -> None:
    paper = Paper("1", "s", title="T", authors=tuple(Author(name) for name in names))
    (entry,) = bibtex_entries(export([paper, paper], "bibtex"))[:1]
    assert entry["title"] == "{T}"
    check_csl(json.loads(export([paper], "csl")))
    assert rispy.loads(export([paper], "ris"))[0]["title"] == "T"


def test_every_format_says_that_a_paper_was_withdrawn() -> None:
    gone = replace(PREPRINT, extra={"withdrawn": "Lemma 3 is wrong."})
    assert "note = {Withdrawn}," in export([gone], "bibtex")
    assert "N1  - Withdrawn\n" in export([gone], "ris")
    (item,) = json.loads(export([gone], "csl"))
    assert item["status"] == "withdrawn" and item["note"] == "Status: withdrawn"
    check_csl([item])
    assert "<z:extra>Status: withdrawn</z:extra>" in zotero_rdf([gone])
    for style in STYLES:
        assert "the 50% rule [withdrawn]" in formatted([gone], style)[0].lower()
        assert "ithdrawn" not in formatted([PREPRINT], style)[0]
    called = replace(gone, title="WITHDRAWN: Size matters")
    assert "[Withdrawn]" not in formatted([called], "apa")[0]
    for format_ in FORMATS:
        assert "ithdrawn" not in export([PREPRINT], format_)
