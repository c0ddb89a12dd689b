"""`digest`: one reader's digest by hand, as docs/cli.md says."""

from __future__ import annotations

from pathlib import Path

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
