"""A home with accounts: an operator, a curator and two readers, each with things of their own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from broadsheet.catalog import Catalog
from broadsheet.readers import SCOPES, Readers
from broadsheet.settings import Settings
from tests.web.conftest import make_home
from tests.web.serving import Person, Server

PASSWORD = "violet tram beneath seven lanterns"
ROLES = {"ada": "operator", "bob": "curator", "cem": "reader", "dia": "reader"}


@dataclass(frozen=True)
class Things:
    """The numbers of what one reader has."""

    reader: int
    list: int
    search: int
    token: int
    secrets: dict[str, str]


def make_community(folder: Path) -> tuple[Settings, dict[str, Things]]:
    """The home, and what each of its readers has."""
    settings = make_home(folder, shelf=False)
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        work = catalog.changes(0, 1)[0].work_id
        things = {}
        for name, role in ROLES.items():
            reader = readers.accounts.add(name, PASSWORD, role)
            made = readers.lists.make(reader.id, f"List of {name}", note="for my eyes")
            readers.lists.put(made.id, work, f"{name} thinks so", ("mine",))
            search = readers.searches.add(reader.id, f"{name}’s search", "galaxies")
            secrets = {s: readers.tokens.make(reader.id, f"{s} token", (s,)) for s in SCOPES}
            token = readers.tokens.list(reader.id)[0].id
            things[name] = Things(reader.id, made.id, search.id, token, secrets)
        readers.accounts.set_mode("accounts")
    return settings, things


def enter(server: Server, name: str) -> Person:
    """A reader of this home, logged in."""
    return Person(server).log_in(name, PASSWORD)
