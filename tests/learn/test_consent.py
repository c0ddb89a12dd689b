"""The paper learns from readers who allow it, and what it learned goes when they do."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.learn.homes import RECIPE, finished_run, made_encoder, made_home, made_papers
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


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *words, "--home", str(settings.home)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


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
