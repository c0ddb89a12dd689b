"""A trained encoder is put in use only when it is better, and goes again in seconds."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.documented import agrees
from tests.learn.homes import (
    command,
    file_papers,
    finished_run,
    made_encoder,
    made_home,
    made_papers,
)

from broadsheet import learn
from broadsheet.catalog import Catalog
from broadsheet.encoders import EncoderError, encoder_choice, load_encoder, standing
from broadsheet.index import live_generation, open_index, open_writer
from broadsheet.learn import LearnError, Run
from broadsheet.papers import Paper
from broadsheet.settings import Settings


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return made_papers(320)


@pytest.fixture(scope="module")
def weak(tmp_path_factory: pytest.TempPathFactory, papers: Sequence[Paper]) -> Path:
    """The settings' encoder of these homes: it knows next to nothing."""
    return made_encoder(tmp_path_factory.mktemp("stock") / "weak", papers, rank=1)


@pytest.fixture
def home(tmp_path: Path, papers: Sequence[Paper], weak: Path) -> Settings:
    return made_home(tmp_path / "home", papers, weak)


def compared(settings: Settings, run: Run, other: str | None = None) -> learn.Verdict:
    """What ``learn compare`` does, in this process."""
    name = other or learn.current_name(settings)
    if name == settings.encoder:
        loaded = load_encoder(name, settings.models_path)
    else:
        loaded = learn.load_run(settings, learn.find_run(settings, name))
    verdict, _ = learn.compare_encoders(
        (run.name, learn.load_run(settings, run)),
        (name, loaded),
        learn.own_collections(settings, run, queries=60),
        (),
        cache=settings.learn_path / learn.CACHE / "held-out",
    )
    card = run.card()
    run.write(replace(card, comparisons=(*card.comparisons, verdict.json())))
    return verdict


def test_a_better_encoder_passes_and_a_worse_one_does_not(
    home: Settings, papers: Sequence[Paper]
) -> None:
    good, bad = (finished_run(home, papers, rank=rank) for rank in (32, 1))
    won = compared(home, good)
    assert won.passed, won.why
    assert won.difference > 0
    assert {one.kind for one in won.collections} == {"own"}
    assert [one.collection for one in won.collections] == ["known-item", "similar"]
    lost = compared(home, bad, good.name)
    assert not lost.passed
    assert "worse" in lost.why


def test_no_win_on_noise_and_no_hidden_loss() -> None:
    def difference(name: str, moved: float, p: float) -> learn.Difference:
        return learn.Difference(name, "own", 100, 60, 0.5, 0.5, moved, (0, 0), p, 0.0)

    sure, unsure = difference("known-item", 0.02, 0.001), difference("similar", -0.01, 0.4)
    assert learn.verdict_of(0.02, 0.001, [sure, unsure])[0]
    assert not learn.verdict_of(0.02, 0.2, [sure, unsure])[0]
    loss = replace(unsure, p=0.03)
    passed, why = learn.verdict_of(0.02, 0.001, [sure, loss])
    assert not passed
    assert "similar" in why


def test_speed_is_a_reason_where_nothing_much_is_lost() -> None:
    def difference(name: str, moved: float, p: float) -> learn.Difference:
        return learn.Difference(name, "own", 100, 60, 0.5, 0.5, moved, (0, 0), p, 0.0)

    small = difference("known-item", -0.004, 0.01)
    large = difference("scifact", -0.02, 0.01)
    unsure = difference("cacm", -0.02, 0.4)
    assert learn.faster_of(-0.007, 4.0, [small, unsure])[0]
    for low, speed, differences, why in (
        (-0.007, 1.9, [small], "1.9 times"),
        (-0.013, 4.0, [small], "more --queries"),
        (-0.007, 4.0, [small, large], "worse on scifact"),
        (0.0, 4.0, [], "more --queries"),
    ):
        passed, told = learn.faster_of(low, speed, differences)
        assert not passed
        assert why in told


def test_a_fast_encoder_that_is_as_good_is_promoted_for_its_speed(
    home: Settings, papers: Sequence[Paper]
) -> None:
    run = finished_run(home, papers, rank=1)
    verdict = compared(home, run)
    assert not verdict.passed
    assert verdict.speed > 0
    fast = replace(verdict, speed=5.0, faster=True, faster_why="5.0 times as fast").json()
    run.write(replace(run.card(), comparisons=(fast | {"faster": False},)))
    with pytest.raises(LearnError, match="is not as good as"):
        learn.promote(home, run, faster=True)
    run.write(replace(run.card(), comparisons=(fast,)))
    with pytest.raises(LearnError, match="is no better than"):
        learn.promote(home, run)
    assert learn.promote(home, run, faster=True).after == run.name
    assert run.card().events[-1]["what"] == "promoted for its speed"
    assert run.card().events[-1]["forced"] == ""


