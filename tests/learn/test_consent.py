"""The paper learns from readers who allow it, and what it learned goes when they do."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.learn.homes import (
    RECIPE,
    command,
    finished_run,
    made_encoder,
    made_home,
    made_papers,
)
from tests.web.serving import Person, Server

from broadsheet import learn
from broadsheet.catalog import Catalog
from broadsheet.encoders import load_encoder, standing
from broadsheet.index import live_generation
from broadsheet.learn import Run
from broadsheet.readers import Readers
from broadsheet.settings import Settings

PAPERS = made_papers(60)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = made_home(tmp_path / "home", PAPERS, made_encoder(tmp_path / "weak", PAPERS, rank=1))
    assert command(settings, "index", "build").returncode == 0
    return settings


def consenting(settings: Settings, name: str) -> str:
    """A reader who likes three papers and allows to learn from it; the consent's number."""
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        before = readers.learning.held()
        reader = readers.accounts.add(name, "a long enough password")
        for work in (1, 2, 3):
            readers.acts.do(reader.id, "upvote", work)
        readers.learning.allow(reader.id, wanted=True)
        (number,) = readers.learning.held() - before
    return number


def learned_from(settings: Settings, number: str, seed: int = 0) -> Run:
    """A run that learned under a consent and is in use."""
    run = finished_run(settings, PAPERS, rank=32, seed=seed)
    encoder = dict(run.card().encoder) | {"own_vectors": True}
    run.write(replace(run.card(), consents=(number,), encoder=encoder))
    done = command(settings, "learn", "promote", run.name, "--force")
    assert done.returncode == 0, done.stderr
    return run


def assert_nothing_is_left(settings: Settings, run: Run, key: str) -> None:
    live = live_generation(settings)
    assert live is not None
    assert live.encoder != key
    assert not run.folder.exists()
    assert run.name not in [entry.run for entry in standing(settings).stack]
    left = [path for path in settings.home.rglob("*") if path.name == key]
    assert left == []
    for meta in settings.index_path.rglob("meta.json"):
        assert key not in meta.read_text("utf-8")
    assert command(settings, "learn", "rollback").returncode == 1


def test_only_readers_who_allow_it_are_learned_from(home: Settings) -> None:
    number = consenting(home, "ada")
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        other = readers.accounts.add("bob", "a long enough password")
        readers.acts.do(other.id, "upvote", 4)
        assert readers.learning.liked() == {number: (1, 2, 3)}
        shared = learn.parse_recipe(
            RECIPE.replace("title-abstract", "co-liked"), "a recipe of acts"
        )
        assert learn.liked_for(catalog, shared) == {number: (1, 2, 3)}
        assert learn.liked_for(catalog, learn.parse_recipe(RECIPE, "of papers")) == {}
        ada = readers.accounts.by_name("ada")
        assert ada is not None
        readers.accounts.disable(ada.id)
        assert readers.learning.liked() == {}


def test_consent_that_is_given_again_is_another_one(home: Settings) -> None:
    first = consenting(home, "ada")
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        ada = readers.accounts.by_name("ada")
        assert ada is not None
        readers.learning.allow(ada.id, wanted=True)
        assert readers.learning.held() == {first}
        readers.learning.allow(ada.id, wanted=False)
        assert readers.learning.held() == frozenset()
        readers.learning.allow(ada.id, wanted=True)
        assert readers.learning.held().isdisjoint({first})
        assert readers.data.export(ada.id)["tables"]["reader_learning"]


def test_a_deleted_reader_is_out_of_every_model(home: Settings) -> None:
    plain = finished_run(home, PAPERS, rank=16, seed=3)
    assert command(home, "learn", "promote", plain.name, "--force").returncode == 0
    run = learned_from(home, consenting(home, "ada"))
    key = load_encoder(str(run.model), home.models_path).key
    assert (home.vectors_path / key).is_dir()
    done = command(home, "user", "delete", "ada", "--yes")
    assert done.returncode == 0, done.stderr
    assert run.name in done.stdout
    assert learn.current_name(home) == plain.name  # what did not learn from her goes on
    learn.rollback(home)
    assert command(home, "index", "build").returncode == 0
    assert_nothing_is_left(home, run, key)


@pytest.mark.parametrize("way", ["page", "api"])
def test_a_reader_withdraws_and_the_worker_clears_up(home: Settings, way: str) -> None:
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        readers.acts.do(1, "upvote", 1)
    with Server(home) as server:
        person = Person(server)
        page = person.get("/account").text
        assert "may learn from what I like" in page
        fields = {"timezone": "UTC", "minutes": "15", "digest": "off", "digest_hour": "7"}
        assert person.post("/account", {**fields, "learning": "yes"}).status == 303
        with closing(Catalog.open(home)) as catalog:
            (number,) = Readers(catalog).learning.held()
        run = learned_from(home, number)
        key = load_encoder(str(run.model), home.models_path).key
        if way == "page":
            assert person.post("/account", fields).status == 303
        else:
            json = {"Content-Type": "application/json"}
            told = server.get("/api/v1/me", json, "PATCH", b'{"learning": false}')
            assert told.json()["learning"] is False
    assert not run.folder.exists()
    assert learn.current_name(home) == home.encoder
    done = command(home, "work", "--once")
    assert done.returncode == 0, done.stderr
    assert_nothing_is_left(home, run, key)


def test_a_run_that_was_never_in_use_goes_too(home: Settings) -> None:
    number = consenting(home, "ada")
    run = finished_run(home, PAPERS, rank=32)
    run.write(replace(run.card(), consents=(number,)))
    with closing(Catalog.open(home)) as catalog:
        assert learn.withdraw(home, catalog) == []
        ada = Readers(catalog).accounts.by_name("ada")
        assert ada is not None
        Readers(catalog).data.delete(ada.id)
    assert command(home, "work", "--once").returncode == 0
    assert not run.folder.exists()


