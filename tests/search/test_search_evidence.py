"""What candidates say of each other, of word order, and of each word of a short query."""

from __future__ import annotations

import numpy as np
import pytest
from search_home import Home, WordEncoder, paper

from broadsheet.index import Clause
from broadsheet.search import HYBRID, Reading, Searcher, SearchRequest, parse
from broadsheet.search.coverage import asked, dense_weight
from broadsheet.search.evidence import neighbour_means, specificity
from broadsheet.search.fusion import DENSE_WEIGHT
from broadsheet.search.pipeline import Search

NEAR_AND_FAR = (
    paper(
        "1",
        "Language studies of many people and places",
        "Models of growth. " + "Filler words follow here. " * 9,
    ),
    paper("2", "Studies", "The language models grow. " + "Filler words follow here. " * 9),
    paper("3", "Kettles", "Tea is boiled in them."),
)


def search_of(home: Home, query: str) -> Search:
    return Search(SearchRequest(query), parse(query), home.index(), home.catalog)


def test_words_that_stand_together_beat_words_apart(empty_home: Home) -> None:
    empty_home.file(NEAR_AND_FAR)
    search = search_of(empty_home, "language models")
    search.encode = lambda text: empty_home.encoder.encode_queries([text])[0]  # type: ignore[union-attr]
    ranking, _ = HYBRID.without("page", "collapse").run(search)
    found = dict(zip(ranking.ids.tolist(), ranking.features["proximity"].tolist(), strict=True))
    works = empty_home.catalog.get_many(list(found))
    by_id = {works[work_id].paper.id: value for work_id, value in found.items()}
    assert by_id["2"] == 1.0
    assert by_id["1"] == 0.0


def test_a_common_word_tells_less_than_a_rare_one_and_an_unknown_one_nothing(home: Home) -> None:
    index = home.index()
    terms = [word.term for word in index.words("model gradient kettle")]
    common, rare, unknown = specificity(index, terms)
    assert 0 < common < rare
    assert unknown == 0


def test_neighbour_means_are_those_of_a_plain_loop() -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((30, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = random.random(30)
    means = neighbour_means(vectors, scores, 4)
    for at in range(30):
        alike = vectors @ vectors[at]
        alike[at] = -1
        near = np.argsort(-alike)[:4]
        weights = np.maximum(alike[near], 0)
        assert means[at] == pytest.approx((weights * scores[near]).sum() / weights.sum(), rel=1e-4)


def test_works_without_a_vector_keep_their_place_among_neighbours(empty_home: Home) -> None:
    papers = [paper(str(n), f"Pruning of models {n}", "Weights are removed.") for n in range(12)]
    lone = paper("lone", "Pruning of language models by gradient", "Weights are removed.")
    empty_home.file([*papers, lone], encoded=[one.id for one in papers])
    searcher = Searcher(empty_home.catalog, empty_home.index(), WordEncoder())
    found = searcher.search(SearchRequest("pruning of language models by gradient"))
    works = empty_home.catalog.get_many([hit.work_id for hit in found.hits])
    assert works[found.hits[0].work_id].paper.id == "lone"


@pytest.mark.parametrize("query", ["pruning", "one two three four five six seven", '"a b"', ""])
def test_only_short_queries_of_several_words_want_every_word(home: Home, query: str) -> None:
    assert asked(search_of(home, query)) is None


def test_the_rarest_word_asked_for_weighs_most(home: Home) -> None:
    words = asked(search_of(home, "language models gradient kettle"))
    assert words is not None
    assert words.weights.sum() == pytest.approx(1)
    assert words.surfaces[int(words.weights.argmax())] == "kettle"
    assert words.surfaces[int(words.weights.argmin())] in {"language", "models"}


def test_meaning_weighs_more_where_papers_are_short(home: Home, empty_home: Home) -> None:
    assert dense_weight(search_of(home, "language models")) > DENSE_WEIGHT
    assert dense_weight(search_of(home, "language")) == DENSE_WEIGHT
    empty_home.file([paper("1", "Long", "word " * 200)])
    assert dense_weight(search_of(empty_home, "language models")) == DENSE_WEIGHT


def test_a_hit_that_answers_one_word_of_many_falls_behind(empty_home: Home) -> None:
    empty_home.file(
        [
            paper("all", "Explaining a classifier", "Gradients show what a prediction rests on."),
            paper("one", "Gradient gradient gradient", "Gradient gradient gradient descent."),
            *(paper(f"g{n}", f"Gradient flow {n}", "A gradient.") for n in range(6)),
        ]
    )
    search = search_of(empty_home, "gradient explaining prediction")
    search.encode = lambda text: WordEncoder().encode_queries([text])[0]
    line = HYBRID.without("neighbours", "collapse", "page")
    ranking, _ = line.run(search)
    best = empty_home.id_of("all")
    coverage = dict(zip(ranking.ids.tolist(), ranking.features["coverage"].tolist(), strict=True))
    assert coverage[best] == 1.0
    assert max(value for work_id, value in coverage.items() if work_id != best) < 0.8
    plain, _ = line.without("cover").run(search)
    lead = ranking.score[ranking.ids == best] - ranking.score[ranking.ids != best].max()
    lead_before = plain.score[plain.ids == best] - plain.score[plain.ids != best].max()
    assert lead > lead_before


def test_features_stay_with_their_works(home: Home) -> None:
    search = search_of(home, "pruning language models")
    search.encode = lambda text: WordEncoder().encode_queries([text])[0]
    ranking, _ = HYBRID.run(search)
    assert {"proximity", "coverage", "rest", "neighbours"} <= ranking.features.keys()
    assert all(len(values) == len(ranking) for values in ranking.features.values())
    has = search.index.matches([Clause("pruning"), Clause("language")], ranking.ids)
    both = has.all(1)
    coverage = ranking.features["coverage"]
    assert coverage[both].min() >= coverage[~has.any(1)].max(initial=0.0)


def test_a_reading_without_plain_words_asks_for_none(home: Home) -> None:
    search = Search(SearchRequest(""), Reading(""), home.index(), home.catalog)
    assert asked(search) is None
