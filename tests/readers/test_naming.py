"""What an interest is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.index import open_index
from broadsheet.papers import Paper
from broadsheet.readers.taste.judged import Judged
from broadsheet.readers.taste.terms import Terms, Vocabulary, terms_of
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from tests.web.serving import file_papers

VIDEO = (
    "Sparse attention for video diffusion transformers",
    "Video diffusion transformers spend most of their time on attention. We devote algname, a"
    " sparse attention that neatly skips blocks, to them: algname makes sparse attention twice as"
    " fast. The website of algname is https://pardistaghavi.github.io/algname, see"
    " pardistaghavi.github.io.",
)
TRANSPORT = (
    "Optimal transport for vision-language models",
    "We align images and captions with optimal transport. Unbalanced optimal transport induces a"
    " matching that vision-language models call at test time.",
)
AGENTS = [
    (
        f"{name}: {aim} in multi-agent systems",
        f"{name} studies {aim} in multi-agent systems of language models. Multi-agent systems"
        f" prioritize {aim}, and {name} shows how.",
    )
    for name, aim in (
        ("Quorvex", "negotiation"),
        ("Brindlo", "task allocation"),
        ("Staggeron", "trust"),
        ("Wimplet", "safety"),
    )
]
OTHERS = [(f"On matter {n}", f"A study of {word}.") for n, word in enumerate(("soil", "ice"))]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vocabulary]:
    settings = Settings(home=tmp_path_factory.mktemp("naming"))
    with Catalog.open(settings) as catalog:
        papers = [VIDEO, TRANSPORT, *AGENTS, *OTHERS]
        ingest(
            catalog,
            [
                Arrived(Paper(str(line), "lab", title, abstract), line)
                for line, (title, abstract) in enumerate(papers, 1)
            ],
            path=Path("papers"),
            source="lab",
            rejected_dir=settings.rejected_path,
        )
        file_papers(settings, catalog, None)
    index = open_index(settings)
    yield Vocabulary(index)
    index.close()


def test_frequencies_are_told_however_many_terms_were_asked_for_before(
    vocabulary: Vocabulary,
) -> None:
    (first,) = vocabulary.idf(["video"])
    assert first > 0
    many = [f"word{number}" for number in range(60_000)]  # more than are remembered
    assert len(vocabulary.idf(many)) == len(many)
    vocabulary.idf(["video"])
    vocabulary.idf(many[:49_999])  # as many as are remembered: "video" is the next to be forgotten
    assert vocabulary.idf(["video", "another"])[0] == first


def told(vocabulary: Vocabulary, *papers: tuple[str, str]) -> Terms:
    liked = Judged(
        np.arange(1, len(papers) + 1),
        np.ones(len(papers), np.float32),
        tuple(title for title, _ in papers),
        tuple(text for _, text in papers),
        np.zeros((len(papers), 0), np.float32),
    )
    return terms_of(liked, vocabulary)


def test_two_likes_are_named_by_their_key_terms(vocabulary: Vocabulary) -> None:
    found = told(vocabulary, VIDEO, TRANSPORT)
    names = found.name.lower().split(", ")
    assert "optimal transport" in names
    assert {"sparse attention", "video diffusion transformers"} & set(names)


@pytest.mark.parametrize("papers", [(VIDEO,), (VIDEO, TRANSPORT), (VIDEO, VIDEO, VIDEO)])
def test_macros_addresses_and_odd_words_tell_nothing(
    vocabulary: Vocabulary, papers: tuple[tuple[str, str], ...]
) -> None:
    found = told(vocabulary, *papers)
    words = {word for term in found.telling(99) for word in term.lower().split()}
    assert not words & {"algname", "pardistaghavi", "github", "website", "neatly", "devote", "io"}
    assert words


def test_several_likes_are_named_by_what_they_share(vocabulary: Vocabulary) -> None:
    found = told(vocabulary, *AGENTS)
    assert found.name.split(", ")[0] == "multi-agent systems"
    for name in ("quorvex", "brindlo", "prioritize"):
        assert name not in found.name.lower()
    assert found.telling(1) == ("multi-agent systems",)


def test_without_a_shared_term_the_titles_name_it(vocabulary: Vocabulary) -> None:
    papers = [("Rain over Ghent", ""), ("Rain gauges", ""), ("More rain", "")]
    assert told(vocabulary, *papers).name.lower() == "rain"


def test_papers_that_say_nothing_have_no_name(vocabulary: Vocabulary) -> None:
    assert told(vocabulary, ("", "")).name == ""
    assert told(vocabulary, ("", "")).telling(9) == ()


def test_what_papers_are_ranked_by_is_as_it_was(vocabulary: Vocabulary) -> None:
    found = told(vocabulary, VIDEO)
    assert {"algname", "devote", "neatly"} <= {term.surface for term in found.terms}
    assert sum(term.weight**2 for term in found.terms) == pytest.approx(1)
