"""Hard negatives, guards against false ones, and batches of near pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn_small import document, job_of, with_student  # noqa: E402

from broadsheet.learn import trainer  # noqa: E402
from broadsheet.learn.clusters import clustered, members, nearest  # noqa: E402
from broadsheet.learn.errors import LearnError, RecipeError  # noqa: E402
from broadsheet.learn.job import Job  # noqa: E402
from broadsheet.learn.negatives_near import ranked  # noqa: E402
from broadsheet.learn.parts import Pair, built  # noqa: E402
from broadsheet.learn.recipe import Spec, recipe_of  # noqa: E402
from broadsheet.learn.training import register_parts  # noqa: E402

register_parts()

WORDS = ["owl", "trout", "glacier", "sonnet"]


def topical(folder: Path, papers: int = 40, seed: int = 0) -> Job:
    """Papers of four topics in turn; of the same topic those share most words."""
    documents = [
        document(
            f"{number}",
            f"{WORDS[number % 4]} number{number}",
            f"{WORDS[number % 4]} {WORDS[number % 4]} and {WORDS[number % 4]} part{number // 8}",
        )
        for number in range(papers)
    ]
    return with_student(job_of(documents, folder, seed=seed))


EVERY = ("random", "bm25", "dense-static", "dense-live", "same-topic")


@pytest.mark.parametrize("kind", EVERY)
def test_a_paper_is_never_a_negative_of_its_own(tmp_path: Path, kind: str) -> None:
    job = topical(tmp_path)
    args = {"depth": 8} if kind in ("bm25", "dense-static", "dense-live") else {}
    negatives = built("negatives", Spec(kind, {"per_pair": 3, **args}), job)
    for step in range(5):
        rows = np.arange(step, 40)
        found = negatives(rows, step)
        assert found.shape == (len(rows), 3)
        assert found.max() < 40
        assert found.max() >= 0
        assert not (found == job.documents_of_pairs[rows][:, None]).any()


@pytest.mark.parametrize("kind", ["bm25", "dense-static", "dense-live", "same-topic"])
def test_hard_negatives_are_of_the_same_topic(tmp_path: Path, kind: str) -> None:
    job = topical(tmp_path)
    args = {"clusters": 4} if kind == "same-topic" else {"depth": 5}
    negatives = built("negatives", Spec(kind, args), job)
    found = negatives(np.arange(40), 0)[:, 0]
    known = found >= 0
    assert known.mean() > 0.8
    assert (found[known] % 4 == np.arange(40)[known] % 4).mean() > 0.9


def test_mined_words_are_kept_and_found_again(tmp_path: Path) -> None:
    job = topical(tmp_path)
    first = built("negatives", Spec("bm25", {"depth": 5}), job)(np.arange(40), 0)
    (file,) = (tmp_path / "negatives").iterdir()
    before = file.stat().st_mtime_ns
    again = built("negatives", Spec("bm25", {"depth": 5}), topical(tmp_path))(np.arange(40), 0)
    assert (first == again).all()
    assert file.stat().st_mtime_ns == before
    file.write_bytes(b"torn")
    with pytest.raises(LearnError, match="is damaged"):
        built("negatives", Spec("bm25", {"depth": 5}), topical(tmp_path))


def test_only_what_was_mined_of_late_is_kept(tmp_path: Path) -> None:
    for depth in range(3, 10):
        built("negatives", Spec("bm25", {"depth": depth}), topical(tmp_path))
    assert len(list((tmp_path / "negatives").iterdir())) == 4


def test_pairs_beyond_the_limit_get_no_word_negatives(tmp_path: Path) -> None:
    job = topical(tmp_path)
    found = built("negatives", Spec("bm25", {"depth": 5, "limit": 10}), job)(np.arange(40), 0)
    assert (found >= 0).any(axis=1).sum() == 10


def test_the_first_ranks_can_be_skipped(tmp_path: Path) -> None:
    job = topical(tmp_path)
    places, cosines = ranked(
        job.guide_queries(np.arange(40)), job.guide_documents(np.arange(40)), 9
    )
    assert (np.diff(cosines) <= 0).all()
    negatives = built("negatives", Spec("dense-static", {"skip": 6, "depth": 2}), job)
    for step in range(10):
        found = negatives(np.arange(40), step)[:, 0]
        for row, one in enumerate(found.tolist()):
            assert one in (set(places[row, 6:9].tolist()) | {-1}) - {row}


def test_balanced_negatives_come_from_all_margins(tmp_path: Path) -> None:
    job = topical(tmp_path)
    flat = built("negatives", Spec("dense-static", {"depth": 39}), job)
    even = built("negatives", Spec("dense-static", {"depth": 39, "balanced": True}), job)
    rows = np.arange(40)
    cosines = job.guide_queries(rows) @ job.guide_documents(rows).T
    drawn = {"flat": [], "even": []}
    for step in range(60):
        for name, part in (("flat", flat), ("even", even)):
            found = part(rows, step)[:, 0]
            drawn[name] += cosines[rows[found >= 0], found[found >= 0]].tolist()
    # Few papers are near and most are far: an even draw over margins spreads wider.
    assert np.std(drawn["even"]) > np.std(drawn["flat"])


def test_live_negatives_follow_the_student(tmp_path: Path) -> None:
    job = topical(tmp_path)
    negatives = built("negatives", Spec("dense-live", {"depth": 3, "every": 1}), job)
    before = negatives(np.arange(40), 0)
    other = topical(tmp_path, seed=0)
    torch.manual_seed(5)
    state = other.student.state()
    job.student.load({**state, "table": torch.randn_like(state["table"])})
    after = negatives(np.arange(40), 1)
    static = built("negatives", Spec("dense-static", {"depth": 3}), job)(np.arange(40), 1)
    assert (before % 4 == np.arange(40)[:, None] % 4).mean() > 0.6
    assert not (before == after).all()
    assert (static >= 0).any()


def test_clusters_find_what_lies_together_and_none_is_empty() -> None:
    rng = np.random.default_rng(1)
    middles = np.eye(5, 12)
    truth = np.repeat(np.arange(5), 40)
    vectors = middles[truth] + 0.1 * rng.standard_normal((200, 12))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    centres, labels = clustered(vectors, 5, rng, rounds=20)
    assert centres.shape == (5, 12)
    assert np.allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-5)
    assert all(len(set(labels[truth == one])) == 1 for one in range(5))
    assert [sorted(group) for group in members(labels, 5)] == [
        np.flatnonzero(labels == one).tolist() for one in range(5)
    ]
    near, cosines = nearest(vectors, centres)
    assert (near == labels).all()
    assert (cosines > 0.8).all()


def test_more_clusters_than_vectors_and_equal_vectors() -> None:
    same = np.tile(np.array([1.0, 0.0], np.float32), (6, 1))
    centres, labels = clustered(same, 50, np.random.default_rng(0))
    assert len(centres) == 6
    assert len(labels) == 6
    with pytest.raises(ValueError, match="cannot be put"):
        clustered(same[:0], 3, np.random.default_rng(0))


def test_a_topic_batch_is_of_one_topic_and_deals_each_pair_once(tmp_path: Path) -> None:
    job = topical(tmp_path)
    draw = built("batches", Spec("topics", {"size": 10, "clusters": 4}), job)
    seen: dict[int, list[int]] = {}
    for _ in range(40):
        batch = draw()
        assert len(set(batch.tolist())) == len(batch) == 10
        topics = set((batch % 4).tolist())
        assert len(topics) == 1
        seen.setdefault(topics.pop(), []).extend(batch.tolist())
    assert sorted(seen) == [0, 1, 2, 3]
    for topic, rows in seen.items():  # ten of a topic: every batch is a whole round
        assert all(
            sorted(rows[at : at + 10]) == list(range(topic, 40, 4))
            for at in range(0, len(rows), 10)
        )


def test_mixed_batches_hold_other_topics_too(tmp_path: Path) -> None:
    job = topical(tmp_path)
    draw = built("batches", Spec("topics", {"size": 12, "clusters": 4, "mixed": 0.5}), job)
    batches = [draw() for _ in range(10)]
    assert all(len(set(batch.tolist())) == len(batch) <= 12 for batch in batches)
    assert np.mean([len(set((batch % 4).tolist())) for batch in batches]) > 2


def test_cluster_batches_are_made_anew_from_the_student(tmp_path: Path) -> None:
    job = topical(tmp_path, papers=80)
    draw = built("batches", Spec("clusters", {"size": 20, "cluster": 10, "every": 5}), job)
    near = [draw() for _ in range(5)]
    state = job.student.state()
    torch.manual_seed(3)
    job.student.load(
        {
            **state,
            "table": torch.randn_like(state["table"]) / 100,
            "weights": torch.randn_like(state["weights"]) * 4,
        }
    )
    far = [draw() for _ in range(5)]
    topics = [np.mean([len(set((b % 4).tolist())) for b in batches]) for batches in (near, far)]
    assert topics[0] <= topics[1]
    assert topics[0] < 3
    assert all(2 <= len(set(batch.tolist())) == len(batch) <= 20 for batch in near + far)


@pytest.mark.parametrize(
    ("table", "kind", "args", "said"),
    [
        ("negatives", "bm25", {"per_pair": 9, "depth": 3}, "depth >= per_pair"),
        ("negatives", "dense-static", {"skip": -1}, "skip must be 0"),
        ("negatives", "dense-live", {"every": 0}, "every is 1 or more"),
        ("negatives", "same-topic", {"clusters": 0}, "clusters must be 1"),
        ("negatives", "random", {"per_pair": 0}, "per_pair must be 1"),
        ("batches", "topics", {"topics": 9, "clusters": 3}, "from 1 to clusters"),
        ("batches", "clusters", {"size": 8, "cluster": 9}, "from 2 to size"),
        ("batches", "topics", {"mixed": 1.0}, "below 1"),
        ("guards", "guided", {"margin": 3.0}, "difference of cosines"),
    ],
)
def test_impossible_sizes_are_one_line(
    tmp_path: Path, table: str, kind: str, args: dict[str, object], said: str
) -> None:
    job = topical(tmp_path)
    with pytest.raises(RecipeError, match=said) as caught:
        built(table, Spec(kind, args), job)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("guards", "guided"),
        ("guards", "watch"),
        ("negatives", "dense-static"),
        ("negatives", "same-topic"),
        ("batches", "topics"),
        ("choice", "round-trip"),
    ],
)
def test_a_part_that_needs_a_guide_says_so(tmp_path: Path, table: str, kind: str) -> None:
    job = with_student(job_of([document("a", "Owls", "Owls.")] * 3, tmp_path, guide=""))
    with pytest.raises(RecipeError, match="needs a guide: write guide"):
        built(table, Spec(kind), job)


def judged(tmp_path: Path) -> Job:
    """Two pairs, four papers: the guide puts paper 2 above pair 0's own, and cites it."""
    documents = [
        document("a", "owls", "owls birds night", cites=["c"]),
        document("b", "trout", "trout"),
        document("c", "owls", "owls"),
        document("d", "moss", "moss"),
    ]
    return with_student(job_of(documents, tmp_path), [Pair("owls", 0), Pair("trout", 1)])


