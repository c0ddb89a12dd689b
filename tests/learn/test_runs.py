"""A training leaves a run with a card, whatever becomes of it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests import commands
from tests.documented import agrees
from tests.learn.homes import (
    RECIPE,
    file_papers,
    finished_run,
    made_encoder,
    made_home,
    made_papers,
)

from broadsheet import learn
from broadsheet.catalog import Catalog
from broadsheet.encoders import (
    Promoted,
    Standing,
    WeightsMissing,
    find_model_files,
    write_standing,
)
from broadsheet.learn import LearnError
from broadsheet.settings import Settings

PAPERS = made_papers(700)
_NO_TORCH = """
import sys
sys.modules["torch"] = None
from broadsheet.cli import main
main()
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("home")
    weak = made_encoder(folder / "weak", PAPERS, rank=8)
    return made_home(folder / "home", PAPERS, weak)


@pytest.fixture
def recipe(settings: Settings, tmp_path: Path) -> Path:
    """A recipe of a small student that starts from the home's encoder."""
    try:
        find_model_files(hub=False)
    except WeightsMissing as error:
        pytest.skip(f"needs the tokenizer: {error}")
    path = tmp_path / "tiny.toml"
    student = f'kind = "static"\ndimensions = 16\nleast = 3\ninitial = "{settings.encoder}"'
    path.write_text(
        RECIPE.replace('kind = "static"', student)
        + '[batches]\nkind = "random"\nsize = 64\n[schedule]\nsteps = 12\n',
        encoding="utf-8",
    )
    return path


