"""British and American spelling are the same words."""

from __future__ import annotations

from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.spellings import read_spellings


def test_both_spellings_find_each_other(words_home: Home) -> None:
    written = ("Colour constancy", "Color constancy", "Optimisation", "Optimization", "Paediatrics")
    more = ("Pediatrics", "To analyse", "To analyze", "Exercise", "Fetching hemp", "A size")
    words_home.file(
        [paper(f"{text} {n}", text) for n in range(3) for text in (*written, *more)]
        + [paper("slip", "Exercize")]
    )
    index = words_home.index()
    for query, forms in {
        "colour constancy": ["color"],
        "colors": ["colours"],
        "optimisation of graphs": ["optimization"],
        "optimize": ["optimise"],
        "paediatric": ["pediatric"],
        "analysing": ["analyzing"],
        **{
            other: []
            for other in ("exercise", "analyses", "fetching", "hemp", "size", '"colour"', "-colour")
        },
    }.items():
        assert [form.text for form in read_spellings(parse(query), index).forms] == forms, query
    searcher = Searcher(words_home.catalog, index)
    result = searcher.search(SearchRequest("colour constancy", lacking=True))
    assert len(result.hits) == 6
    assert not any(hit.explanation.missing for hit in result.hits if hit.explanation)
