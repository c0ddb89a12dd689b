"""Letters and figures, and words: written as one or apart, they are the same thing."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.compounds import read_compounds


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    empty_home.file(
        [
            paper("water", "Masers of H$_2$O", "Where H$_2$O shines."),
            paper("vapour", "H2O in discs", "Little of it is seen."),
            paper("model", "Grading by GPT-4", "A model grades."),
            paper("joined", "GPT4 in hospitals", "A model reads charts."),
            paper("qwen", "Qwen2.5 and its kin", "A report."),
            paper("apart", "Training Qwen 2.5 anew", "A recipe."),
            paper("deep", "3D scenes", "Rooms."),
            paper("letter", "GPT-4o sees", "A model sees."),
            paper("lettered", "GPT4o hears", "A model hears."),
            paper("to", "Text-to-SQL by agents", "They ask tables."),
            paper("two", "Text2SQL again", "They ask tables."),
            paper("seq", "Seq2seq models", "One by one."),
            paper("hyphen", "A 3-D printer", "It prints."),
            paper("gas", "Warm H$_2$ in discs", "H$_2$ shines."),
            paper("gases", "Cold H2", "Little H2 is seen."),
            paper("other", "Hydrogen and 2 other gases: O and N", "H, 2 O 3, 4, then O."),
        ]
    )
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize(
    ("query", "first", "both"),
    [
        ("H2O", "vapour", {"vapour", "water"}),
        ("H$_2$O", "water", {"vapour", "water"}),
        ("H2", "gases", {"gas", "gases"}),
        ("H$_2$", "gas", {"gas", "gases"}),
        ("GPT4", "joined", {"model", "joined"}),
        ("GPT-4", "model", {"model", "joined"}),
        ("Qwen2.5", "qwen", {"qwen", "apart"}),
        ("qwen 2.5", "apart", {"qwen", "apart"}),
        ("3D", "deep", {"deep", "hyphen"}),
        ("3-d", "hyphen", {"deep", "hyphen"}),
        ("gpt4o", "lettered", {"letter", "lettered"}),
        ("GPT-4o", "letter", {"letter", "lettered"}),
        ("text2sql", "two", {"to", "two"}),
        ("text-to-SQL", "to", {"to", "two"}),
        ("text to sql", "to", {"to", "two"}),
    ],
)
def test_either_way_of_writing_finds_the_other(
    empty_home: Home, searcher: Searcher, query: str, first: str, both: set[str]
) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",), lacking=True))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert names[0] == first
    assert both <= set(names)
    for name, hit in zip(names, result.hits, strict=True):
        assert hit.explanation is not None
        assert name not in both or not hit.explanation.missing


def test_a_word_of_its_own_stays_with_no_other_form(empty_home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("seq2seq", legs=("lexical",)))
    assert empty_home.names([hit.work_id for hit in result.hits]) == ["seq"]


@pytest.mark.parametrize("query", ["NO2", "In2O3", "AsH3", "IT4"])
def test_no_form_is_looked_for_without_a_part_that_the_index_passes_over(
    empty_home: Home, searcher: Searcher, query: str
) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",)))
    assert "other" not in empty_home.names([hit.work_id for hit in result.hits])


@pytest.mark.parametrize(
    "query",
    [
        *("masers", "'", "2024", "version 3.5", '"H2O"', "-H2O gas", "title:H2O", "a1" * 200),
        *(
            "5mmol",
            "miR7a",
            "E2f-1, -2, -3",
            "h2",
            "B12",
            "GPT 4",
            "seq2seq",
            "H2O2Pd",
            "back to work",
        ),
    ],
)
def test_nothing_is_added_to_other_words(searcher: Searcher, empty_home: Home, query: str) -> None:
    reading = parse(query)
    assert read_compounds(reading, empty_home.index()) is reading


def test_what_no_paper_writes_so_is_asked_for_as_papers_write_it(empty_home: Home) -> None:
    empty_home.file([paper("a", "Grading by GPT-4"), paper("b", "Grading by hand")])
    searcher = Searcher(empty_home.catalog, empty_home.index())
    joined = searcher.search(SearchRequest("GPT4", legs=("lexical",)))
    apart = searcher.search(SearchRequest("GPT-4", legs=("lexical",)))
    assert empty_home.names([hit.work_id for hit in joined.hits]) == ["a"]
    assert joined.nothing == apart.nothing
    assert joined.hits[0].probability == pytest.approx(apart.hits[0].probability, abs=0.1)


def test_a_form_that_no_paper_has_is_not_added(searcher: Searcher, empty_home: Home) -> None:
    assert read_compounds(parse("CO2 and CO-2"), empty_home.index()).forms == ()
    forms = read_compounds(parse("H2O"), empty_home.index()).forms
    assert [(form.given, form.text) for form in forms] == [("H2O", "H 2 O")]


def test_words_are_found_as_one_and_apart(words_home: Home) -> None:
    written = ("Fine-tuning", "Finetuning", "A U-Net", "UNet", "Time series", "Zero-shot learning")
    odd = (
        "A benchmark",
        "Of a bench mark",
        "Under take",
        "Overall",
        "Over all",
        "Tuning",
        "Graphs",
    )
    many = [f"Benchmark {n}" for n in range(30)]
    words_home.file(
        [paper(f"{n}", f"{text} {n}") for n, text in enumerate((*written, *written, *odd, *many))]
    )
    for query, forms in {
        "finetuning of graphs": [("finetuning", "fine tuning")],
        "fine-tuning of graphs": [("fine-tuning", "finetuning")],
        "fine tuning": [("fine tuning", "finetuning")],
        "U-Net": [("U-Net", "UNet")],
        "UNet": [("UNet", "U Net")],
        "timeseries": [("time series", "time series")],  # as papers write it
        "zeroshot": [("zero shot", "zero shot")],
        **{other: [] for other in ("benchmark", "tuning graphs", "overall", "undertake")},
        '"finetuning"': [],
    }.items():
        found = read_compounds(parse(query), words_home.index()).forms
        assert [(one.given, one.text) for one in found] == forms, query