def started(settings: Settings, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "broadsheet", "learn", *words, "--home", str(settings.home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.run(["learn", *words, "--home", str(settings.home)], timeout=600)


def refused(settings: Settings, *words: str) -> str:
    """The one line of a command that fails."""
    done = command(settings, *words)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_run_tells_what_it_was_made_of_and_what_it_can_do(
    settings: Settings, recipe: Path
) -> None:
    done = command(settings, "train", str(recipe), "--json", "--seed", "3")
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    agrees("learn-train", card)
    assert (card["state"], card["seed"], card["consents"]) == ("finished", 3, [])
    assert card["data"]["sources"] == {"arxiv": card["data"]["papers"]}
    assert card["data"]["papers"] + card["data"]["held_out"] == len(PAPERS)
    assert card["data"]["last_day"] < card["data"]["day"]
    assert card["history"]["steps"] == 12
    assert card["encoder"]["dimensions"] == 16
    assert [figure["collection"] for figure in card["figures"]] == ["known-item", "similar"]
    for figure in card["figures"]:
        mean, low, high = figure["hybrid"]["ndcg@10"]
        assert 0 < low <= mean <= high <= 1
        assert figure["worst_decile"] <= mean
        assert sum(part["queries"] for part in figure["folds"].values()) == figure["queries"]
        assert figure["crowding"].keys() == {"rare", "crowded"}
    run = learn.find_run(settings, "latest")
    assert not run.checkpoint.exists()
    known = run.keys()
    assert len(known) == card["data"]["papers"]
    held_out = learn.own_collections(settings, run)[0].documents
    assert not known & {bytes.fromhex(paper.id) for paper in held_out}
    page = command(settings, "report", run.name, "--html").stdout
    assert "<script" not in page
    assert f"<h1>Run {run.name}</h1>" in page
    text = command(settings, "report").stdout
    assert "| known-item |" in text
    assert "700" not in command(settings, "runs").stderr


def test_a_killed_training_is_taken_up_again(settings: Settings, recipe: Path) -> None:
    text = recipe.read_text("utf-8").replace("steps = 12", "steps = 1_000_000")
    recipe.write_text(text, encoding="utf-8")
    before = len(learn.all_runs(settings))
    process = started(settings, "train", str(recipe))
    end = time.monotonic() + 300
    while len(learn.all_runs(settings)) == before or not _begun(settings):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)
    run = learn.find_run(settings, "latest")
    assert learn.state_of(settings, run) == "running"
    assert "another training" in refused(settings, "train", str(recipe))
    process.kill()
    process.communicate()
    assert learn.state_of(settings, run) == "interrupted"
    assert "is interrupted" in refused(settings, "promote", run.name)
    came = made_papers(40, seed=9)
    with closing(Catalog.open(settings)) as catalog:
        late = [replace(one, id=f"late.{at}") for at, one in enumerate(came)]
        file_papers(settings, catalog, late)
    began, keys = run.card().data, run.keys()
    done = command(settings, "train", "--resume", "--budget", "1s")
    assert done.returncode == 0, done.stderr
    assert f"Going on with {run.name}" in done.stderr
    assert learn.state_of(settings, run) == "finished"
    assert run.card().data == {**began, "budget": 1.0}
    assert run.keys() == keys
    assert run.card().history["steps"] < 1_000_000
    assert "no training was interrupted" in refused(settings, "train", "--resume")


def test_the_training_that_is_taken_up_is_named_or_has_a_checkpoint(
    settings: Settings, tmp_path: Path
) -> None:
    home = made_home(tmp_path / "home", PAPERS[:40], Path(settings.encoder))
    first, second, third = (finished_run(home, PAPERS, rank=4) for _ in range(3))
    with pytest.raises(LearnError, match="no training was interrupted"):
        learn.unfinished(home)
    third.write(replace(third.card(), state="failed"))
    assert learn.unfinished(home) == third
    for run in (first, second):
        run.write(replace(run.card(), state="running"))
    assert learn.unfinished(home) == second
    first.checkpoint.write_bytes(b"for a test")
    assert learn.unfinished(home) == first
    assert learn.unfinished(home, "3") == third
    first.write(replace(first.card(), state="finished"))
    with pytest.raises(LearnError, match="0001-tiny is finished"):
        learn.unfinished(home, "1")
    with pytest.raises(LearnError, match="no run '²'"):
        learn.unfinished(home, "²")


def test_a_budget_holds_for_what_is_taken_up(settings: Settings, recipe: Path) -> None:
    text = recipe.read_text("utf-8").replace("steps = 12", "steps = 1_000_000")
    recipe.write_text(text, encoding="utf-8")
    with learn.training_lock(settings):
        run = learn.begin(settings, str(recipe))
        run.write(replace(run.card(), data={**run.card().data, "budget": 0.5}))
        card = learn.finish(settings, run)
    assert card.state == "finished"
    assert card.history["seconds"] < 60


def test_what_a_recipe_asks_that_cannot_be_ends_in_a_line(settings: Settings, recipe: Path) -> None:
    text = recipe.read_text("utf-8")
    for seed in ("-1", "99999999999999999999999"):
        recipe.write_text(f"seed = {seed}\n{text}", encoding="utf-8")
        assert "seed must be from 0 to" in refused(settings, "train", str(recipe))
    recipe.write_text(text, encoding="utf-8")
    for words in (("--seed", "99999999999999999999"), ("--until", "2026-99-99")):
        done = command(settings, "train", str(recipe), *words)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "none would be kept back" in refused(
        settings, "train", str(recipe), "--until", "2099-01-01"
    )


def test_a_number_is_given_once(settings: Settings, tmp_path: Path) -> None:
    home = made_home(tmp_path / "home", PAPERS[:40], Path(settings.encoder))
    first, second = (finished_run(home, PAPERS, rank=4) for _ in range(2))
    first.write(replace(first.card(), comparisons=({"other_name": "0007-small"},)))
    assert finished_run(home, PAPERS, rank=4).number == 8
    for run in learn.all_runs(home):
        run.folder.rename(tmp_path / run.name)
    assert finished_run(home, PAPERS, rank=4).number == 9
    # As a home that never wrote it down.
    (home.learn_path / "last-number").unlink()
    write_standing(home, Standing("", (Promoted("0020-adapt", "", 0, ""),), ""))
    assert finished_run(home, PAPERS, rank=4).number == 21
    assert second.number == 2


def _begun(settings: Settings) -> bool:
    try:
        return bool(learn.find_run(settings, "latest").card().data.get("day"))
    except LearnError:  # its card is about to be written
        return False


def test_what_cannot_be_trained_is_told_in_a_line(
    settings: Settings, recipe: Path, tmp_path: Path
) -> None:
    before = len(learn.all_runs(settings))
    recipe_text = recipe.read_text("utf-8")
    recipe.write_text(recipe_text.replace("infonce", "nonsense"), encoding="utf-8")
    assert "nonsense" in refused(settings, "train", str(recipe))
    assert len(learn.all_runs(settings)) == before
    recipe.write_text(recipe_text, encoding="utf-8")
    few = made_home(tmp_path / "few", PAPERS[:10], Path(settings.encoder))
    assert "least to learn from" in refused(few, "train", str(recipe))
    (run,) = learn.all_runs(few)
    assert learn.state_of(few, run) == "failed"
    assert "least to learn from" in run.card().problem
    line = refused(few, "train", str(recipe), "--until", "1999-01-01")
    assert "nothing to learn from" in line
    empty = made_home(tmp_path / "empty", [], Path(settings.encoder))
    assert "no papers" in refused(empty, "train", str(recipe))


def test_a_full_disk_is_told_and_the_training_goes_on_later(
    settings: Settings, recipe: Path, tmp_path: Path
) -> None:
    home = made_home(tmp_path / "home", PAPERS[:100], Path(settings.encoder))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))

    words = ["learn", "train", str(recipe), "--home", str(home.home)]
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", *words],
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "room" in done.stderr
    run = learn.find_run(home, "latest")
    assert learn.state_of(home, run) == "failed"
    left = run.folder / ".unfinished-export"  # as a killed process leaves it
    (left / "new").mkdir(parents=True)
    again = command(home, "train", "--resume")
    assert again.returncode == 0, again.stderr
    assert not left.exists()
    assert "Not measured" in again.stderr  # ten papers are kept back
    assert learn.state_of(home, run) == "finished"


