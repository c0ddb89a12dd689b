"""A reader's taste: found from acts, readable, correctable, and it says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from broadsheet.readers import ReadersError, Taste
from broadsheet.readers.taste import building
from broadsheet.readers.taste.judged import Judged
from broadsheet.readers.taste.model import fit_regression, repulsion, soft_maximum
from broadsheet.readers.taste.values import Why
from tests.readers.taste_home import Home, four_topics, keep, opened, taste_home


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to be copied: filing the papers takes longer than the tests."""
    folder = tmp_path_factory.mktemp("taste") / "home"
    with taste_home(folder, four_topics()):
        return folder


@pytest.fixture
def home(tmp_path: Path, filled: Path) -> Iterator[Home]:
    shutil.copytree(filled, tmp_path / "home")
    with opened(tmp_path / "home") as made:
        yield made


def _two_interests(home: Home) -> None:
    home.like(*(f"galaxies-{n}" for n in range(4)), *(f"retrieval-{n}" for n in range(3)))


def test_likes_of_two_topics_are_two_interests_named_by_their_words(home: Home) -> None:
    _two_interests(home)
    first, second = home.taste.profile(1).interests
    assert home.topics(list(first.liked)) == ["galaxies"] * 4
    assert home.topics(list(second.liked)) == ["retrieval"] * 3
    assert "galaxies" in first.name and "retrieval" in second.name


def test_few_likes_are_one_interest(home: Home) -> None:
    home.like("galaxies-0", "retrieval-0")
    assert len(home.taste.profile(1).interests) == 1


def test_what_is_like_the_liked_papers_stands_first_and_says_why(home: Home) -> None:
    _two_interests(home)
    found = home.taste.recommend(1, home.all(), 8)
    assert set(home.topics([one.work_id for one in found])) == {"galaxies", "retrieval"}
    assert [one.probability for one in found] == sorted(
        (one.probability for one in found), reverse=True
    )
    for one in found:
        interest = home.taste.profile(1).interest(one.interest)
        assert interest is not None
        assert {near.work_id for near in one.because.near} <= set(interest.liked)
        assert one.because.terms and one.because.sentence().startswith("near “")
    judged = {act.work_id for act in home.readers.acts.of(1)}
    assert not judged & {one.work_id for one in home.taste.recommend(1, home.all(), 100)}


def test_each_interest_is_ranked_on_its_own(home: Home) -> None:
    _two_interests(home)
    for interest in home.taste.profile(1).interests:
        found = home.taste.recommend(1, home.all(), 6, interest=interest.id)
        (topic,) = set(home.topics(list(interest.liked)))
        assert set(home.topics([one.work_id for one in found])) == {topic}


def test_a_muted_interest_leaves_the_order_of_all_and_keeps_its_own(home: Home) -> None:
    _two_interests(home)
    galaxies = home.taste.profile(1).interests[0]
    home.taste.editing.mute(1, galaxies.id)
    found = home.taste.recommend(1, home.all(), 6)
    assert set(home.topics([one.work_id for one in found])) == {"retrieval"}
    own = home.taste.recommend(1, home.all(), 6, interest=galaxies.id)
    assert set(home.topics([one.work_id for one in own])) == {"galaxies"}


def test_the_counterfactual_is_what_taking_the_like_back_does(home: Home) -> None:
    home.like("proteins-0", "galaxies-1", "retrieval-2")
    candidates = home.all()
    best = home.taste.recommend(1, candidates, 5)[2]
    (told, *_) = home.taste.what_if(1, best.work_id, candidates)
    assert told.act_work_id in {near.work_id for near in best.because.near}
    assert told.rank == 3
    assert told.rank_without != told.rank
    home.readers.acts.undo(1, "upvote", told.act_work_id)
    judged = np.asarray([*(act.work_id for act in home.readers.acts.of(1)), told.act_work_id])
    left = candidates[~np.isin(candidates, judged)]
    ranked = home.taste.rank(1, left)
    assert list(ranked.ids).index(best.work_id) + 1 == told.rank_without


def test_dislikes_take_off_only_what_does_not_belong_to_the_interest() -> None:
    interest, other = np.eye(3, dtype=np.float32)[:2]
    mixed = (interest + other) / np.sqrt(2, dtype=np.float32)
    one = np.ones(1, np.float32)
    liked = Judged(np.array([1]), one, ("",), ("",), interest[None])
    disliked = Judged(np.array([2]), one, ("",), ("",), mixed[None])
    taken, by = repulsion(np.stack([interest, other, mixed]), liked, disliked)
    # cosines with the disliked one: .71, .71, 1; of them only what lies off the interest
    assert taken == pytest.approx([0, np.sqrt(0.5), 0.5], abs=1e-6)
    assert by.tolist() == [-1, 0, 0]


