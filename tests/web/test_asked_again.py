"""What a page that is asked for again reads of the catalog, and that it is never old."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Engine, event

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from tests.web.serving import Server


def test_a_page_asked_for_again_reads_one_number_of_its_reader(
    home: Settings, serve: Callable[..., Server]
) -> None:
    server = serve(home)
    told: list[str] = []

    def heard(*asked: object) -> None:
        told.append(str(asked[2]))

    page = "/papers/2608.90002"
    server.get(page)
    event.listen(Engine, "before_cursor_execute", heard)
    try:
        server.get(page)
        again = [one for one in told if "counters" in one or "readers" in one]
    finally:
        event.remove(Engine, "before_cursor_execute", heard)
    assert again and not any("readers" in one for one in again), again


def test_what_another_process_changes_of_the_local_reader_is_shown_at_once(
    home: Settings, serve: Callable[..., Server]
) -> None:
    server = serve(home)
    assert server.get("/api/v1/me").json()["minutes"] == 15
    with closing(Catalog.open(home)) as catalog:
        readers = Readers(catalog)
        for minutes in (25, 15):
            readers.accounts.update(LOCAL, minutes=minutes)
            assert server.get("/api/v1/me").json()["minutes"] == minutes
            assert f'value="{minutes}"' in server.get("/account").text
