"""A catalog on SQLite and, where its programs are installed, on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from broadsheet.catalog import Catalog
from broadsheet.settings import Settings
from tests.catalog import cluster

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    try:
        with cluster.running() as address:
            yield address
    except cluster.NoPostgresError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes an empty PostgreSQL database and returns its address."""

    def make(options: str = "") -> str:
        address: str = request.getfixturevalue("server")
        name = f"test_{next(_numbers)}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return address.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]
) -> Settings:
    """The settings of a home that does not exist yet, on either database."""
    database = new_database() if request.param == "postgresql" else ""
    return Settings(home=tmp_path / "home", database=database)


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database="")


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    with closing(Catalog.open(settings)) as opened:
        yield opened
