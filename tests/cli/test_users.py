"""``user``: accounts from the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import SCOPES, Readers
from broadsheet.settings import Settings

from .conftest import PAPERS, Terminal, write_papers
from .test_contract import agrees

PASSWORD = "a long and quiet river"


def typed(home: Path, *words: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    """A command that reads a password from standard input."""
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *words, "--home", str(home), "--password-stdin"],
        input=password + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "BROADSHEET_HOME": str(home)},
    )


def test_no_token_is_made_that_opens_nothing(terminal: Terminal) -> None:
    assert typed(terminal.home, "user", "add", "olga", "--role", "operator").returncode == 0
    secret = terminal.ok("user", "token", "local").out
    assert secret.startswith("bst_")  # one person's home: it is the reader's
    terminal.ok("user", "mode", "accounts")
    refused = terminal.run("user", "token", "local")
    assert (refused.status, refused.out) == (1, "")
    assert "name an account" in refused.err
    assert terminal.ok("user", "token", "local", "--list").out  # to be revoked


def test_what_a_reader_takes_along_is_theirs_alone_in_whatever_file(
    terminal: Terminal, tmp_path: Path
) -> None:
    typed(terminal.home, "user", "add", "olga")
    file = tmp_path / "data.json"
    file.write_text("of last year", "utf-8")
    file.chmod(0o644)
    terminal.ok("user", "export", "olga", "--output", str(file))
    assert json.loads(file.read_text("utf-8"))["reader"]["name"] == "olga"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("data*")) == [file]
    lost = terminal.fails("user", "export", "olga", "--output", str(tmp_path / "no" / "data"))
    assert "No such file" in lost
    piped = terminal.ok("user", "export", "olga", "--output", "/dev/stdout").out
    assert '"olga"' in piped


def test_accounts_are_made_listed_and_given_tokens_as_documented(terminal: Terminal) -> None:
    made = typed(terminal.home, "user", "add", "Olga", "--role", "operator", "--json")
    assert made.returncode == 0, made.stderr
    agrees("user-add", json.loads(made.stdout))
    terminal.ok("user", "mode", "accounts", "--registration", "invitation")
    closed = terminal.ok("user", "mode", "accounts", "--audience", "readers")
    assert "registration: invitation; read by: readers" in closed.out
    listed = terminal.ok("user", "list", "--json").json
    agrees("user-list", listed)
    assert listed["audience"] == "readers"
    assert "read by: readers" in terminal.ok("user", "list").out
    assert (listed["mode"], [item["name"] for item in listed["readers"]]) == (
        "accounts",
        ["local", "olga"],
    )
    token = terminal.ok("user", "token", "olga", "--scope", "write", "--json").json
    agrees("user-token", token)
    every = [word for scope in SCOPES for word in ("--scope", scope)]
    other = terminal.ok("user", "token", "olga", *every, "--json").json
    agrees("user-token", other)
    settings = Settings(home=terminal.home, database="")
    with Catalog.open(settings) as catalog:
        readers = Readers(catalog)
        assert readers.accounts.check("olga", PASSWORD) is not None
        found = readers.tokens.check(token["token"])
        assert found is not None
        assert found[1] == {"read", "write"}
    for made_token in (token, other):
        terminal.ok("user", "token", "olga", "--revoke", str(made_token["id"]))
    assert terminal.ok("user", "token", "olga", "--list", "--json").json == []
    invited = terminal.ok("user", "invite", "--role", "curator")
    assert invited.out.startswith("http://127.0.0.1:8000/join?code=")
    assert "where readers reach it elsewhere ('serve --port'" in invited.err
    public = {"BROADSHEET_PUBLIC_URL": "https://paper.example.org"}
    invited = terminal.ok("user", "invite", **public)
    assert invited.out.startswith("https://paper.example.org/join?code=")
    assert invited.err == ""
    assert "last operator" in terminal.fails("user", "delete", "olga", "--yes")
    typed(terminal.home, "user", "add", "otto", "--role", "operator")
    exported = json.loads(terminal.ok("user", "export", "olga").out)
    assert exported["reader"]["name"] == "olga"
    assert terminal.ok("user", "export", "olga", "--format", "opml").out.startswith("<?xml")
    terminal.ok("user", "role", "olga", "reader")
    terminal.ok("user", "disable", "olga")
    terminal.ok("user", "delete", "olga", "--yes")
    assert "no account 'olga'" in terminal.fails("user", "export", "olga")


def test_settings_and_mails_go_to_who_takes_over_and_with_them_when_they_go(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "arxiv" / "papers.jsonl", PAPERS)))
    terminal.ok("digest", "--to", "local")
    with Catalog.open(Settings(home=terminal.home, database="")) as catalog:
        Readers(catalog).accounts.update(1, display="Lena", minutes=45)
    made = terminal.ok("user", "add", "lena", "--no-password", "--adopt", "--json").json
    agrees("user-add", made)
    assert made["display"] == "Lena" and made["adopted"] > 0
    (mail,) = (terminal.home / "outbox").iterdir()
    assert "-lena-daily-" in mail.name and not mail.name.startswith("1-")
    terminal.ok("user", "delete", "lena", "--yes")
    assert not list((terminal.home / "outbox").iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["user", "add", "a b", "--no-password"], "a name has"),
        (["user", "add", "ada", "--no-password", "--email", "x"], "no mail address"),
        (["user", "token", "nobody"], "no account 'nobody'"),
        (["user", "token", "local", "--expires", "soon"], "must be a day"),
        (["user", "mode", "accounts"], "user add"),
        (["user", "invite"], "invitations are off"),
        (["user", "role", "local", "operator"], "keeps its role"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    terminal: Terminal, words: list[str], said: str
) -> None:
    terminal.begin()
    assert said in terminal.fails(*words)


def test_a_weak_password_makes_no_account(terminal: Terminal) -> None:
    refused = typed(terminal.home, "user", "add", "ada", password="short")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "at least 12 characters" in refused.stderr
    assert len(terminal.ok("user", "list", "--json").json["readers"]) == 1
