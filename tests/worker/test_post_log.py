"""The send log keeps each mail once, on either database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.worker import Mail, PostLog
from broadsheet.worker.posting_log import Known
from tests.catalog.conftest import new_database, server

__all__ = ["new_database", "server"]

NOW = "2026-08-20T07:00:00Z"
MAIL = Mail(
    1, "daily 2026-08-20", "prepared", "<a@x>", "a@example.org", "{}", 0, NOW, "", "", NOW, ""
)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_mail_is_kept_once_and_taken_by_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = ""
    if kind == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("new_database")
        address = make()
    with closing(Catalog.open(Settings(home=tmp_path, database=address))) as catalog:
        log = PostLog(catalog.database)
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: log.put(MAIL), range(8))) == 1
            assert sum(pool.map(lambda n: log.claim(MAIL, f"o{n}"), range(8))) == 1
        claimed = log.get(1, MAIL.key)
        assert claimed is not None and claimed.attempts == 1
        assert log.interrupted(claimed.owner) == [claimed]
        log.settle(claimed, "sent", "250 OK", sent_at=NOW)
        assert log.waiting("9999", 10) == []
        assert log.known([MAIL.key]) == {(1, MAIL.key): Known("sent", "250 OK", MAIL.made_at)}
        assert log.refused(1, "a@example.org", NOW, 2) is False
        assert log.refused(1, "a@example.org", NOW, 2) is True
        assert log.refused(1, "other@example.org", NOW, 2) is False
        key = log.feed_key(1)
        assert log.by_feed_key(key) == 1 and log.by_feed_key("") is None
        assert log.feed_key(1) == key != log.feed_key(1, fresh=True)
        assert log.put(replace(MAIL, key="weekly 2026-W34"))
        log.supersede(1, "weekly 2026-W35")
        assert log.counts() == {"failed": 1, "sent": 1}
        log.forget("2027")
        assert log.latest_digest(1) is None


def test_what_the_post_knows_of_a_reader_goes_with_them(tmp_path: Path) -> None:
    with closing(Catalog.open(Settings(home=tmp_path))) as catalog:
        readers, log = Readers(catalog), PostLog(catalog.database)
        ada = readers.accounts.add("ada", email="ada@example.org")
        log.put(replace(MAIL, reader_id=ada.id))
        key = log.feed_key(ada.id)
        assert "post" in str(readers.data.export(ada.id))
        readers.data.delete(ada.id)
        assert log.get(ada.id, MAIL.key) is None and log.by_feed_key(key) is None