def test_the_guard_leaves_out_what_the_guide_prefers_and_tells_how_much(tmp_path: Path) -> None:
    job = judged(tmp_path)
    allowed = built("guards", Spec("guided"), job)(np.array([0, 1]), np.arange(4))
    assert allowed[0].tolist() == [True, True, False, True]
    assert allowed[1].tolist() == [True, True, True, True]
    assert job.history["false_negatives"] == pytest.approx(1 / 6)
    assert job.history["pairs_with_false_negatives"] == pytest.approx(1 / 2)
    assert job.history["negatives_cited"] == pytest.approx(1 / 6)
    assert job.history["suspects_cited"] == pytest.approx(1.0)


def test_a_wide_margin_leaves_only_the_own_document(tmp_path: Path) -> None:
    allowed = built("guards", Spec("guided", {"margin": 1.0}), judged(tmp_path))
    found = allowed(np.array([1]), np.arange(4))[0]
    cosines = judged(tmp_path)
    own = cosines.guide_queries(np.array([1])) @ cosines.guide_documents(np.arange(4)).T
    assert found[1]
    assert found.tolist() == [
        bool(one <= own[0, 1] - 1.0) or place == 1 for place, one in enumerate(own[0])
    ]


def test_watching_leaves_out_nothing(tmp_path: Path) -> None:
    job = judged(tmp_path)
    assert built("guards", Spec("watch"), job)(np.array([0, 1]), np.arange(4)).all()
    assert job.history["false_negatives"] == pytest.approx(1 / 6)


