"""Readers over a catalog of five papers, on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Reader, Readers
from broadsheet.settings import Settings
from tests.catalog.conftest import new_database, server
from tests.catalog.kit import paper, store

__all__ = ["new_database", "server"]

PASSWORD = "a long and quiet river"
_numbers = itertools.count(1)

on_both = pytest.mark.parametrize(
    "settings",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)
"""Runs a test on PostgreSQL too; the others run on SQLite alone, to be quick."""


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a home that is empty until `catalog` fills it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return Settings(home=tmp_path / "home", database="")
    server = request.getfixturevalue("server")
    database = server.replace("/postgres?", f"/readers_{next(_numbers)}?")
    if "catalog" not in request.fixturenames:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_name(database)}")
    return Settings(home=tmp_path / "home", database=database)


def _name(database: str) -> str:
    return database.split("?")[0].rpartition("/")[2]


def _fill(settings: Settings) -> None:
    with closing(Catalog.open(settings)) as catalog:
        store(catalog, *(paper(name, f"Paper {name.upper()}") for name in "abcde"))


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog file with five papers, to be copied: making one takes longer than most tests."""
    settings = Settings(home=tmp_path_factory.mktemp("filled"), database="")
    _fill(settings)
    return settings.catalog_path


@pytest.fixture(scope="session")
def filled_database(server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same in PostgreSQL: the name of a database to copy."""
    name = f"filled_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = server.replace("/postgres?", f"/{name}?")
    _fill(Settings(home=tmp_path_factory.mktemp("filled"), database=address))
    return name


@pytest.fixture
def catalog(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Catalog]:
    """A home with five papers, numbered 1 to 5."""
    if settings.database:
        template = request.getfixturevalue("filled_database")
        server = request.getfixturevalue("server")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_name(settings.database)} TEMPLATE {template}")
    else:
        settings.home.mkdir()
        shutil.copy(request.getfixturevalue("filled_file"), settings.catalog_path)
    with closing(Catalog.open(settings)) as opened:
        yield opened


@pytest.fixture
def readers(catalog: Catalog) -> Readers:
    return Readers(catalog)


@pytest.fixture
def ada(readers: Readers) -> Reader:
    return readers.accounts.add("ada", None)


@pytest.fixture
def eve(readers: Readers) -> Reader:
    return readers.accounts.add("eve", None)


@pytest.fixture
def operator(readers: Readers) -> Reader:
    return readers.accounts.add("olga", PASSWORD, "operator")
