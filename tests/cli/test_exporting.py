"""``export``: papers named in any way, in any format, to the terminal or to Zotero."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broadsheet.catalog import Catalog
from broadsheet.cli import main
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from tests.sources.hosts import serving
from tests.sources.zotero_host import ZoteroHost

from .conftest import Terminal, write_papers


class Inside:
    """The commands on one home without a process for each."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str, **variables: str) -> Result:
        settings = {"BROADSHEET_HOME": str(self.home), "BROADSHEET_MODEL_HUB": "false"}
        return CliRunner().invoke(main, words, env={**settings, **variables})

    def ok(self, *words: str, **variables: str) -> str:
        ran = self.run(*words, **variables)
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def fails(self, *words: str, **variables: str) -> str:
        """The one line that a failing command prints."""
        ran = self.run(*words, **variables)
        assert ran.exit_code == 1 and isinstance(ran.exception, SystemExit), ran.output
        (line,) = ran.stderr.strip().splitlines()
        return line


@pytest.fixture(scope="module")
def kept(filled: Terminal) -> Inside:
    """A home whose reader keeps a list of two papers and saved another."""
    with closing(Catalog.open(Settings(home=filled.home))) as catalog:
        readers = Readers(catalog)
        made = readers.lists.make(LOCAL, "For the group")
        works = (change.work for change in catalog.changes(0, 10))
        numbers = {work.paper.id: work.id for work in works if work is not None}
        readers.lists.put(made.id, numbers["2401.00002"], "reimbursed by the group", owner=LOCAL)
        readers.lists.put(made.id, numbers["2401.00003"], owner=LOCAL)
        readers.acts.do(LOCAL, "save", numbers["2401.00001v1"])
    return Inside(filled.home)


def test_papers_are_named_by_id_list_edition_and_what_was_saved(kept: Inside) -> None:
    asked = ("export", "2401.00003", "--list", "for the group", "--saved", "--format", "csl")
    items = json.loads(kept.ok(*asked))
    assert [item["number"] for item in items] == [
        "arXiv:2401.00003",
        "arXiv:2401.00001v1",
        "arXiv:2401.00002",
    ]
    day = kept.ok("export", "--edition", "2024-01-02", "--style", "ieee").splitlines()
    assert day[0].startswith("[1] ") and len(day) == 2
    found = kept.ok("export", "--search", "retrieval negatives", "--limit", "1")
    assert found.startswith("@misc{hopper2024hard,")


def test_a_search_stays_within_a_list_or_what_was_saved(kept: Inside) -> None:
    def found(*words: str) -> list[tuple[str, str]]:
        hits = json.loads(kept.ok("search", *words, "--json"))["hits"]
        return sorted((hit["id"], hit["note"]) for hit in hits)

    here = [("2401.00002", "reimbursed by the group"), ("2401.00003", "")]
    assert found("reimbursed", "--list", "for the group", "--limit", "9")[0] == here[0]
    assert {name for name, _ in found("retrieval", "--list", "for the group")} <= dict(here).keys()
    assert ("2401.00002", "reimbursed by the group") in found("reimbursed", "--saved")
    assert "reimbursed by the group" in kept.ok("search", "reimbursed", "--saved")
    assert "has no list 'x'" in kept.fails("search", "a", "--list", "x")
    assert "no reader 'zoe'" in kept.fails("search", "a", "--saved", "--reader", "zoe")
    for wrong in (("--saved", "--list", "x"), ("--reader", "local")):
        assert kept.run("search", "a", *wrong).exit_code == 2


def test_what_cannot_be_exported_is_said_in_a_line(kept: Inside, tmp_path: Path) -> None:
    assert "has no list 'x'" in kept.fails("export", "--list", "x")
    assert "'nope' is not known" in kept.fails("export", "2401.00001", "--style", "nope")
    assert "No such file" in kept.fails("export", "2401.00001", "--style", "../none.csl")
    assert kept.run("export").exit_code == 2
    assert kept.run("export", "2401.00001", "--collection", "x").exit_code == 2
    assert "no Zotero library" in kept.fails("export", "2401.00001", "--to", "zotero")
    assert "is no library" in kept.fails("export", "2401.00001", "--to", "nowhere")


@pytest.fixture(scope="module")
def splatting(tmp_path_factory: pytest.TempPathFactory) -> Inside:
    """A home with one paper, whose title has a formula."""
    folder = tmp_path_factory.mktemp("splatting")
    paper = {"id": "2401.00007", "title": "S$^2$GS: splatting", "date": "2024-01-02"}
    home = Inside(folder / "home")
    home.ok("import", str(write_papers(folder / "papers.jsonl", [paper])))
    return home


@pytest.mark.parametrize(
    "asked",
    [
        ("show", "2401.00007"),
        ("edition",),
        ("search", "--legs", "lexical", "splatting"),
        ("export", "2401.00007", "--format", "ris"),
        ("export", "2401.00007", "--format", "csl"),
        ("export", "2401.00007", "--style", "apa"),
    ],
    ids=lambda asked: " ".join(asked[:4]),
)
def test_formulas_in_titles_are_unicode(splatting: Inside, asked: tuple[str, ...]) -> None:
    said = splatting.ok(*asked)
    assert "S²GS: splatting" in said and "$" not in said


def test_formulas_in_titles_are_tex_in_bibtex(splatting: Inside) -> None:
    assert "S$^2$GS: splatting" in splatting.ok("export", "2401.00007")


def test_papers_are_sent_to_zotero(kept: Inside) -> None:
    zotero = ZoteroHost()
    with serving(zotero) as host:
        said = {
            "BROADSHEET_UPSTREAM": json.dumps({"zotero": host.address}),
            "BROADSHEET_UPSTREAM_OPTIONS": json.dumps({"zotero.key": "secret"}),
        }
        asked = ("export", "--list", "For the group", "--to", "users/7", "--collection", "A/B")
        assert kept.ok(*asked, **said) == "Sent 2 to users/7; 0 were there already.\n"
        assert kept.ok(*asked, **said) == "Sent 0 to users/7; 2 were there already.\n"
        assert len(zotero.items) == 2 and len(zotero.collections) == 2
        said["BROADSHEET_UPSTREAM_OPTIONS"] = json.dumps({"zotero.key": "wrong"})
        assert "403" in kept.fails(*asked, **said)