def test_other_versions_of_a_work_are_no_negatives(tmp_path: Path) -> None:
    title = "A study of owls that hunt at night"
    documents = [
        document("a", title, "First."),
        document("b", title.upper() + "!", "Second."),
        document("c", "Owls", "Third."),
        document("d", "Owls", "Fourth."),
    ]
    job = with_student(job_of(documents, tmp_path))
    allowed = built("guards", Spec("same-work"), job)(np.arange(4), np.arange(4))
    assert allowed.tolist() == [
        [False, False, True, True],
        [False, False, True, True],
        [True, True, False, True],
        [True, True, True, False],
    ]


def test_cited_papers_are_no_negatives_in_either_direction(tmp_path: Path) -> None:
    job = judged(tmp_path)
    job = with_student(job, [Pair("owls", 0), Pair("the cited one", 2)])
    allowed = built("guards", Spec("cited"), job)(np.array([0, 1]), np.arange(4))
    assert allowed.tolist() == [[True, True, False, True], [False, True, True, True]]


@pytest.mark.parametrize("kind", EVERY)
def test_training_takes_mined_negatives_and_guards(tmp_path: Path, kind: str) -> None:
    job = topical(tmp_path)
    job.recipe = recipe_of(
        {
            "name": "mined",
            "student": {"kind": "static"},
            "pairs": [{"kind": "title-abstract"}],
            "loss": {"kind": "infonce"},
            "batches": {"kind": "random", "size": 8},
            "negatives": {"kind": kind},
            "guide": "initial",
            "guards": [{"kind": "guided"}, {"kind": "same-work"}],
            "schedule": {"steps": 4},
        }
    )
    before = job.student.state()["table"]
    history = trainer.fit(job)
    assert history.steps == 4
    assert 0 <= history.notes["false_negatives"] <= 1
    assert not torch.equal(before, job.student.state()["table"])