def damage(run: Run, *names: str) -> None:
    """Cuts files of a run in half, as a full disk leaves them."""
    for name in names:
        content = (run.folder / name).read_bytes()
        (run.folder / name).write_bytes(content[: len(content) // 2])


def forget(settings: Settings, name: str) -> None:
    """Deletes a reader, and does no more."""
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        reader = readers.accounts.by_name(name)
        assert reader is not None
        readers.data.delete(reader.id)


def withdrawn(settings: Settings) -> list[str]:
    with closing(Catalog.open(settings)) as catalog:
        return learn.withdraw(settings, catalog)


def health(settings: Settings) -> dict[str, str]:
    found = json.loads(command(settings, "doctor", "--json").stdout)
    (models,) = [one for one in found if one["what"] == "models"]
    return dict(models)


def test_a_damaged_card_does_not_hide_whom_a_model_learned_from(home: Settings) -> None:
    run = learned_from(home, consenting(home, "ada"))
    key = load_encoder(str(run.model), home.models_path).key
    damage(run, "card.json")
    assert health(home)["state"] == "warning"
    done = command(home, "user", "delete", "ada", "--yes")
    assert done.returncode == 0, done.stderr
    assert run.name in done.stdout
    assert command(home, "index", "build").returncode == 0
    assert_nothing_is_left(home, run, key)


def test_a_model_of_which_nobody_can_tell_goes_once_any_consent_is_gone(home: Settings) -> None:
    number = consenting(home, "ada")
    consenting(home, "bob")
    plain = finished_run(home, PAPERS, rank=16, seed=3)
    run = learned_from(home, number)
    assert health(home)["state"] == "ok"
    damage(run, "card.json", "consents.json")
    assert withdrawn(home) == []
    assert run.folder.exists()
    found = health(home)
    assert (found["state"], run.name in found["seen"]) == ("failed", True)
    forget(home, "bob")
    assert withdrawn(home) == [run.name]
    assert plain.folder.exists()
    assert health(home)["state"] == "ok"


def test_what_was_trained_before_consents_were_listed_has_its_list_made(home: Settings) -> None:
    run = finished_run(home, PAPERS, rank=16)
    number = consenting(home, "ada")
    (run.folder / "consents.json").unlink()
    run.write(replace(run.card(), consents=(number,)))
    assert withdrawn(home) == []
    damage(run, "card.json")
    assert run.consents() == {number}
    forget(home, "ada")
    assert withdrawn(home) == [run.name]


def test_a_deletion_that_was_killed_comes_to_its_end(home: Settings) -> None:
    run = learned_from(home, consenting(home, "ada"))
    key = load_encoder(str(run.model), home.models_path).key
    forget(home, "ada")
    killed = (
        "import os, shutil, sys\n"
        "from contextlib import closing\n"
        "from pathlib import Path\n"
        "from broadsheet import learn, settings\n"
        "from broadsheet.catalog import Catalog\n"
        "def begun(folder, *_args, **_more):\n"
        "    (Path(folder) / 'card.json').unlink()\n"
        "    os._exit(9)\n"
        "shutil.rmtree = begun\n"
        "home = settings.load(home=sys.argv[1])\n"
        "with closing(Catalog.open(home)) as catalog:\n"
        "    learn.withdraw(home, catalog)\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(home.home)], check=False, timeout=300)
    assert done.returncode == 9
    assert list(home.learn_path.rglob("model"))
    assert health(home)["state"] == "failed"
    assert withdrawn(home) == [run.name]
    assert not list(home.learn_path.rglob("model"))
    assert command(home, "work", "--once").returncode == 0
    assert_nothing_is_left(home, run, key)


def test_a_model_of_a_model_goes_with_it_and_so_do_vectors_kept_for_training(
    home: Settings, tmp_path: Path
) -> None:
    number = consenting(home, "ada")
    first = finished_run(home, PAPERS, rank=32)
    first.write(replace(first.card(), consents=(number,)))
    key = load_encoder(str(first.model), home.models_path).key
    recipe = tmp_path / "second.toml"
    student = f'kind = "static"\ndimensions = 16\nleast = 2\ninitial = "{first.model}"'
    text = f'guide = "{first.model}"\n' + RECIPE.replace('kind = "static"', student)
    recipe.write_text(text + '[batches]\nkind = "random"\nsize = 16\n[schedule]\nsteps = 2\n')
    done = command(home, "learn", "train", str(recipe), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["consents"] == [number]
    second = learn.find_run(home, "latest")
    assert second.consents() == {number}
    assert [path for path in home.home.rglob("*") if path.name == key]
    forget(home, "ada")
    assert command(home, "work", "--once").returncode == 0
    assert not first.folder.exists()
    assert not second.folder.exists()
    assert [path for path in home.home.rglob("*") if path.name == key] == []
    refused = command(home, "learn", "train", str(recipe))
    assert refused.returncode == 1


def test_nothing_learns_from_a_model_of_which_nobody_can_tell(
    home: Settings, tmp_path: Path
) -> None:
    first = finished_run(home, PAPERS, rank=32)
    damage(first, "card.json", "consents.json")
    recipe = tmp_path / "second.toml"
    student = f'kind = "static"\ndimensions = 16\nleast = 2\ninitial = "{first.model}"'
    recipe.write_text(RECIPE.replace('kind = "static"', student))
    done = command(home, "learn", "train", str(recipe))
    assert done.returncode == 1
    assert "whom it learned from cannot be read" in done.stderr
