"""Libraries as reference managers and search sites write them: Zotero, Google Scholar, DBLP."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.citations import export
from broadsheet.papers import Identifier, Paper
from broadsheet.sources import Arrived, SourceError, read


def taken(folder: Path, name: str, text: str) -> list[Paper]:
    path = folder / name
    path.write_text(text, "utf-8")
    items = list(read(path, source="library"))
    assert all(isinstance(item, Arrived) for item in items)
    return [item.paper for item in items if isinstance(item, Arrived)]


@pytest.mark.parametrize(
    "fields",
    [
        "journal={arXiv preprint arXiv:2401.00001}",  # Google Scholar
        "journal={ArXiv}, volume={abs/2401.00001}",  # Semantic Scholar
        "journal={CoRR}, volume={abs/2401.00001}, eprinttype={arXiv}, eprint={2401.00001}",  # DBLP
        "eprint={2401.00001 [cs, stat]}, eprinttype={arxiv}",  # Zotero
        "journal={arXiv:2401.00001 [cs]}, url={http://arxiv.org/abs/2401.00001},"
        " note={arXiv: 2401.00001}",
        "howpublished={arXiv:2401.00001}",
        "number={{arXiv}:2401.00001}",
    ],
)
def test_a_preprint_is_known_however_its_arxiv_id_is_told(tmp_path: Path, fields: str) -> None:
    entry = f"@article{{key, title={{On Things}}, author={{Doe, Jo}}, year={{2024}}, {fields}}}"
    (paper,) = taken(tmp_path, "library.bib", entry)
    assert paper.identifiers == (Identifier("arxiv", "2401.00001"),)
    assert "venue" not in paper.extra and "journal" not in paper.extra


def test_an_article_keeps_its_journal_beside_its_arxiv_id(tmp_path: Path) -> None:
    entry = (
        "@article{key, title={On Things}, journal={Journal of Things}, volume={7}, doi={10.1000/x},"
        " note={arXiv:2401.00001 [cs]\nPMID: 7}}"
    )
    (paper,) = taken(tmp_path, "library.bib", entry)
    assert set(paper.identifiers) == {
        Identifier("arxiv", "2401.00001"),
        Identifier("doi", "10.1000/x"),
    }
    assert (paper.extra["venue"], paper.extra["volume"]) == ("Journal of Things", "7")


def test_a_note_on_another_paper_names_none(tmp_path: Path) -> None:
    note = "Comment on arXiv:2401.00001"
    (paper,) = taken(tmp_path, "library.bib", f"@misc{{k, title={{On Notes}}, note={{{note}}}}}")
    assert {one.scheme for one in paper.identifiers} == {"library"}


def test_ris_and_csl_name_preprints_in_a_journal_or_a_note(tmp_path: Path) -> None:
    ris = "TY  - JOUR\nTI  - On Things\nJF  - arXiv preprint arXiv:2401.00001\nER  - \n"
    ris += "TY  - JOUR\nTI  - More Things\nT2  - Things\nN1  - arXiv: 2401.00002\nER  - \n"
    first, second = taken(tmp_path, "library.ris", ris)
    assert first.identifiers == (Identifier("arxiv", "2401.00001"),)
    assert "venue" not in first.extra
    assert second.identifiers == (Identifier("arxiv", "2401.00002"),)
    assert second.extra["venue"] == "Things"
    csl = (
        '[{"id": "a", "type": "article-journal", "title": "On Things",'
        ' "container-title": "arXiv:2401.00001 [cs]"}, {"id": "b", "type": "article-journal",'
        ' "title": "More Things", "container-title": "Things", "DOI": "10.1000/x",'
        ' "note": "arXiv: 2401.00002\\nPMID: 7"}]'
    )
    first, second = taken(tmp_path, "library.json", csl)
    assert first.identifiers == (Identifier("arxiv", "2401.00001"),)
    assert "venue" not in first.extra
    assert Identifier("arxiv", "2401.00002") in second.identifiers
    assert Identifier("doi", "10.1000/x") in second.identifiers


@pytest.mark.parametrize(
    "name",
    ["National Institute of Standards and Technology", "OpenAI", "Barnes and Noble, Inc."],
)
def test_an_organisation_in_braces_is_one_author_without_them(tmp_path: Path, name: str) -> None:
    for authors in (f"{{{name}}}", f"{{{name}}} and {{{name}}}"):
        (paper,) = taken(tmp_path, "x.bib", f"@misc{{k, title={{T}}, author={{{authors}}}}}")
        assert {author.name for author in paper.authors} == {name}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("library.csv", '"Key","Item Type","Title"\n"A","book","T"\n'),
        ("library.rdf", '<rdf:RDF xmlns:rdf="x">\n<bib:Article/></rdf:RDF>'),
        ("endnote.xml", '<?xml version="1.0" encoding="UTF-8"?><xml><records></records></xml>'),
    ],
)
def test_what_is_not_read_is_refused_with_what_is(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match="export BibTeX, RIS or CSL-JSON instead"):
        list(read(path, source="library"))


def test_a_part_has_the_book_and_the_year_of_its_whole(tmp_path: Path) -> None:
    text = """
    @inproceedings{part, title={On Parts}, author={Doe, Jo}, pages={1--2}, crossref={DBLP:whole}}
    @proceedings{DBLP:Whole, title={Proceedings of Wholes}, year={2019}, publisher={House},
      doi={10.1000/whole}}
    @inproceedings{alone, title={On None}, author={Doe, Jo}, year={2020}, crossref={nothing}}
    """
    part, _, alone = taken(tmp_path, "library.bib", text)
    assert (part.title, part.published) == ("On Parts", "2019")
    assert part.extra["venue"] == "Proceedings of Wholes"
    assert {one.scheme for one in part.identifiers} == {"library"}  # the whole's DOI is not its own
    assert (alone.published, alone.extra.get("venue")) == ("2020", None)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2021-05/2021-06", "2021-05"),
        ("2020~", "2020"),
        ("1999?", "1999"),
        ("2020-03-05", "2020-03-05"),
    ],
)
def test_spans_and_uncertain_dates_of_biblatex_are_dates(
    tmp_path: Path, written: str, read_as: str
) -> None:
    text = f"@misc{{k, title={{T}}, author={{Doe, Jo}}, date={{{written}}}}}"
    (paper,) = taken(tmp_path, "library.bib", text)
    assert paper.published == read_as


def test_the_pages_of_ris_are_cited(tmp_path: Path) -> None:
    ris = "TY  - JOUR\nT1  - On Pages\nA1  - Doe, Jo\nY1  - 2019/03//\nJF  - Things\n"
    (paper,) = taken(tmp_path, "mendeley.ris", f"{ris}SP  - 10\nEP  - 20\nER  - \n")
    assert paper.published == "2019-03"
    assert "pages = {10--20}" in export([paper], "bibtex")
    assert "SP  - 10\nEP  - 20\n" in export([paper], "ris")
    (alone,) = taken(tmp_path, "alone.ris", f"{ris}SP  - 7\nER  - \n")
    assert "pages = {7}" in export([alone], "bibtex")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.bib", "@misc{w, title={On Cats}, author={王, 小明 and 山田 太郎 and Smith, Anna}}"),
        ("one.ris", "TY  - JOUR\nTI  - On Cats\nAU  - 王, 小明\nAU  - 山田, 太郎\n"
                    "AU  - Smith, Anna\nER  - \n"),
        (
            "one.json",
            '[{"type": "article", "title": "On Cats", "author": ['
            '{"family": "王", "given": "小明"}, {"family": "山田", "given": "太郎"}, '
            '{"family": "Smith", "given": "Anna"}]}]',
        ),
    ],
)  # fmt: skip
def test_eastern_names_keep_their_order(tmp_path: Path, name: str, text: str) -> None:
    (paper,) = taken(tmp_path, name, text)
    assert [author.name for author in paper.authors] == ["王 小明", "山田 太郎", "Anna Smith"]
    assert "AU  - 王, 小明\nAU  - 山田, 太郎\nAU  - Smith, Anna" in export([paper], "ris")
