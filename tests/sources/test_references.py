"""Reference lists and publishers' files: one's own papers come in whatever form they are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.citations import export
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.sources import Arrived, Rejected, SourceError, read
from broadsheet.text import clean_paper

BIBTEX = r"""
% my papers
@string{jml = "Journal of Machine Learning"}
@article{smith2020,
  title = {On the {B}ig \'Etude of $x_1$},
  author = {van der Berg, Anna and M{\"u}ller, J. and {The Team} and others},
  journal = jml, year = 2020, month = mar, doi = {10.1000/ABC},
  abstract = {We find
    50\% more.}, keywords = {taste, search}}
@misc{smith2020, title = {Same key, other paper}, eprint = {2001.00001v2},
  archivePrefix = {arXiv}, primaryClass = {cs.LG}, year = {2020}}
@article{broken, title = {Never closed, year = 2020
@inproceedings{ok, title = "Quoted", booktitle = "Proc. of X", year = "2021"}
"""
RIS = """TY  - JOUR
TI  - On Ranking
AU  - Doe, Jo
AU  - van der Berg, Anna
PY  - 2020
DA  - 2020/03/01/
T2  - Journal of Ranking
AB  - We rank.
DO  - 10.1000/r
KW  - ranking
ER  -

TY  - UNPB
TI  - A preprint
AN  - arXiv:2001.00002v1
PY  - 2021
ER  -

TY  - JOUR
TI  - Cut off
"""
SNAPSHOT = {
    "id": "0704.0001",
    "submitter": "Pavel",
    "authors": "C. Bal\\'azs, E. L. Berger",
    "title": "Calculation of prompt diphoton\n  production",
    "comments": "37 pages",
    "journal-ref": "Phys.Rev.D76:013009,2007",
    "doi": "10.1103/PhysRevD.76.013009",
    "report-no": None,
    "categories": "hep-ph hep-ex",
    "license": None,
    "abstract": "  A fully differential calculation.",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr.", "ANL"]],
}
ACL = """<?xml version='1.0' encoding='UTF-8'?>
<collection id="P19">
  <volume id="1"><meta><booktitle>Proc. of the <fixed-case>ACL</fixed-case></booktitle>
    <month>July</month><year>2019</year></meta>
    <frontmatter><url>P19-1000</url></frontmatter>
    <paper id="1">
      <title>Parsing in <tex-math>O(n)</tex-math> with <fixed-case>BERT</fixed-case></title>
      <author><first>Ana</first><last>Lee</last><affiliation>MIT</affiliation></author>
      <abstract>We <i>parse</i>.</abstract>
      <url>P19-1001</url><doi>10.18653/v1/P19-1001</doi></paper>
    <paper id="2"><title>Second</title><author><first/><last>Wu</last></author></paper>
  </volume>
</collection>
"""


def taken(path: Path, **options: str) -> list[Paper]:
    return [clean_paper(item.paper) for item in read(path, **options) if isinstance(item, Arrived)]


def refused(path: Path) -> list[tuple[int, str]]:
    return [(item.line, item.reason) for item in read(path) if isinstance(item, Rejected)]


def kept(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_bibtex_is_read_whatever_its_keys_and_what_is_broken_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, "mine.bib", BIBTEX)
    first, second, third = taken(path)
    assert first.title == "On the Big Étude of $x_1$"
    assert [author.name for author in first.authors] == [
        "Anna van der Berg",
        "J. Müller",
        "The Team",
    ]
    assert (first.published, first.abstract) == ("2020-03", "We find 50% more.")
    assert Identifier("doi", "10.1000/abc") in first.identifiers
    assert first.extra["venue"] == "Journal of Machine Learning"
    assert first.extra["keywords"] == ["taste", "search"]
    assert second.identifiers == (Identifier("arxiv", "2001.00001"),)
    assert (second.version, second.categories) == ("v2", ("cs.LG",))
    assert (third.title, third.published, third.extra["venue"]) == ("Quoted", "2021", "Proc. of X")
    [(line, reason)] = refused(path)
    assert line == 12 and "closing" in reason


def test_ris_is_read_and_a_record_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, "zotero.ris", RIS)
    first, second = taken(path)
    assert [author.name for author in first.authors] == ["Jo Doe", "Anna van der Berg"]
    assert (first.published, first.extra["venue"]) == ("2020-03-01", "Journal of Ranking")
    assert first.identifiers == (Identifier("doi", "10.1000/r"),)
    assert (second.identifiers, second.version) == ((Identifier("arxiv", "2001.00002"),), "v1")
    assert refused(path) == [(19, "the record has no end ('ER  - '): the file may be cut off here")]


@pytest.mark.parametrize(
    ("form", "name"), [("bibtex", "x.bib"), ("ris", "x.ris"), ("csl", "x.json")]
)
def test_what_is_exported_comes_back_as_the_same_papers(
    tmp_path: Path, form: str, name: str
) -> None:
    papers = [
        Paper(
            id="2401.00001v2",
            source="arxiv",
            title="Größe matters: 50% & more",
            abstract="An abstract.",
            authors=(Author("Anna van der Berg"), Author("The CMS Collaboration")),
            categories=("cs.LG",),
            identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1000/a_b")),
            published="2024-01-02",
            version="v2",
        ),
        Paper(
            id="x:1",
            source="x",
            title="On Journals",
            authors=(Author("Jo Doe"),),
            identifiers=(Identifier("doi", "10.1000/j"),),
            published="2019-07",
            extra={"journal_ref": "J. Things"},
        ),
    ]
    path = kept(tmp_path, name, export(papers, form))
    for before, after in zip(papers, taken(path), strict=True):
        assert after.title == before.title
        assert [a.name for a in after.authors] == [a.name for a in before.authors]
        if form != "bibtex":  # a reference in BibTeX has none
            assert after.abstract == before.abstract
        assert set(after.identifiers) == set(before.identifiers)
        assert before.published.startswith(after.published) and after.published
    assert taken(path)[0].version == "v2"


def test_csl_names_the_item_that_is_no_paper(tmp_path: Path) -> None:
    items = [{"type": "article", "title": "Good"}, {"type": "article", "author": 7}, "no object"]
    path = kept(tmp_path, "library.json", json.dumps(items))
    assert [paper.title for paper in taken(path)] == ["Good"]
    assert refused(path) == [
        (2, "has neither title nor abstract"),
        (3, "is not an object with a title"),
    ]


def test_the_arxiv_snapshot_is_known_by_its_first_line(tmp_path: Path) -> None:
    path = kept(tmp_path, "arxiv-metadata.json", json.dumps(SNAPSHOT) + "\n")
    [paper] = taken(path)
    assert paper.title == "Calculation of prompt diphoton production"
    assert [author.name for author in paper.authors] == ["C. Balázs", "E. L. Berger Jr."]
    assert paper.categories == ("hep-ph", "hep-ex")
    assert (paper.published, paper.updated, paper.version) == ("2007-04-02", "2007-07-24", "v2")
    assert set(paper.identifiers) == {
        Identifier("arxiv", "0704.0001"),
        Identifier("doi", "10.1103/physrevd.76.013009"),
    }
    assert paper.extra["metadata_updated"] == "2008-11-26"


@pytest.mark.parametrize(
    "odd", [{"versions": "x"}, {"authors_parsed": [1]}, {"versions": [{"created": 3}]}]
)
def test_odd_fields_of_the_snapshot_do_not_stop_it(tmp_path: Path, odd: dict[str, object]) -> None:
    path = kept(tmp_path, "s.json", json.dumps(SNAPSHOT) + "\n" + json.dumps(SNAPSHOT | odd) + "\n")
    assert len(taken(path, format="arxiv-snapshot")) == 2


def test_the_anthologys_xml_is_read_with_its_markup_taken_off(tmp_path: Path) -> None:
    path = kept(tmp_path, "P19.xml", ACL)
    first, second = taken(path)
    assert first.title == "Parsing in $O(n)$ with BERT"
    assert first.authors == (Author("Ana Lee", "MIT"),)
    assert (first.abstract, first.published) == ("We parse.", "2019-07")
    assert set(first.identifiers) == {
        Identifier("acl", "P19-1001"),
        Identifier("doi", "10.18653/v1/p19-1001"),
    }
    assert second.identifiers == (Identifier("acl", "P19-1002"),)
    assert first.extra["venue"] == "Proc. of the ACL"


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        (
            "<booktitle>Transactions of the Association for Computational Linguistics, Volume 3"
            "</booktitle><journal-volume>3</journal-volume>",
            ("Transactions of the Association for Computational Linguistics", "3", None),
        ),
        (
            "<booktitle>Computational Linguistics, Volume 17, Number 3, September 1991</booktitle>",
            ("Computational Linguistics", "17", "3"),
        ),
        (
            "<booktitle>Computational Linguistics, Formerly the American Journal of Computational "
            "Linguistics, Volume 13, Numbers 1-2, January-June 1987</booktitle>",
            ("Computational Linguistics", "13", "1-2"),
        ),
        (
            "<booktitle>Linguistic Issues</booktitle><journal-title>LiLT</journal-title>"
            "<journal-volume>9</journal-volume><journal-issue>2</journal-issue>",
            ("LiLT", "9", "2"),
        ),
    ],
)
def test_the_anthologys_journals_have_a_name_a_volume_and_an_issue(
    tmp_path: Path, meta: str, said: tuple[str, str, str | None]
) -> None:
    text = ACL.replace("<booktitle>Proc. of the <fixed-case>ACL</fixed-case></booktitle>", meta)
    text = text.replace('<volume id="1">', '<volume id="1" type="journal">')
    text = text.replace("<url>P19-1001</url>", "<url>P19-1001</url><pages>405–418</pages>")
    extra = taken(kept(tmp_path, "Q.xml", text))[0].extra
    assert (extra["journal"], extra.get("volume"), extra.get("number")) == said
    assert extra["pages"] == "405–418"
    assert "venue" not in extra


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.bib", "nothing here", "no BibTeX entry"),
        ("x.ris", "nothing here", "no RIS record"),
        ("x.csljson", "{", "is not CSL-JSON"),
        ("x.xml", "<?xml version='1.0'?><collection id='x'><volume>", "is not whole XML"),
        ("y.xml", "<collection id='x'></collection>", "holds no <paper>"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        list(read(kept(tmp_path, name, text)))


def test_entities_that_grow_without_bound_are_refused(tmp_path: Path) -> None:
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE collection [<!ENTITY l0 "ha">{layers}]>'
        '<collection id="x"><volume id="1"><paper id="1"><title>&l9;</title></paper></volume>'
        "</collection>"
    )
    with pytest.raises(SourceError, match="is not whole XML"):
        list(read(kept(tmp_path, "bomb.xml", text)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.sampled_from(["bib", "ris", "csljson", "xml"]))
def test_no_text_is_an_accident(tmp_path: Path, text: str, suffix: str) -> None:
    heads = {
        "bib": "@article{k, title={T},",
        "ris": "TY  - JOUR\n",
        "csljson": "[",
        "xml": "<collection>",
    }
    path = tmp_path / f"any.{suffix}"
    path.write_bytes((heads[suffix] + text).encode("utf-8", "surrogatepass"))
    try:
        for item in read(path):
            assert isinstance(item, Arrived | Rejected)
    except SourceError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "written", ["10.1000/ABC", "doi:10.1000/ABC", "https://doi.org/10.1000/ABC"]
)
def test_a_doi_is_known_however_it_is_written(tmp_path: Path, written: str) -> None:
    lists = {
        "x.bib": f"@misc{{k, title={{A title}}, doi={{{written}}}}}",
        "x.ris": f"TY  - JOUR\nTI  - A title\nDO  - {written}\nER  - \n",
        "x.csljson": json.dumps([{"type": "article", "title": "A title", "DOI": written}]),
    }
    for name, text in lists.items():
        [paper] = taken(kept(tmp_path, name, text))
        assert paper.identifiers == (Identifier("doi", "10.1000/abc"),)