def test_too_few_papers_to_measure_on_is_no_comparison(settings: Settings, tmp_path: Path) -> None:
    few = made_home(tmp_path / "few", PAPERS[:40], Path(settings.encoder))
    run = finished_run(few, PAPERS, rank=32)
    with pytest.raises(LearnError, match="least to measure on"):
        learn.own_collections(few, run)


def test_training_without_torch_says_what_to_install(settings: Settings) -> None:
    words = ["learn", "train", "adapt", "--home", str(settings.home)]
    done = subprocess.run(
        [sys.executable, "-c", _NO_TORCH, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'broadsheet[train]'" in done.stderr
    assert "Traceback" not in done.stderr
    words = ["learn", "runs", "--home", str(settings.home)]
    listed = subprocess.run(
        [sys.executable, "-c", _NO_TORCH, *words], capture_output=True, timeout=300, check=False
    )
    assert listed.returncode == 0


def test_a_damaged_card_is_named_and_the_others_go_on(settings: Settings, tmp_path: Path) -> None:
    home = made_home(tmp_path / "home", PAPERS[:40], Path(settings.encoder))
    first, second = (finished_run(home, PAPERS, rank=4) for _ in range(2))
    (first.folder / "card.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(LearnError, match=r"0001-tiny/card.json"):
        first.card()
    assert second.card().state == "finished"
    listed = command(home, "runs")
    assert listed.returncode == 0, listed.stderr
    assert second.name in listed.stdout


def test_a_card_is_the_same_after_it_was_kept(settings: Settings) -> None:
    run = finished_run(settings, PAPERS, rank=4)
    card = replace(run.card(), problem="for a test", consents=["a", "b"])
    run.write(card)
    assert json.loads(json.dumps(learn.card_json(run.card()))) == learn.card_json(card)
