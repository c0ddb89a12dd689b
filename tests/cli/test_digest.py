"""`digest`: one reader's digest by hand, as docs/cli.md says."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadsheet.catalog import Catalog
from broadsheet.index import open_writer
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings

from .conftest import PAPERS, Terminal, write_papers
from .test_contract import agrees


def test_a_digest_is_shown_then_sent_once(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    shown = terminal.ok("digest", "--to", "local", "--dry-run", "--json").json
    agrees("digest", shown)
    assert (shown["state"], len(shown["papers"])) == ("shown", 1)
    text = terminal.ok("digest", "--to", "local", "--dry-run").out
    assert "Scoring goals in soccer" in text and "That is all." in text
    assert not (terminal.home / "outbox").exists()
    sent = terminal.ok("digest", "--to", "local", "--json").json
    agrees("digest", sent)
    assert sent["state"] == "sent"
    again = terminal.ok("digest", "--to", "local", "--json").json
    assert again == sent
    assert len(list((terminal.home / "outbox").iterdir())) == 1
    agrees("digest-due", terminal.ok("digest", "--due", "--json").json)


def test_what_cannot_be_done_is_said_in_a_line(terminal: Terminal) -> None:
    terminal.begin()
    assert "no reader is called 'nobody'" in terminal.fails("digest", "--to", "nobody")
    terminal.fails("digest", "--to", "local", "--due", status=2)
    line = terminal.fails("digest", "--to", "local", BROADSHEET_SMTP_HOST="127.0.0.1")
    assert "mail_from" in line
    nothing = terminal.ok("digest", "--to", "local", "--json").json
    agrees("digest", nothing)
    assert nothing["state"] == "nothing"


def test_the_local_reader_is_sent_nothing_where_accounts_are_on(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    operator = ("--role", "operator", "--password-stdin")
    made = terminal.run("user", "add", "olga", *operator, stdin="a long and quiet river\n")
    assert made.status == 0, made.err
    terminal.ok("user", "mode", "accounts")
    assert "name an account" in terminal.fails("digest", "--to", "local")
    assert not (terminal.home / "outbox").exists()
    terminal.ok("digest", "--to", "olga")


def test_digests_by_cron_wait_for_the_index_that_another_process_makes(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    settings = Settings(home=terminal.home)
    with closing(Catalog.open(settings)) as catalog:
        hour = (datetime.now(UTC) - timedelta(hours=1)).hour
        values = {"digest": "daily", "digest_hour": hour, "timezone": "UTC"}
        Readers(catalog).accounts.update(LOCAL, **values)
        # As an upgrade finds it.
        (meta,) = settings.index_path.glob("generations/*/meta.json")
        meta.write_text(json.dumps(json.loads(meta.read_text()) | {"schema": 1}))
        with open_writer(settings):
            due = terminal.ok("digest", "--due")
            assert "0 made" in due.out and "1 waiting" in due.out
            assert "the index, which is being made" in due.err
            agrees("digest-due", terminal.ok("digest", "--due", "--json").json)
            for more in ((), ("--dry-run",)):
                line = terminal.fails("digest", "--to", "local", *more)
                assert "waits for the index, which is being made; try again" in line
            lock, long_ago = settings.index_path / "index.lock", time.time() - 3601
            os.utime(lock, (long_ago, long_ago))
            assert "1 made, 1 sent" in terminal.ok("digest", "--due").out
    assert len(list((terminal.home / "outbox").iterdir())) == 1