def test_what_is_not_of_interest_falls(home: Home) -> None:
    home.like("galaxies-0", "galaxies-1", "galaxies-2", "proteins-0", "proteins-1", "proteins-2")
    before = home.taste.rank(1, home.all())
    home.like("proteins-3", "proteins-4", kind="not_interested")
    after = home.taste.rank(1, home.all())

    def mean_rank(ranked, topic: str) -> float:
        topics = home.topics([int(i) for i in ranked.ids])
        return float(np.mean([at for at, one in enumerate(topics) if one == topic]))

    assert mean_rank(after, "proteins") > mean_rank(before, "proteins")
    assert home.taste.profile(1).dislikes == 2


def test_known_already_says_nothing_about_taste(home: Home) -> None:
    home.like("galaxies-0", "galaxies-1")
    before = home.taste.rank(1, home.all())
    home.readers.acts.do(1, "not_interested", home.work("galaxies-5"), reason="seen")
    assert home.taste.profile(1).dislikes == 0
    assert home.taste.rank(1, home.all()).ids.tolist() == before.ids.tolist()


def test_edits_stay_when_the_program_starts_again(home: Home) -> None:
    _two_interests(home)
    first, second = home.taste.profile(1).interests
    home.taste.editing.rename(1, first.id, "The sky")
    home.taste.editing.weigh(1, second.id, 2.5)
    home.taste.editing.mute(1, second.id)
    again = Taste(home.readers, home.catalog, home.taste.index, home.encoder).profile(1)
    sky, other = again.interests
    assert (sky.id, sky.name) == (first.id, "The sky")
    assert (other.id, other.weight, other.muted) == (second.id, 2.5, True)


def test_interests_are_merged_split_and_moved_by_hand(home: Home) -> None:
    _two_interests(home)
    first, second = home.taste.profile(1).interests
    home.taste.editing.merge(1, [first.id, second.id])
    (merged,) = home.taste.profile(1).interests
    assert set(merged.liked) == {*first.liked, *second.liked}
    assert merged.by_hand
    kept, new = home.taste.editing.split(1, merged.id)
    parts = {one.id: set(one.liked) for one in home.taste.profile(1).interests}
    assert sorted(map(len, parts.values())) == [3, 4]
    assert set(parts) == {kept, new}
    work = home.work("galaxies-0")
    target = next(number for number in parts if work not in parts[number])
    home.taste.editing.move(1, work, target)
    moved = home.taste.profile(1).interest(target)
    assert moved is not None and work in moved.liked


def test_a_new_like_joins_its_interest_and_numbers_stay(home: Home) -> None:
    _two_interests(home)
    before = {one.id for one in home.taste.profile(1).interests}
    home.like("retrieval-7")
    after = home.taste.profile(1).interests
    assert {one.id for one in after} == before
    assert home.work("retrieval-7") in next(i for i in after if "retrieval" in i.name).liked


@pytest.mark.parametrize(
    "edit",
    [
        lambda e: e.rename(1, 999, "x"),
        lambda e: e.merge(1, [999, 998]),
        lambda e: e.merge(1, [1]),
        lambda e: e.split(1, 999),
        lambda e: e.weigh(1, 1, float("nan")),
        lambda e: e.weigh(1, 1, 0),
        lambda e: e.move(1, 999, 0),
        lambda e: e.import_(1, {"format": "other"}),
        lambda e: e.import_(1, "[]"),
    ],
)
def test_what_cannot_be_edited_is_refused_in_a_line(home: Home, edit) -> None:
    with pytest.raises(ReadersError) as error:
        edit(home.taste.editing)
    assert "\n" not in str(error.value)


def test_nobody_edits_the_interests_of_another(home: Home) -> None:
    other = home.readers.accounts.add("grace", "a long and quiet river", "reader", "")
    _two_interests(home)
    number = home.taste.profile(1).interests[0].id
    with pytest.raises(ReadersError, match="no interest"):
        home.taste.editing.rename(other.id, number, "mine")
    assert home.taste.profile(other.id).interests == ()