def test_a_promotion_needs_a_won_comparison_with_what_is_in_use(
    home: Settings, papers: Sequence[Paper]
) -> None:
    run = finished_run(home, papers, rank=32)
    with pytest.raises(LearnError, match=r"was not compared.*learn compare 1"):
        learn.promote(home, run)
    assert compared(home, run).passed
    assert learn.promote(home, run).after == run.name
    assert encoder_choice(home).run == run.name
    with pytest.raises(LearnError, match="in use already"):
        learn.promote(home, run)
    # A comparison with the encoder before says nothing of the one in use now.
    other = finished_run(home, papers, rank=32, seed=1)
    compared(home, other, home.encoder)
    with pytest.raises(LearnError, match="not compared with 0001-tiny"):
        learn.promote(home, other)


def test_a_lost_comparison_refuses_and_force_is_written_on_the_card(
    home: Settings, papers: Sequence[Paper]
) -> None:
    run = finished_run(home, papers, rank=1, seed=5)
    assert not compared(home, run).passed
    with pytest.raises(LearnError, match="no better"):
        learn.promote(home, run)
    assert standing(home).stack == ()
    learn.promote(home, run, force=True)
    (event,) = run.card().events
    assert event["what"] == "promoted"
    assert "no better" in event["forced"]


def test_numbers_that_are_none_are_never_put_in_use(
    home: Settings, papers: Sequence[Paper]
) -> None:
    run = finished_run(home, papers, rank=32)
    scales = np.fromfile(run.model / "scales.f32", np.float32)
    scales[:] = np.nan
    scales.tofile(run.model / "scales.f32")
    for force in (False, True):
        with pytest.raises(EncoderError, match=r"model"):
            learn.promote(home, run, force=force)
    assert encoder_choice(home).run == ""


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda vectors: vectors * np.nan, "no numbers"),
        (lambda vectors: vectors * 3, "unit length"),
        (lambda vectors: vectors[:, :5], "shape"),
        (lambda vectors: np.tile(vectors[:1], (len(vectors), 1)), "every text the same"),
    ],
)
def test_a_model_that_cannot_be_used_is_told(
    weak: Path, papers: Sequence[Paper], spoil: Callable[[np.ndarray], np.ndarray], told: str
) -> None:
    sound = load_encoder(str(weak), weak)

    class Spoilt:
        name, key, dimensions = "spoilt", "spoilt", sound.dimensions

        def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
            return spoil(sound.encode_documents(texts))

        encode_queries = encode_documents

    with pytest.raises(LearnError, match=told):
        learn.check_sound(Spoilt(), tuple(paper.abstract for paper in papers[:9]))


