"""Recipes that order papers by what a reader liked: the product's, its peers', trivial ones.

A recipe gets the papers liked and disliked, the latest first, and the candidates, each as (work
id, paper), and returns a score a candidate.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.collection import BenchError
from broadsheet.evaluate.throwaway import Throwaway
from broadsheet.papers import Paper
from broadsheet.readers import Scorer, Tuning
from broadsheet.text import embedded_text

Papers = Sequence[tuple[int, Paper]]
Ranker = Callable[[Papers, Papers, Papers], NDArray[np.floating[Any]]]
Maker = Callable[[Throwaway], Ranker]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to rank by name, where it comes from, and how it is made over an index."""

    name: str
    source: str
    make: Maker


def of_tuning(tuning: Tuning, *, dislikes: bool = True, acts: bool = True) -> Maker:
    """The product's model with other settings; without ``acts`` the liked are own papers."""

    def make(filed: Throwaway) -> Ranker:
        scorer = Scorer(filed.index, tuning=tuning)

        def rank(liked: Papers, disliked: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
            away = scorer.judged(disliked if dislikes else [])
            lens = scorer.lens(scorer.judged(liked), away, regress=acts)
            return scorer.score(lens, scorer.shelves.field(_ids(candidates)))

        return rank

    return make


def _cosines(filed: Throwaway, liked: Papers, candidates: Papers) -> NDArray[np.float32]:
    """(liked, candidates); nothing encoded is nothing alike."""
    one, other = (filed.index.vectors(_ids(papers)) for papers in (liked, candidates))
    return np.nan_to_num(one) @ np.nan_to_num(other).T


def _mean_cosine(filed: Throwaway) -> Ranker:
    """zotero-arxiv-daily's: cosines weighted by 1 / (1 + log10(rank + 1)), latest first."""

    def rank(liked: Papers, _: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
        if not liked:
            return np.zeros(len(candidates))
        weights = 1 / (1 + np.log10(np.arange(len(liked)) + 1))
        found: NDArray[np.float64] = (weights / weights.sum()) @ _cosines(filed, liked, candidates)
        return found

    return rank


def _top3(filed: Throwaway) -> Ranker:
    def rank(liked: Papers, _: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
        if not liked:
            return np.zeros(len(candidates))
        found: NDArray[np.float32] = np.sort(_cosines(filed, liked, candidates), axis=0)[-3:]
        return np.asarray(found.mean(axis=0))

    return rank


def _vectorised(filed: Throwaway) -> Any:
    """20,000 words and pairs of words by TF-IDF, as arxiv-sanity-lite makes them."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise BenchError(
            "this recipe needs one more package: pip install 'broadsheet[trials]'"
        ) from error
    made = TfidfVectorizer(
        stop_words="english",
        ngram_range=(1, 2),
        max_features=20_000,
        sublinear_tf=True,
        token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",  # noqa: S106 - no password
    )
    return made.fit_transform(embedded_text(work.paper) for work in filed.documents.works.values())


def _rows(filed: Throwaway) -> Callable[[Papers], NDArray[np.int64]]:
    """Where papers stand among the documents, which are in the order of their ids."""
    known = np.asarray(list(filed.documents.works), np.int64)
    return lambda papers: np.searchsorted(known, _ids(papers))


def _svm(filed: Throwaway) -> Ranker:
    """arxiv-sanity-lite's: a linear SVM, the liked papers against all others."""
    matrix, rows = _vectorised(filed), _rows(filed)
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    def rank(liked: Papers, _: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
        labels = np.zeros(matrix.shape[0])
        labels[rows(liked)] = 1
        if labels.sum() in (0, len(labels)):
            return np.zeros(len(candidates))
        model = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-6, C=0.01)
        model.fit(matrix, labels)
        scores: NDArray[np.float64] = model.decision_function(matrix[rows(candidates)])
        return scores

    return rank


def _tfidf(filed: Throwaway) -> Ranker:
    """The cosine with the mean TF-IDF vector of the liked papers (Rocchio)."""
    matrix, rows = _vectorised(filed), _rows(filed)

    def rank(liked: Papers, _: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
        if not liked:
            return np.zeros(len(candidates))
        centre = np.asarray(matrix[rows(liked)].mean(axis=0)).ravel()
        scores: NDArray[np.float64] = matrix[rows(candidates)] @ centre
        return scores

    return rank


def _random(_: Throwaway) -> Ranker:
    def rank(liked: Papers, _: Papers, candidates: Papers) -> NDArray[np.floating[Any]]:
        told = ",".join(str(work_id) for work_id, _ in liked)
        return np.random.default_rng(zlib.crc32(told.encode())).random(len(candidates))

    return rank


_PEER = "https://github.com/"
recipes: dict[str, Recipe] = {
    one.name: one
    for one in (
        Recipe("taste", "the product", of_tuning(Tuning())),
        Recipe("own-papers", "the product", of_tuning(Tuning(), acts=False)),
        Recipe("taste-without-dislikes", "the product", of_tuning(Tuning(), dislikes=False)),
        Recipe("generative", "the product", of_tuning(replace(Tuning(), blend=0.0))),
        Recipe("discriminative", "the product", of_tuning(replace(Tuning(), blend=1.0))),
        Recipe("mean-cosine", f"{_PEER}TideDra/zotero-arxiv-daily", _mean_cosine),
        Recipe("svm", f"{_PEER}karpathy/arxiv-sanity-lite", _svm),
        Recipe("top3-cosine", "the three nearest", _top3),
        Recipe("tfidf", "Rocchio 1971", _tfidf),
        Recipe("random", "chance", _random),
    )
}


def recipe(name: str) -> Recipe:
    """A recipe by name; raises `BenchError` for one that is not known."""
    if name not in recipes:
        raise BenchError(f"--systems: {name!r} is none of {', '.join(recipes)}")
    return recipes[name]


def _ids(papers: Papers) -> NDArray[np.int64]:
    return np.asarray([work_id for work_id, _ in papers], np.int64)