def test_a_profile_is_carried_to_another_reader(home: Home) -> None:
    other = home.readers.accounts.add("grace", "a long and quiet river", "reader", "")
    _two_interests(home)
    home.taste.seeding.sentence(1, "I work on dense retrieval of passages")
    home.taste.editing.rename(1, home.taste.profile(1).interests[0].id, "The sky")
    home.taste.editing.mute(1, home.taste.profile(1).interests[0].id)
    counts = home.taste.editing.import_(other.id, home.taste.editing.export(1))
    assert counts == {"interests": 2, "likes": 7, "dislikes": 0, "seeds": 1, "unknown": 0}
    mine, theirs = home.taste.profile(1), home.taste.profile(other.id)
    assert {frozenset(i.liked) for i in mine.interests} == {
        frozenset(i.liked) for i in theirs.interests
    }
    assert {i.muted for i in theirs.interests} == {True, False}


def test_a_reset_profile_begins_anew_and_acts_stay(home: Home) -> None:
    _two_interests(home)
    home.taste.editing.reset(1)
    assert home.taste.profile(1).interests == ()
    assert len(home.readers.acts.of(1)) == 7
    home.like("proteins-0")
    assert home.taste.profile(1).likes == 1


def test_a_sentence_is_enough_to_begin_with(home: Home) -> None:
    home.taste.seeding.sentence(1, "I work on proteins: folding, binding, enzymes")
    found = home.taste.recommend(1, home.all(), 5)
    assert set(home.topics([one.work_id for one in found])) == {"proteins"}
    (seed,) = home.taste.profile(1).seeds
    home.taste.seeding.remove(1, seed.id)
    assert home.taste.profile(1).interests == ()


def test_a_sentence_promises_no_certainty(home: Home) -> None:
    home.taste.seeding.sentence(1, "I work on proteins: folding, binding, enzymes")
    found = home.taste.recommend(1, home.all(), 40)
    assert max(one.probability for one in found) < 0.8
    assert min(one.probability for one in found) > 0.0
    (lens,) = home.taste.built(1).lenses
    evidence = lens.evidence(np.linspace(-20, 80, 500, dtype=np.float32))
    assert (np.diff(evidence) > 0).all()  # the order is kept, however far out


def test_an_article_of_a_library_without_an_id_is_the_paper_that_is_here(home: Home) -> None:
    number = int(home.all()[0])
    work = home.catalog.get_many([number])[number]
    title, author = work.paper.title, work.paper.authors[0].name
    entry = f"@article{{x, title={{{title}}}, author={{{author}}}, year={{2026}}}}"
    home.taste.seeding.papers(1, entry.encode(), "mine.bib")
    (seed,) = home.taste.profile(1).seeds
    assert seed.work_id == work.id


def test_a_library_says_what_is_liked_and_not_how_often(home: Home) -> None:
    home.like("proteins-1", "proteins-2")
    before = home.taste.profile(1).rate
    shelf = home.readers.lists.make(1, "library")
    graphs = [home.work(f"graphs-{number}") for number in range(8)]
    home.readers.lists.fill(shelf.id, graphs)
    profile = home.taste.profile(1)
    assert profile.rate == before
    home.like("graphs-0")
    assert home.taste.profile(1).rate > before, "what is voted for was chosen"
    liked = {work for one in profile.interests for work in one.liked}
    assert set(graphs) <= liked
    shown = {one.work_id for one in home.taste.recommend(1, home.all(), len(home.all()))}
    assert not shown & set(graphs)


