"""Checks without judgements: a sound home passes, planted bugs are found."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.search.search_home import WordEncoder
from trials.seeded_bugs import BUGS, Known, plant

from broadsheet.evaluate import Collection, check_all, field_of, subject_of
from broadsheet.papers import Paper
from broadsheet.sources import starter
from broadsheet.text import clean_paper

SAMPLE = 25


def papers() -> tuple[Paper, ...]:
    return tuple(clean_paper(item.paper) for item in list(starter())[:90])


@pytest.fixture(scope="module")
def collection() -> Collection:
    documents = papers()
    queries = {f"q{place}": documents[place].title for place in range(0, 90, 9)}
    qrels = {f"q{place}": {documents[place].id: 1} for place in range(0, 90, 9)}
    return Collection("starter", documents, queries, qrels)


def test_a_sound_home_passes_every_check(collection: Collection, tmp_path: Path) -> None:
    with field_of(collection, WordEncoder(), tmp_path) as ground:
        checks = check_all(subject_of(ground.documents, ground.index, WordEncoder(), SAMPLE))
    assert [check for check in checks if not check.passed] == []
    measured = {check.name for check in checks if check.value is not None}
    assert {"padding", "filed vectors", "title in ten", "pages", "phrases", "typo"} <= measured


def test_without_an_encoder_words_are_checked_alone(collection: Collection) -> None:
    with field_of(collection, None) as ground:
        checks = check_all(subject_of(ground.documents, ground.index, None, SAMPLE))
    assert {check.group for check in checks} == {"index", "search", "stability"}
    assert all(check.passed for check in checks)


@pytest.mark.parametrize(
    ("name", "caught_by"),
    [
        ("padding", "padding"),
        ("batch order", "order"),
        ("length", "length"),
        ("ids", "own vector first"),
        ("lookup order", "scores agree"),
        ("filters", "sources"),
        ("stemmer", "plural by words"),
        ("stop words", "fillers by words"),
        ("minus", "exclusions"),
        ("first hit", "title first"),
        ("next page", "pages"),
    ],
)
def test_a_planted_bug_is_found(
    collection: Collection, tmp_path: Path, name: str, caught_by: str
) -> None:
    bug = next(bug for bug in BUGS if bug.name == name)
    outcome = plant(bug, collection, Known(WordEncoder()), tmp_path, SAMPLE)
    assert caught_by in outcome.failed