def test_the_index_follows_there_and_back_without_encoding_again(
    home: Settings, papers: Sequence[Paper]
) -> None:
    assert command(home, "index", "build").returncode == 0
    before = live_generation(home)
    run = finished_run(home, papers, rank=32)
    done = command(home, "learn", "compare", run.name, "--queries", "20", "--json")
    assert done.returncode == 0, done.stderr
    agrees("learn-compare", json.loads(done.stdout))
    done = command(home, "learn", "promote", run.name, "--force", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    agrees("learn-change", told)
    assert (told["after"], told["answers"], told["left_to_worker"]) == (run.name, True, False)
    with closing(open_index(home)) as index:
        assert index.encoder == standing(home).stack[0].key
        assert index.status().encoded == len(papers)
    assert "trained here: 0001-tiny" in command(home, "index", "status").stdout
    assert "0001-tiny, trained here" in command(home, "doctor").stdout
    # A model that answers no more must not be needed to go back.
    (run.model / "levels.i8").write_bytes(b"damaged")
    done = command(home, "learn", "rollback")
    assert done.returncode == 0, done.stderr
    assert live_generation(home) == before
    assert learn.current_name(home) == home.encoder
    assert [event["what"] for event in run.card().events] == ["promoted", "rolled back"]
    refused = command(home, "learn", "rollback")
    assert refused.returncode == 1
    assert "nothing was promoted" in refused.stderr


def test_papers_that_came_since_are_found_by_words_at_once_after_going_back(
    home: Settings, papers: Sequence[Paper]
) -> None:
    command(home, "index", "build")
    run = finished_run(home, papers, rank=32)
    command(home, "learn", "promote", run.name, "--force")
    late = replace(papers[0], id="2509.00001", title="Zymurgy of late arrivals")
    with closing(Catalog.open(home)) as catalog:
        file_papers(home, catalog, [late])
        command(home, "index", "build")
        learn.rollback(home)
        weak = load_encoder(home.encoder, home.models_path)
        with open_writer(home, weak.key, weak.dimensions) as writer:
            writer.sync(catalog)
    with closing(open_index(home)) as index:
        assert index.encoder == weak.key
        assert index.status().papers == len(papers) + 1
        assert index.status().pending == 1


def test_a_promotion_that_is_killed_while_it_files_goes_on(
    home: Settings, papers: Sequence[Paper]
) -> None:
    command(home, "index", "build")
    old = live_generation(home)
    run = finished_run(home, papers, rank=32)
    learn.promote(home, run, force=True)
    # Killed before the successor has all its vectors: the one before goes on answering.
    new = load_encoder(str(run.model), home.models_path)
    with closing(Catalog.open(home)) as catalog, open_writer(home, new.key, 32) as writer:
        writer.sync(catalog)
    assert live_generation(home) == old
    assert encoder_choice(home, old.encoder if old else "").name == home.encoder
    found = command(home, "search", papers[3].title, "--legs", "dense", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["hits"]
    assert command(home, "work", "--once").returncode == 0
    live = live_generation(home)
    assert live is not None
    assert live.encoder == new.key


def test_a_full_disk_leaves_what_is_in_use(home: Settings, papers: Sequence[Paper]) -> None:
    run = finished_run(home, papers, rank=32)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "learn", "promote", run.name, "--force"],
        env={**os.environ, "BROADSHEET_HOME": str(home.home)},
        preexec_fn=no_room,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert standing(home).stack == ()
    assert sorted(path.name for path in home.learn_path.iterdir()) == [run.name, "last-number"]


def test_another_encoder_in_the_settings_wins_and_the_stack_waits(
    home: Settings, papers: Sequence[Paper], tmp_path: Path
) -> None:
    run = finished_run(home, papers, rank=32)
    learn.promote(home, run, force=True)
    other = made_encoder(tmp_path / "other", papers, rank=32, seed=7)
    changed = home.model_copy(update={"encoder": str(other)})
    assert encoder_choice(changed).name == str(other)
    assert encoder_choice(home).run == run.name
    ((finding),) = [
        one
        for one in json.loads(
            subprocess.run(
                [sys.executable, "-m", "broadsheet", "doctor", "--json"],
                env={
                    **os.environ,
                    "BROADSHEET_HOME": str(home.home),
                    "BROADSHEET_ENCODER": str(other),
                },
                capture_output=True,
                check=False,
            ).stdout
        )
        if one["what"] == "encoder"
    ]
    assert finding["state"] == "warning"
    assert "waits" in finding["seen"]


def test_a_promotion_that_waits_is_not_thrown_away_in_silence(
    home: Settings, papers: Sequence[Paper], tmp_path: Path
) -> None:
    run = finished_run(home, papers, rank=32)
    learn.promote(home, run, force=True)
    other = made_encoder(tmp_path / "other", papers, rank=32, seed=7)
    changed = home.model_copy(update={"encoder": str(other)})
    waits = standing(home)
    with pytest.raises(LearnError, match=r"0001-tiny over .*weak waits.*--all"):
        learn.rollback(changed)
    with pytest.raises(LearnError, match=r"0001-tiny over .*weak waits.*--all"):
        learn.promote(changed, finished_run(home, papers, rank=32, seed=1), force=True)
    assert standing(home) == waits
    change = learn.rollback(changed, everything=True)
    assert change.before == change.after == str(other)
    assert standing(home).stack == ()


def test_another_model_in_the_place_of_the_one_in_use_is_not_taken_for_it(
    home: Settings, papers: Sequence[Paper], tmp_path: Path
) -> None:
    assert command(home, "index", "build").returncode == 0
    run = finished_run(home, papers, rank=32)
    learn.promote(home, run, force=True)
    waits = command(home, "index", "status").stdout
    assert "To come:    0001-tiny, when its generation is filed" in waits
    run.folder.rename(tmp_path / "away")
    listed = command(home, "learn", "runs").stdout
    assert "the encoder of the settings" not in listed
    assert "the promoted model is not there; run: broadsheet learn rollback" in listed
    assert "learn rollback" in command(home, "index", "status").stdout
    # As a home in which numbers were given twice.
    shutil.copytree(finished_run(home, papers, rank=2, seed=9).folder, run.folder)
    assert json.loads(command(home, "learn", "runs", "--json").stdout)["runs"][0]["in_use"] is False
    for words in (("index", "build"), ("learn", "promote", "1"), ("learn", "compare", "2")):
        done = command(home, *words)
        assert done.returncode == 1
        assert "what was put in use was" in done.stderr
    assert learn.rollback(home).after == home.encoder


def test_a_comparison_is_with_a_model_and_not_with_a_name(
    home: Settings, papers: Sequence[Paper]
) -> None:
    run = finished_run(home, papers, rank=32)
    assert compared(home, run).passed
    told = run.card().comparisons[0]
    run.write(replace(run.card(), comparisons=({**told, "other": "static-of-another"},)))
    with pytest.raises(LearnError, match="was not compared with"):
        learn.promote(home, run)
    run.write(replace(run.card(), comparisons=(told,)))
    assert learn.promote(home, run).after == run.name


def test_a_damaged_pointer_is_told_and_can_be_put_right(
    home: Settings, papers: Sequence[Paper]
) -> None:
    learn.promote(home, finished_run(home, papers, rank=32), force=True)
    (home.learn_path / "CURRENT").write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match="learn rollback --all"):
        learn.current_name(home)
    learn.rollback(home, everything=True)
    assert learn.current_name(home) == home.encoder