def test_a_library_takes_no_place_from_what_was_chosen(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_MOST_LIKES", 6)
    home.like("proteins-1", "proteins-2")
    shelf = home.readers.lists.make(1, "library")
    home.readers.lists.fill(shelf.id, [home.work(f"graphs-{number}") for number in range(8)])
    liked = {work for one in home.taste.profile(1).interests for work in one.liked}
    assert {home.work("proteins-1"), home.work("proteins-2")} <= liked
    assert len(liked) == 6


def test_own_papers_come_from_files_and_by_name(home: Home) -> None:
    entry = b"@article{x, title={Dense passages}, abstract={ranking of documents by queries}}"
    home.taste.seeding.papers(1, entry, "mine.bib")
    found = home.taste.recommend(1, home.all(), 4)
    assert set(home.topics([one.work_id for one in found])) == {"retrieval"}
    home.taste.editing.reset(1)
    made = home.taste.seeding.author(1, "Ada Graphs")
    assert len(made) == 12
    assert set(home.topics(list(home.taste.profile(1).interests[0].liked))) == {"graphs"}
    own = set(home.taste.profile(1).interests[0].liked)
    rest = home.taste.recommend(1, home.all(), len(home.all()))
    assert len(rest) == len(home.all()) - 12 and not own & {one.work_id for one in rest}
    with pytest.raises(ReadersError, match="no paper here is by"):
        home.taste.seeding.author(1, "Nobody Known")
    with pytest.raises(ReadersError):
        home.taste.seeding.papers(1, b"\x00\x01", "mine.bib")


def test_a_synced_library_seeds_once_however_often_it_is_told(home: Home) -> None:
    told = home.taste.seeding.library(1, "made")
    assert len(told) == len(set(told)) == len(home.all())
    assert home.taste.seeding.library(1, "made") == []
    with pytest.raises(ReadersError, match="broadsheet sync zotero"):
        home.taste.seeding.library(1)


def test_papers_to_rate_cover_the_topics(home: Home) -> None:
    chosen = home.taste.seeding.to_rate(10)
    assert len(set(chosen)) == 10
    assert set(home.topics(chosen[:5])) == {"galaxies", "retrieval", "proteins", "graphs"}


def test_no_withdrawn_paper_is_offered_to_be_rated(home: Home) -> None:
    offered = home.catalog.get_many(home.taste.seeding.to_rate(4))
    gone = [replace(work.paper, extra={"withdrawn": "It was dust."}) for work in offered.values()]
    keep(home.catalog, home.settings, gone)
    assert not set(offered) & set(home.taste.seeding.to_rate(10))


def test_words_alone_will_do(tmp_path: Path) -> None:
    with taste_home(tmp_path / "home", four_topics(), encoded=False) as home:
        home.like("galaxies-0", "galaxies-1", "galaxies-2")
        assert home.taste.profile(1).model == "words"
        found = home.taste.recommend(1, home.taste.candidates(1), 5)
        assert set(home.topics([one.work_id for one in found])) == {"galaxies"}
        assert found[0].because.terms
        assert len(home.taste.seeding.to_rate(8)) == 8


def test_the_same_acts_give_the_same_order(home: Home) -> None:
    _two_interests(home)
    first = home.taste.rank(1, home.all())
    other = Taste(home.readers, home.catalog, home.taste.index, home.encoder)
    assert other.rank(1, home.all()[::-1]).ids.tolist() == first.ids.tolist()


def test_the_soft_maximum_is_that_of_the_formula() -> None:
    cosines = np.array([[0.1, 0.7, 0.3]], np.float32)
    weights = np.array([1, 0.5, 1], np.float32)
    wanted = np.log((weights * np.exp(10 * cosines[0])).sum() / weights.sum()) / 10
    assert soft_maximum(cosines, weights, 10.0)[0] == pytest.approx(wanted, rel=1e-5)


def test_left_out_log_odds_are_near_those_of_a_second_fit() -> None:
    random = np.random.default_rng(3)
    features = random.normal(size=(60, 5)).astype(np.float32)
    labels = features[:, 0] + random.normal(size=60) > 0.5
    weights = np.ones(60, np.float32)
    whole = fit_regression(features, labels, weights, 1.0)
    fitted = whole.logits(features)
    exact = np.empty(60)
    for row in range(60):
        kept = np.arange(60) != row
        part = fit_regression(features[kept], labels[kept], weights[kept], 1.0)
        exact[row] = part.logits(features[row : row + 1])[0]
    assert np.abs(whole.left_out - exact).mean() < 0.7 * np.abs(fitted - exact).mean()
    # Nobody's own label makes it look better than it is.
    assert np.all((whole.left_out < fitted) == labels)


def test_popularity_changes_nothing_where_nobody_voted_for_what_is_new(home: Home) -> None:
    _two_interests(home)
    reader = home.readers.accounts.get(1)
    assert reader is not None
    home.taste.editing.popularity(1, True)
    assert home.taste.profile(1).popularity
    plain = home.taste.built(1)
    calm = replace(plain, profile=replace(plain.profile, popularity=False))
    judged = {act.work_id for act in home.readers.acts.of(1)}
    field = home.taste.shelves.field(np.asarray([i for i in home.all() if i not in judged]))
    assert home.taste.order(calm, field).ids.tolist() == home.taste.order(plain, field).ids.tolist()


def test_a_reason_names_words_that_a_paper_can_be_about() -> None:
    words = ("adopt", "relevant", "retrieval", "million", "RAG", "predefined", "dense", "query")
    why = Why((), None, tuple((word, 0.1) for word in words), 0.0, 1.0, 0.0)
    assert why.sentence() == "about retrieval, RAG, dense"
    assert Why((), None, (("simply", 1.0),), 0.0, 1.0, 0.0).sentence() == ""
    assert Why((), None, (("wholly unheard-of", 1.0),), 0.0, 1.0, 0.0).sentence()
