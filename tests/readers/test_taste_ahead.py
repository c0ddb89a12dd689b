"""What a first page of the day finds done: lenses kept, words asked once, profiles ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from broadsheet.readers import Taste
from broadsheet.readers.taste import building
from broadsheet.readers.taste.lens import make_lens
from broadsheet.readers.taste.terms import WordScores
from tests.readers.taste_home import DAY, TOPICS, Home, four_topics, keep, made, taste_home
from tests.web.serving import file_papers


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with taste_home(tmp_path / "home", four_topics()) as made_home:
        yield made_home


def two_interests(home: Home) -> None:
    home.like(*(f"galaxies-{n}" for n in range(4)), *(f"retrieval-{n}" for n in range(3)))


def _lenses_made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the lenses made from here on."""
    made: list[int] = []

    def counting(*asked: object, **named: object) -> object:
        made.append(1)
        return make_lens(*asked, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "make_lens", counting)
    return made


def test_a_days_intake_and_what_was_shown_leave_the_lenses_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A new paper is less than a fiftieth of these.
    papers = [made(topic, number) for topic in TOPICS for number in range(16)]
    with taste_home(tmp_path / "home", papers) as home:
        two_interests(home)
        made_ = _lenses_made(monkeypatch)
        before = home.taste.built(1)
        assert len(made_) == 3
        home.readers.shown.mark(1, "for_you", DAY, [int(work) for work in home.all()[:20]], {})
        keep(home.catalog, home.settings, [made("galaxies", 40)])
        file_papers(home.settings, home.catalog, home.encoder)
        assert home.taste.index.refresh()
        after = home.taste.built(1)
        assert after is not before and len(made_) == 3
        assert after.profile.rate < before.profile.rate
        (first,) = home.taste.recommend(1, np.array([home.work("galaxies-40")]), 1)
        assert first.because.words > 0
        anew = Taste(home.readers, home.catalog, home.taste.index, home.encoder)
        assert np.array_equal(
            anew.rank(1, home.all()).ids[:4], home.taste.rank(1, home.all()).ids[:4]
        )
        # Twice as many papers in general are others: everything is made anew.
        more = [made(topic, number) for topic in TOPICS for number in range(50, 60)]
        keep(home.catalog, home.settings, more)
        file_papers(home.settings, home.catalog, home.encoder)
        assert home.taste.index.refresh()
        made_.clear()
        home.taste.built(1)
        assert len(made_) == 3


def test_a_like_makes_only_the_lenses_that_it_is_in(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_interests(home)
    home.taste.built(1)
    made_ = _lenses_made(monkeypatch)
    home.like("retrieval-5")
    assert [len(lens.liked) for lens in home.taste.built(1).lenses] == [4, 4]
    assert len(made_) == 2  # retrieval's, and that of both


def test_words_asked_of_some_papers_and_then_of_more_are_those_asked_at_once(home: Home) -> None:
    two_interests(home)
    lens = home.taste.built(1).lenses[0]
    ids = home.all()
    at_once = WordScores(home.taste.index, lens.terms).of(ids)
    scores = WordScores(home.taste.index, lens.terms)
    assert np.array_equal(scores.of(ids[5:9]), at_once[5:9])
    assert np.array_equal(scores.of(ids), at_once)
    assert np.array_equal(scores.of(ids[::-1]), at_once[::-1])
    direct = home.taste.index.score_words(lens.terms.query, ids) / lens.terms.ceiling
    assert np.allclose(at_once, direct, rtol=1e-6)


def test_profiles_of_those_who_judged_lately_are_built_ahead(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.taste.ahead() == 0
    two_interests(home)
    assert home.taste.ahead() == 1
    made_ = _lenses_made(monkeypatch)
    home.taste.built(1)
    assert not made_


def test_every_paper_of_the_days_is_a_candidate_while_they_are_few(home: Home) -> None:
    two_interests(home)
    found = home.taste.candidates(1, DAY, DAY, 1000)
    assert sorted(found) == sorted(home.all())
    assert len(home.taste.candidates(1, DAY, DAY, 10)) == 10
